import Orbit

/// CCSDS Orbit Ephemeris Messages (502.0-B, OEM) in key-value notation.
public enum OrbitEphemerisMessage {
    /// The ephemeris of the file's first satellite.
    ///
    /// Frames: those of the ITRF family, and TEME. Without a method in the file Hermite's
    /// polynomial of degree 7 is taken, which uses the velocities.
    public static func parse(_ text: String, path: String) throws(OrbitFileFault) -> EphemerisFile {
        var reader = Reader(path: path)
        for (number, bytes) in TextLines(text) {
            try reader.read(
                String(decoding: bytes, as: UTF8.self).trimmingBlanks, line: number)
        }
        return try reader.finished()
    }

    /// Where in the file the reader is.
    private enum Part { case header, metadata, data, covariance }

    private struct Reader {
        var path: String
        var part = Part.header
        var metadata: KeywordRecord
        var scale = TimeScale.utc
        var segment: EphemerisFile.Segment?
        var file = EphemerisFile(name: "", identifier: "", segments: [])

        init(path: String) {
            self.path = path
            metadata = KeywordRecord(path: path)
        }

        func fault(_ line: Int, _ problem: OrbitFileFault.Problem) -> OrbitFileFault {
            OrbitFileFault(path: path, line: line, problem: problem)
        }

        mutating func read(_ line: String, line number: Int) throws(OrbitFileFault) {
            if line.isEmpty || line.hasPrefix("COMMENT") { return }
            switch line {
            case "META_START":
                try closeSegment()
                metadata = KeywordRecord(path: path)
                part = .metadata
            case "META_STOP":
                guard part == .metadata else {
                    throw fault(number, .missing(what: "META_START before META_STOP"))
                }
                try openSegment(line: number)
                part = .data
            case "COVARIANCE_START": part = .covariance
            case "COVARIANCE_STOP": part = .data
            default:
                switch part {
                case .header, .covariance: break
                case .metadata:
                    guard let pair = KeywordRecord.pair(line) else {
                        throw fault(
                            number,
                            .field(name: "the line", value: line, allowed: "KEYWORD = value"))
                    }
                    try metadata.add(pair.key, pair.value, line: number)
                case .data: try addRow(line, line: number)
                }
            }
        }

        private mutating func openSegment(line: Int) throws(OrbitFileFault) {
            try metadata.expect("CENTER_NAME", ["EARTH"])
            let system = try metadata.required("TIME_SYSTEM")
            guard let scale = TimeScale(keyword: system) else {
                throw metadata.fault(
                    "TIME_SYSTEM",
                    .unsupported(
                        what: "TIME_SYSTEM", value: system,
                        allowed: TimeScale.allCases.map(\.rawValue).joined(separator: ", ")))
            }
            self.scale = scale
            let identifier = try metadata.required("OBJECT_ID")
            if file.identifier.isEmpty {
                file.identifier = identifier
                file.name = metadata.text("OBJECT_NAME") ?? ""
            } else if file.identifier != identifier {
                throw metadata.fault(
                    "OBJECT_ID",
                    .unsupported(
                        what: "a second satellite", value: identifier,
                        allowed: "one satellite in a file"))
            }
            var segment = EphemerisFile.Segment(
                rows: [], frame: try frame(), method: try method(), largestStep: 0,
                usableStart: nil, usableEnd: nil, line: line)
            if metadata.text("USEABLE_START_TIME") != nil {
                segment.usableStart = try metadata.instant("USEABLE_START_TIME", scale)
            }
            if metadata.text("USEABLE_STOP_TIME") != nil {
                segment.usableEnd = try metadata.instant("USEABLE_STOP_TIME", scale)
            }
            self.segment = segment
        }

        private func frame() throws(OrbitFileFault) -> EphemerisTable.Frame {
            let name = try metadata.required("REF_FRAME").uppercased()
            if name == "TEME" { return .teme }
            if name.hasPrefix("ITRF") || name == "WGS84" || name == "WGS-84" {
                return .earthFixed
            }
            throw metadata.fault(
                "REF_FRAME",
                .unsupported(
                    what: "REF_FRAME", value: name, allowed: "ITRF and its years, TEME"))
        }

        private func method() throws(OrbitFileFault) -> EphemerisTable.Method {
            guard let name = metadata.text("INTERPOLATION")?.uppercased() else {
                return .hermite(points: 4)
            }
            let key = "INTERPOLATION_DEGREE"
            let degree =
                name == "LINEAR" && metadata.text(key) == nil
                ? 1 : Int(try metadata.number(key, 1...23))
            switch name {
            case "LAGRANGE":
                // More points than 12 gain nothing and lose in rounding.
                return .lagrange(points: min(degree + 1, 12))
            case "HERMITE": return .hermite(points: max(2, (degree + 1) / 2))
            case "LINEAR": return .lagrange(points: 2)
            default:
                throw metadata.fault(
                    "INTERPOLATION",
                    .unsupported(
                        what: "INTERPOLATION", value: name, allowed: "LAGRANGE, HERMITE, LINEAR"))
            }
        }

        private mutating func addRow(_ line: String, line number: Int) throws(OrbitFileFault) {
            let words = line.words
            guard words.count == 7 || words.count == 10 else {
                throw fault(
                    number,
                    .field(
                        name: "the number of columns", value: "\(words.count)",
                        allowed: "7, or 10 with accelerations"))
            }
            guard let time = UTCText.instant(words[0]) else {
                throw fault(
                    number,
                    .field(
                        name: "the epoch", value: words[0],
                        allowed: "a time like 2026-03-20T21:00:00.5"))
            }
            var values: [Double] = []
            for (index, word) in words[1..<7].enumerated() {
                let allowed = index < 3 ? EphemerisFile.positions : EphemerisFile.velocities
                guard let value = PlainNumber.value(word), allowed.contains(value * 1000) else {
                    throw fault(
                        number,
                        .field(
                            name: index < 3 ? "a position" : "a velocity", value: word,
                            allowed: index < 3 ? "-1e6 to 1e6 km" : "-20 to 20 km/s"))
                }
                values.append(value * 1000)
            }
            let row = EphemerisRow(
                time: scale.utc(time),
                state: OrbitState(
                    position: Vector(x: values[0], y: values[1], z: values[2]),
                    velocity: Vector(x: values[3], y: values[4], z: values[5])))
            if let last = segment?.rows.last, !(last.time < row.time) {
                throw fault(
                    number,
                    .field(name: "the epoch", value: words[0], allowed: "one after the last"))
            }
            if segment?.rows.isEmpty ?? false { segment?.line = number }
            segment?.rows.append(row)
        }

        private mutating func closeSegment() throws(OrbitFileFault) {
            guard var done = segment else { return }
            done.largestStep = EphemerisFile.largestStep(done.rows)
            file.segments.append(done)
            segment = nil
        }

        mutating func finished() throws(OrbitFileFault) -> EphemerisFile {
            guard part != .metadata else { throw fault(0, .missing(what: "META_STOP")) }
            try closeSegment()
            guard !file.segments.isEmpty else {
                throw fault(0, .missing(what: "META_START and its positions"))
            }
            return try file.checked(path: path)
        }
    }
}
