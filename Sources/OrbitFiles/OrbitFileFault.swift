public import Orbit

/// Why a file of elements or positions was refused, and where.
public struct OrbitFileFault: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Problem: Equatable, Sendable {
        /// The file cannot be read at all.
        case unreadable(reason: String)
        /// The file is of no kind that is known.
        case unknownFormat
        /// The checksum of a line of an element set differs from its digits.
        case checksum(found: String, computed: Int)
        /// A field holds what it may not.
        case field(name: String, value: String, allowed: String)
        /// Something that must be there is not.
        case missing(what: String)
        /// Something is there that cannot be used.
        case unsupported(what: String, value: String, allowed: String)
        /// Two lines of one element set belong to different satellites.
        case mismatch(first: String, second: String)
        /// The positions are too few or do not ascend.
        case table(EphemerisFault)
        /// The elements describe no orbit.
        case model(SGP4Fault)
    }

    /// The file, as it was named.
    public var path: String
    /// From 1; 0 for the file as a whole.
    public var line: Int
    /// From 1; 0 for the line as a whole.
    public var column: Int
    /// What is wrong.
    public var problem: Problem

    /// A fault with every field given.
    public init(path: String, line: Int = 0, column: Int = 0, problem: Problem) {
        self.path = path
        self.line = line
        self.column = column
        self.problem = problem
    }
}

extension OrbitFileFault: CustomStringConvertible {
    /// Place, what is wrong, what is allowed, what to do.
    public var description: String {
        var place = path
        if line > 0 { place += ", line \(line)" }
        if column > 0 { place += ", column \(column)" }
        return "\(place): \(text)"
    }

    private var text: String {
        switch problem {
        case .unreadable(let reason): reason
        case .unknownFormat:
            "is neither a two-line element set, nor an OMM, an OEM or a CPF"
        case .checksum(let found, let computed):
            "the checksum is \(found), but the line's digits give \(computed); "
                + "fetch the element set anew"
        case .field(let name, let value, let allowed):
            "\(name) is \"\(Self.clipped(value))\"; allowed is \(allowed)"
        case .missing(let what): "\(what) is missing"
        case .unsupported(let what, let value, let allowed):
            "\(what) is \"\(Self.clipped(value))\", which is not supported; supported is \(allowed)"
        case .mismatch(let first, let second):
            "line 1 belongs to satellite \(first), line 2 to satellite \(second)"
        case .table(let fault): fault.text
        case .model(let fault): fault.text
        }
    }

    /// What came from outside, made short and printable.
    static func clipped(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(40).map {
            $0.value < 32 || $0.value == 127 ? "?" : Character($0)
        }
        return String(printable) + (text.unicodeScalars.count > 40 ? "..." : "")
    }
}

extension EphemerisFault {
    /// The fault in words.
    public var text: String {
        switch self {
        case .tooShort(let rows, let needed):
            "\(rows) positions without a gap are too few; \(needed) are needed, and nothing is "
                + "extrapolated"
        case .notAscending(let row): "position \(row + 1) does not come after the one before"
        case .beforeStart(let asked, let first):
            "\(UTCText.text(asked)) lies before the first position at \(UTCText.text(first)); "
                + "nothing is extrapolated"
        case .afterEnd(let asked, let last):
            "\(UTCText.text(asked)) lies after the last position at \(UTCText.text(last)); "
                + "nothing is extrapolated"
        case .gap(let after, let until):
            "there are no positions between \(UTCText.text(after)) and \(UTCText.text(until)); "
                + "gaps are not bridged"
        }
    }
}

extension SGP4Fault {
    /// The fault in words.
    public var text: String {
        let days = decimals(minutes / 1440, 2)
        let when = minutes == 0 ? "at the epoch" : "\(days) days from the epoch"
        return switch kind {
        case .meanEccentricity:
            "\(when) the mean eccentricity is \(value); allowed is 0 up to 1 (SGP4 error 1)"
        case .meanMotion:
            "\(when) the mean motion is \(value) rad/min; allowed is more than 0 (SGP4 error 2)"
        case .perturbedEccentricity:
            "\(when) Sun and Moon bring the eccentricity to \(value); allowed is 0 to 1 "
                + "(SGP4 error 3)"
        case .semiLatusRectum:
            "\(when) the semi-latus rectum is \(value) Earth radii; allowed is 0 or more "
                + "(SGP4 error 4)"
        case .decayed where value <= 0:
            "\(when) the satellite has long decayed (SGP4 error 6)"
        case .decayed:
            "\(when) the satellite is \(decimals(value, 3)) Earth radii from the "
                + "Earth's centre: it has decayed (SGP4 error 6)"
        }
    }
}

extension OrbitFault {
    /// The fault in words.
    public var text: String {
        switch self {
        case .model(let fault): fault.text
        case .table(let fault): fault.text
        }
    }
}

extension Site.Fault {
    /// The fault in words.
    public var text: String {
        switch self {
        case .latitude(let value):
            "the latitude is \(decimals(value * 180 / .pi, 6)) degrees; "
                + "allowed is -90 to 90"
        case .longitude(let value):
            "the longitude is \(decimals(value * 180 / .pi, 6)) degrees; "
                + "allowed is -360 to 360"
        case .height(let value):
            "the height is \(decimals(value, 1)) m; allowed is -500 to 9000 m, since a "
                + "site lies neither inside the Earth nor above the mountains"
        }
    }
}
