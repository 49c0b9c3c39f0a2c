import Foundation
import Orbit

/// CCSDS Orbit Mean-elements Messages (502.0-B, OMM) in key-value, XML and JSON notation.
///
/// JSON is that of the public catalogues: an object per satellite, or a list of them, with the
/// keywords of the key-value notation.
public enum OrbitMeanElementsMessage {
    /// All element sets of a key-value file.
    public static func parseKeyValue(
        _ text: String, path: String
    ) throws(OrbitFileFault) -> [ElementSet] {
        var sets: [ElementSet] = []
        var record = KeywordRecord(path: path)
        for (number, bytes) in TextLines(text) {
            let line = String(decoding: bytes, as: UTF8.self).trimmingBlanks
            if line.isEmpty || line.hasPrefix("COMMENT") { continue }
            guard let pair = KeywordRecord.pair(line) else {
                throw OrbitFileFault(
                    path: path, line: number,
                    problem: .field(name: "the line", value: line, allowed: "KEYWORD = value"))
            }
            // A second header begins the next message of a file that joins several.
            if pair.key == "CCSDS_OMM_VERS", !record.isEmpty {
                sets.append(try record.elementSet())
                record = KeywordRecord(path: path)
            }
            try record.add(pair.key, pair.value, line: number)
        }
        sets.append(try record.elementSet())
        return sets
    }

    /// All element sets of an XML file.
    ///
    /// Reads the elements that hold text alone; attributes, namespaces and order do not matter.
    public static func parseXML(
        _ text: String, path: String
    ) throws(OrbitFileFault) -> [ElementSet] {
        var sets: [ElementSet] = []
        var record = KeywordRecord(path: path)
        var reader = LeafReader(text)
        while let token = reader.next() {
            switch token {
            case .leaf(let key, let value, let line):
                // USER_DEFINED and COMMENT may come many times and mean nothing here.
                if key == "COMMENT" || key == "USER_DEFINED" { continue }
                try record.add(key, value, line: line)
            case .end(let key):
                guard key == "omm" else { continue }
                sets.append(try record.elementSet())
                record = KeywordRecord(path: path)
            }
        }
        guard !sets.isEmpty else {
            throw OrbitFileFault(path: path, problem: .missing(what: "a complete <omm>"))
        }
        return sets
    }

    /// All element sets of a JSON file.
    ///
    /// Faults give the number of the object, since the notation has no lines that matter.
    public static func parseJSON(
        _ text: String, path: String
    ) throws(OrbitFileFault) -> [ElementSet] {
        // Deep nesting exhausts the stack of the reader below: these files are two levels deep.
        guard depth(text) <= 8,
            let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        else {
            throw OrbitFileFault(
                path: path, problem: .unreadable(reason: "is no JSON that can be read"))
        }
        let objects = (value as? [Any]) ?? [value]
        var sets: [ElementSet] = []
        for (index, object) in objects.enumerated() {
            var record = KeywordRecord(path: path)
            record.place = "of object \(index + 1)"
            guard let fields = object as? [String: Any] else {
                throw OrbitFileFault(
                    path: path,
                    problem: .field(
                        name: "object \(index + 1)", value: "something else",
                        allowed: "an object of keywords"))
            }
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                if let text = value as? String {
                    try record.add(key, text, line: 0)
                } else if let number = value as? NSNumber {
                    try record.add(key, number.stringValue, line: 0)
                }
            }
            sets.append(try record.elementSet())
        }
        guard !sets.isEmpty else {
            throw OrbitFileFault(path: path, problem: .missing(what: "an element set"))
        }
        return sets
    }

    /// How deep brackets nest, strings not looked at apart.
    private static func depth(_ text: String) -> Int {
        var depth = 0
        var deepest = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
            deepest = max(deepest, depth)
        }
        return deepest
    }
}

/// The keywords of one message, each with its line.
struct KeywordRecord {
    var path: String
    /// Which of several messages, for notations without lines.
    var place = ""
    private var fields: [String: (value: String, line: Int)] = [:]

    init(path: String) { self.path = path }

    var isEmpty: Bool { fields.isEmpty }

    /// "KEY = value [unit]" in its parts.
    static func pair(_ line: String) -> (key: String, value: String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        let key = String(line[..<equals]).trimmingBlanks
        var value = String(line[line.index(after: equals)...]).trimmingBlanks
        if value.hasSuffix("]"), let unit = value.lastIndex(of: "[") {
            value = String(value[..<unit]).trimmingBlanks
        }
        return key.isEmpty ? nil : (key, value)
    }

    mutating func add(_ key: String, _ value: String, line: Int) throws(OrbitFileFault) {
        guard fields[key] == nil else {
            throw OrbitFileFault(
                path: path, line: line,
                problem: .field(
                    name: "a second \(key)", value: value, allowed: "one in each message"))
        }
        fields[key] = (value, line)
    }

    func fault(_ key: String, _ problem: OrbitFileFault.Problem) -> OrbitFileFault {
        OrbitFileFault(path: path, line: fields[key]?.line ?? 0, problem: problem)
    }

    /// What `key` holds, if it is there and not empty.
    func text(_ key: String) -> String? {
        guard let value = fields[key]?.value, !value.isEmpty else { return nil }
        return value
    }

    func required(_ key: String) throws(OrbitFileFault) -> String {
        guard let value = text(key) else {
            let what = place.isEmpty ? key : "\(key) \(place)"
            throw OrbitFileFault(path: path, problem: .missing(what: what))
        }
        return value
    }

    func number(
        _ key: String, _ allowed: ClosedRange<Double>
    ) throws(OrbitFileFault) -> Double {
        let text = try required(key)
        guard let value = PlainNumber.value(text), allowed.contains(value) else {
            throw fault(
                key,
                .field(
                    name: key, value: text,
                    allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
        }
        return value
    }

    /// Refuses what is said otherwise than `allowed`; says nothing where it is not said.
    func expect(_ key: String, _ allowed: [String]) throws(OrbitFileFault) {
        guard let value = text(key), !allowed.contains(value.uppercased()) else { return }
        throw fault(
            key,
            .unsupported(what: key, value: value, allowed: allowed.joined(separator: ", ")))
    }

    /// The instant that `key` holds, in UTC.
    func instant(_ key: String, _ scale: TimeScale) throws(OrbitFileFault) -> UTCInstant {
        let text = try required(key)
        guard let instant = UTCText.instant(text) else {
            throw fault(
                key, .field(name: key, value: text, allowed: "a time like 2026-03-20T21:00:00.5"))
        }
        return scale.utc(instant)
    }

    /// The message's elements, checked.
    func elementSet() throws(OrbitFileFault) -> ElementSet {
        try expect("CENTER_NAME", ["EARTH"])
        try expect("REF_FRAME", ["TEME"])
        try expect("TIME_SYSTEM", ["UTC"])
        try expect("MEAN_ELEMENT_THEORY", ["SGP4", "SGP/SGP4", "SDP4"])
        let degree = Double.pi / 180
        let epoch = try instant("EPOCH", .utc)
        let motion = try number("MEAN_MOTION", 1e-8...20)
        let elements = MeanElements(
            epoch: epoch, meanMotion: motion * MeanElements.radiansPerMinute,
            eccentricity: try number("ECCENTRICITY", 0...0.999_999_999),
            inclination: try number("INCLINATION", 0...180) * degree,
            node: try number("RA_OF_ASC_NODE", -360...360) * degree,
            perigee: try number("ARG_OF_PERICENTER", -360...360) * degree,
            meanAnomaly: try number("MEAN_ANOMALY", -360...360) * degree,
            drag: try number("BSTAR", -1e4...1e4))
        return ElementSet(
            name: text("OBJECT_NAME") ?? "", catalogNumber: text("NORAD_CAT_ID") ?? "",
            designator: text("OBJECT_ID") ?? "", elements: elements,
            line: fields["EPOCH"]?.line ?? 0)
    }
}

/// Elements of an XML text that hold nothing but text, one after the other.
private struct LeafReader {
    enum Token {
        case leaf(key: String, value: String, line: Int)
        case end(key: String)
    }

    private var rest: ArraySlice<UInt8>
    private var line = 1
    private var open = ""
    private var text: [UInt8] = []

    init(_ text: String) { rest = ArraySlice(Array(text.utf8)) }

    mutating func next() -> Token? {
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            let between = rest[..<start]
            line += between.count { $0 == 10 }
            text = Array(between)
            guard let end = rest[start...].firstIndex(of: UInt8(ascii: ">")) else { break }
            let tag = String(decoding: rest[(start + 1)..<end], as: UTF8.self)
            line += rest[start..<end].count { $0 == 10 }
            rest = rest[(end + 1)...]
            if tag.hasPrefix("/") {
                let key = Self.name(String(tag.dropFirst()))
                defer { open = "" }
                guard open == key else { return .end(key: key) }
                let value = Self.plain(String(decoding: text, as: UTF8.self))
                return .leaf(key: key, value: value.trimmingBlanks, line: line)
            }
            open =
                tag.hasSuffix("/") || tag.hasPrefix("?") || tag.hasPrefix("!")
                ? "" : Self.name(tag)
        }
        return nil
    }

    /// The name of a tag without attributes and namespace.
    private static func name(_ tag: String) -> String {
        let word = tag.words.first ?? ""
        return word.split(separator: ":").last.map(String.init) ?? word
    }

    /// The five entities that every XML text may use.
    private static func plain(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&quot;", with: "\"").replacing("&apos;", with: "'")
            .replacing("&amp;", with: "&")
    }
}
