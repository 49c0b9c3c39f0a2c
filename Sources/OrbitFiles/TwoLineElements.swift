import Orbit

/// Two-line element sets, with or without a line of name before each.
///
/// Columns after the format's description by NORAD (Hoots, Roehrich, Spacetrack Report 3);
/// catalogue numbers also as Alpha-5.
public enum TwoLineElements {
    /// All sets of a file.
    ///
    /// Empty lines and lines that begin with # are passed over.
    ///
    /// - Parameters:
    ///   - path: How faults call the file.
    ///   - checksChecksums: `false` reads lines whatever their last digit, for test vectors.
    public static func parse(
        _ text: String, path: String, checksChecksums: Bool = true
    ) throws(OrbitFileFault) -> [ElementSet] {
        var sets: [ElementSet] = []
        var name = ""
        var first: Line?
        for (number, bytes) in TextLines(text) {
            let line = Line(bytes: bytes, number: number, path: path)
            if bytes.isEmpty || bytes[bytes.startIndex] == UInt8(ascii: "#") { continue }
            if let begun = first {
                guard line.begins(with: "2") else {
                    throw line.fault(column: 1, .missing(what: "line 2 of the element set"))
                }
                sets.append(
                    try set(begun, line, name: name, checksChecksums: checksChecksums))
                first = nil
                name = ""
            } else if line.begins(with: "1") {
                first = line
            } else if line.begins(with: "2"), bytes.count >= 63 {
                throw line.fault(column: 1, .missing(what: "line 1 of the element set"))
            } else {
                name = Self.name(bytes)
            }
        }
        if let begun = first {
            throw begun.fault(column: 0, .missing(what: "line 2 of the element set"))
        }
        guard !sets.isEmpty else {
            throw OrbitFileFault(path: path, problem: .missing(what: "an element set"))
        }
        return sets
    }

    /// A name line, which some files begin with a 0.
    private static func name(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("0 ") { text.removeFirst(2) }
        return text.trimmingBlanks
    }

    private static func set(
        _ one: Line, _ two: Line, name: String, checksChecksums: Bool
    ) throws(OrbitFileFault) -> ElementSet {
        for line in [one, two] {
            try line.checkLength()
            if checksChecksums { try line.check() }
        }
        let number = one.text(3...7)
        guard number == two.text(3...7) else {
            throw two.fault(column: 3, .mismatch(first: number, second: two.text(3...7)))
        }
        let degree = Double.pi / 180
        let year = try one.number(19...20, "the epoch's year", 0...99)
        let day = try one.number(21...32, "the epoch's day", 1...366.999_999_999)
        let drag = try one.scaled(54...61, "B*")
        let inclination = try two.number(9...16, "the inclination", 0...180)
        let node = try two.number(18...25, "the node", -360...360)
        let eccentricity = try two.number(27...33, "the eccentricity's digits", 0...9_999_999)
        let perigee = try two.number(35...42, "the argument of perigee", -360...360)
        let anomaly = try two.number(44...51, "the mean anomaly", -360...360)
        let motion = try two.number(53...63, "the mean motion", 1e-8...20)
        let fullYear = Int64(year) + (year < 57 ? 2000 : 1900)
        guard let newYear = UTCText.modifiedJulianDay(year: fullYear, month: 1, day: 1) else {
            throw one.fault(
                column: 19,
                .field(name: "the epoch's year", value: one.text(19...20), allowed: "00 to 99"))
        }
        let whole = day.rounded(.down)
        let epoch = UTCInstant(
            day: newYear + Int64(whole) - 1, seconds: (day - whole) * UTCInstant.secondsPerDay)
        return ElementSet(
            name: name, catalogNumber: number, designator: one.text(10...17),
            elements: MeanElements(
                epoch: epoch, meanMotion: motion * MeanElements.radiansPerMinute,
                eccentricity: eccentricity * 1e-7, inclination: inclination * degree,
                node: node * degree, perigee: perigee * degree, meanAnomaly: anomaly * degree,
                drag: drag),
            line: one.number)
    }

    /// One of the two lines, by columns from 1.
    private struct Line {
        var bytes: ArraySlice<UInt8>
        var number: Int
        var path: String

        func begins(with digit: Character) -> Bool {
            bytes.count >= 2 && bytes.first == digit.asciiValue
                && bytes[bytes.startIndex + 1] == UInt8(ascii: " ")
        }

        func fault(column: Int, _ problem: OrbitFileFault.Problem) -> OrbitFileFault {
            OrbitFileFault(path: path, line: number, column: column, problem: problem)
        }

        func checkLength() throws(OrbitFileFault) {
            guard bytes.count == 69 else {
                throw fault(
                    column: bytes.count + 1,
                    .field(
                        name: "the length of the line", value: "\(bytes.count)",
                        allowed: "69 characters"))
            }
        }

        /// Last digit of the sum of all digits, with a minus counted as 1.
        func check() throws(OrbitFileFault) {
            var sum = 0
            for byte in bytes.dropLast() {
                if (48...57).contains(byte) { sum += Int(byte) - 48 }
                if byte == UInt8(ascii: "-") { sum += 1 }
            }
            let last = text(69...69)
            guard last == "\(sum % 10)" else {
                throw fault(column: 69, .checksum(found: last, computed: sum % 10))
            }
        }

        func text(_ columns: ClosedRange<Int>) -> String {
            let from = bytes.startIndex + columns.lowerBound - 1
            let to = bytes.startIndex + columns.upperBound
            guard to <= bytes.endIndex else { return "" }
            return String(decoding: bytes[from..<to], as: UTF8.self).trimmingBlanks
        }

        func number(
            _ columns: ClosedRange<Int>, _ name: String, _ allowed: ClosedRange<Double>
        ) throws(OrbitFileFault) -> Double {
            let text = text(columns)
            guard let value = PlainNumber.value(text), allowed.contains(value) else {
                throw fault(
                    column: columns.lowerBound,
                    .field(
                        name: name, value: text,
                        allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
            }
            return value
        }

        /// " 12345-3": digits after an assumed point, then a power of ten.
        func scaled(
            _ columns: ClosedRange<Int>, _ name: String
        ) throws(OrbitFileFault) -> Double {
            let text = text(columns)
            let refusal = fault(
                column: columns.lowerBound,
                .field(name: name, value: text, allowed: "a number like -12345-3"))
            guard let split = text.lastIndex(where: { $0 == "-" || $0 == "+" || $0 == " " }),
                split != text.startIndex
            else { throw refusal }
            var digits = String(text[..<split])
            var sign = 1.0
            if let first = digits.first, first == "-" || first == "+" {
                sign = first == "-" ? -1 : 1
                digits.removeFirst()
            }
            digits = digits.trimmingBlanks
            let power = text[split...].filter { $0 != " " }
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let mantissa = Double("0." + digits), let power = Int(power), abs(power) <= 9
            else { throw refusal }
            return sign * (Double("\(mantissa)e\(power)") ?? 0)
        }
    }
}
