import Orbit

/// ILRS Consolidated Prediction Format, versions 1 and 2: Earth-fixed positions, 10 points.
///
/// Ricklefs, Consolidated Laser Ranging Prediction Format, versions 1.01 (2006) and 2.00 (2018).
/// Parted by blanks, not by columns, since producers differ. A file without positions, and one
/// that was cut off before its end record, is refused.
public enum ConsolidatedPrediction {
    /// Points of the polynomial that the format prescribes.
    public static let points = 10

    /// The ephemeris of a file.
    public static func parse(_ text: String, path: String) throws(OrbitFileFault) -> EphemerisFile {
        var reader = Reader(path: path)
        for (number, bytes) in TextLines(text) {
            let words = String(decoding: bytes, as: UTF8.self).words
            guard let kind = words.first else { continue }
            if reader.isEnded { break }
            try reader.read(kind.uppercased(), words, line: number)
        }
        return try reader.finished()
    }

    private struct Reader {
        var path: String
        var isEnded = false
        private var name: String?
        private var identifier = ""
        private var step = 0.0
        private var hasSecondHeader = false
        private var headerEnded = false
        private var rows: [EphemerisRow] = []
        private var firstLine = 0

        init(path: String) { self.path = path }

        func fault(_ line: Int, _ problem: OrbitFileFault.Problem) -> OrbitFileFault {
            OrbitFileFault(path: path, line: line, problem: problem)
        }

        mutating func read(
            _ kind: String, _ words: [String], line: Int
        ) throws(OrbitFileFault) {
            switch kind {
            case "H1": try readFirstHeader(words, line: line)
            case "H2": try readSecondHeader(words, line: line)
            case "H9": headerEnded = true
            case "10": try readPosition(words, line: line)
            case "20": try readVelocity(words, line: line)
            case "99": isEnded = true
            // H3 to H5, corrections, comments: nothing that moves a low satellite.
            default: break
            }
        }

        private mutating func readFirstHeader(
            _ words: [String], line: Int
        ) throws(OrbitFileFault) {
            guard words.count >= 10, words[1].uppercased() == "CPF" else {
                throw fault(
                    line,
                    .field(
                        name: "record H1", value: words.joined(separator: " "),
                        allowed: "CPF, version, producer, date, sequence and target"))
            }
            guard words[2] == "1" || words[2] == "2" else {
                throw fault(
                    line, .unsupported(what: "the version", value: words[2], allowed: "1, 2"))
            }
            // The sequence has one word in version 1 and two in version 2.
            let place = words[2] == "1" ? 9 : 10
            name = words.count > place ? words[place] : ""
        }

        private mutating func readSecondHeader(
            _ words: [String], line: Int
        ) throws(OrbitFileFault) {
            guard words.count >= 20 else {
                throw fault(
                    line,
                    .field(
                        name: "the number of fields of record H2", value: "\(words.count)",
                        allowed: "20 or more"))
            }
            identifier = words[3]
            guard let step = PlainNumber.value(words[16]), step > 0, step <= 86_400 else {
                throw fault(
                    line, .field(name: "the step", value: words[16], allowed: "1 to 86400 s"))
            }
            self.step = step
            guard words[19] == "0" else {
                throw fault(
                    line,
                    .unsupported(
                        what: "the reference frame", value: words[19],
                        allowed: "0, Earth-fixed"))
            }
            hasSecondHeader = true
        }

        private mutating func readPosition(
            _ words: [String], line: Int
        ) throws(OrbitFileFault) {
            guard words.count >= 8 else {
                throw fault(
                    line,
                    .field(
                        name: "the number of fields of record 10", value: "\(words.count)",
                        allowed: "8"))
            }
            guard words[1] == "0" else {
                throw fault(
                    line,
                    .unsupported(
                        what: "the direction flag", value: words[1],
                        allowed: "0, positions at a common epoch"))
            }
            guard let day = PlainNumber.whole(words[2]), (36_112...88_127).contains(day) else {
                throw fault(
                    line,
                    .field(
                        name: "the modified Julian date", value: words[2],
                        allowed: "36112 to 88127"))
            }
            guard let seconds = PlainNumber.value(words[3]), seconds >= 0, seconds < 86_401
            else {
                throw fault(
                    line,
                    .field(name: "the second of the day", value: words[3], allowed: "0 to 86400"))
            }
            guard PlainNumber.value(words[4]) == 0 else {
                throw fault(
                    line, .unsupported(what: "a leap second", value: words[4], allowed: "0"))
            }
            let position = try vector(words, from: 5, EphemerisFile.positions, "position", line)
            let time = UTCInstant(day: day, seconds: seconds)
            if let last = rows.last, !(last.time < time) {
                throw fault(
                    line,
                    .field(
                        name: "the time", value: words[2] + " " + words[3],
                        allowed: "one after the last position's"))
            }
            if rows.isEmpty { firstLine = line }
            rows.append(
                EphemerisRow(
                    time: time, state: OrbitState(position: position, velocity: .zero)))
        }

        private mutating func readVelocity(
            _ words: [String], line: Int
        ) throws(OrbitFileFault) {
            guard words.count >= 5, !rows.isEmpty else {
                throw fault(
                    line,
                    .field(
                        name: "record 20", value: words.joined(separator: " "),
                        allowed: "a direction flag and three velocities after a position"))
            }
            rows[rows.count - 1].state.velocity = try vector(
                words, from: 2, EphemerisFile.velocities, "velocity", line)
        }

        private func vector(
            _ words: [String], from first: Int, _ allowed: ClosedRange<Double>, _ name: String,
            _ line: Int
        ) throws(OrbitFileFault) -> Vector {
            var values: [Double] = []
            for word in words[first..<(first + 3)] {
                guard let value = PlainNumber.value(word), allowed.contains(value) else {
                    throw fault(
                        line,
                        .field(
                            name: "a \(name)", value: word,
                            allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
                }
                values.append(value)
            }
            return Vector(x: values[0], y: values[1], z: values[2])
        }

        func finished() throws(OrbitFileFault) -> EphemerisFile {
            guard let name else { throw fault(0, .missing(what: "record H1")) }
            guard hasSecondHeader else { throw fault(0, .missing(what: "record H2")) }
            guard headerEnded else {
                throw fault(0, .missing(what: "record H9, the end of the header,"))
            }
            guard !rows.isEmpty else {
                throw fault(0, .missing(what: "any record 10 with a position"))
            }
            guard isEnded else {
                throw fault(
                    0, .missing(what: "record 99 at the end: the file was cut off, and it"))
            }
            let segment = EphemerisFile.Segment(
                rows: rows, frame: .earthFixed,
                method: .lagrange(points: ConsolidatedPrediction.points),
                largestStep: 1.5 * step, usableStart: nil, usableEnd: nil, line: firstLine)
            return try EphemerisFile(name: name, identifier: identifier, segments: [segment])
                .checked(path: path)
        }
    }
}
