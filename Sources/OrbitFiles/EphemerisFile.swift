public import Orbit

/// Positions of one satellite as a file gives them: one or more segments.
public struct EphemerisFile: Equatable, Sendable {
    /// Rows that belong together; nothing is interpolated from one segment to the next.
    public struct Segment: Equatable, Sendable {
        /// m and m/s, in `frame`.
        public var rows: [EphemerisRow]
        /// The axes of the rows.
        public var frame: EphemerisTable.Frame
        /// How to go from rows to what lies between.
        public var method: EphemerisTable.Method
        /// Rows further apart than this, s, have a gap between them.
        public var largestStep: Double
        /// The span that the file allows, if it is narrower than that of the rows.
        public var usableStart: UTCInstant?
        /// The end of that span.
        public var usableEnd: UTCInstant?
        /// Line of the first row.
        public var line: Int

        /// A segment with every field given.
        public init(
            rows: [EphemerisRow], frame: EphemerisTable.Frame, method: EphemerisTable.Method,
            largestStep: Double, usableStart: UTCInstant? = nil, usableEnd: UTCInstant? = nil,
            line: Int = 0
        ) {
            self.rows = rows
            self.frame = frame
            self.method = method
            self.largestStep = largestStep
            self.usableStart = usableStart
            self.usableEnd = usableEnd
            self.line = line
        }

        /// First instant with a state.
        public var start: UTCInstant {
            let first = rows.first?.time ?? UTCInstant(day: 0, seconds: 0)
            return usableStart.map { max($0, first) } ?? first
        }
        /// Last instant with a state.
        public var end: UTCInstant {
            let last = rows.last?.time ?? UTCInstant(day: 0, seconds: 0)
            return usableEnd.map { min($0, last) } ?? last
        }

        /// Lends the rows as a table; the table must not leave `body`.
        public func withTable<R>(_ body: (EphemerisTable) throws -> R) throws -> R {
            try rows.withUnsafeBufferPointer { buffer in
                let usable =
                    usableStart == nil && usableEnd == nil ? nil : (from: start, to: end)
                return try body(
                    try EphemerisTable(
                        rows: buffer, frame: frame, method: method, largestStep: largestStep,
                        usable: usable))
            }
        }
    }

    /// Name of the satellite; empty if the file has none.
    public var name: String
    /// Its identifier as it is written.
    public var identifier: String
    /// At least one.
    public var segments: [Segment]

    /// A file with every field given.
    public init(name: String, identifier: String, segments: [Segment]) {
        self.name = name
        self.identifier = identifier
        self.segments = segments
    }

    /// The segment that covers `instant`; where several do, the last, as CCSDS 502.0-B wants.
    public func segment(covering instant: UTCInstant) -> Segment? {
        segments.last { instant >= $0.start && instant <= $0.end }
    }

    /// Checks what every table must fulfil, so that faults come with the file's name and line.
    func checked(path: String) throws(OrbitFileFault) -> EphemerisFile {
        for segment in segments {
            do {
                try segment.withTable { _ in }
            } catch let fault as EphemerisFault {
                throw OrbitFileFault(path: path, line: segment.line, problem: .table(fault))
            } catch {
                throw OrbitFileFault(
                    path: path, line: segment.line, problem: .unreadable(reason: "\(error)"))
            }
            guard segment.start < segment.end else {
                throw OrbitFileFault(
                    path: path, line: segment.line,
                    problem: .field(
                        name: "the span that may be used",
                        value: UTCText.text(segment.start) + " to " + UTCText.text(segment.end),
                        allowed: "a start before its end, within the positions"))
            }
        }
        return self
    }

    /// One and a half of the usual distance between rows, s: more is a gap.
    static func largestStep(_ rows: [EphemerisRow]) -> Double {
        let spans = zip(rows.dropFirst(), rows).map { $0.time.since($1.time) }.sorted()
        guard !spans.isEmpty else { return 0 }
        return 1.5 * spans[spans.count / 2]
    }

    /// Positions in range of anything that flies about the Earth, m.
    static let positions = -1e9...1e9
    /// Velocities, m/s.
    static let velocities = -2e4...2e4
}
