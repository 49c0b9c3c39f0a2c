/// One row of an ephemeris.
public struct EphemerisRow: Equatable, Sendable, BitwiseCopyable {
    /// When the satellite is there.
    public var time: UTCInstant
    /// Position and, where the table has it, velocity, in the table's frame.
    public var state: OrbitState

    /// A row with both fields given.
    public init(time: UTCInstant, state: OrbitState) {
        self.time = time
        self.state = state
    }
}

/// Why a table of positions gives no state.
public enum EphemerisFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// Fewer rows, without a gap between, than one polynomial needs.
    case tooShort(rows: Int, needed: Int)
    /// The row with this index does not come after the one before.
    case notAscending(row: Int)
    /// Before the first row that may be used.
    case beforeStart(asked: UTCInstant, first: UTCInstant)
    /// After the last row that may be used.
    case afterEnd(asked: UTCInstant, last: UTCInstant)
    /// Between two rows that lie too far apart.
    case gap(after: UTCInstant, until: UTCInstant)
}

/// Positions of a satellite at given times, interpolated; never extrapolated, never over a gap.
///
/// The rows belong to the caller and outlive the table.
public struct EphemerisTable: Equatable, @unchecked Sendable, BitwiseCopyable {
    /// The axes of the rows.
    public enum Frame: UInt8, Sendable, BitwiseCopyable {
        /// Fixed to the turning Earth: ITRF. Velocities are relative to the ground.
        case earthFixed
        /// True equator, mean equinox of date.
        case teme
    }

    /// How to go from rows to what lies between.
    public enum Method: Equatable, Sendable, BitwiseCopyable {
        /// A polynomial through the positions of so many points, 2 up to 12; the ILRS wants 10.
        case lagrange(points: Int)
        /// A polynomial through positions and velocities of so many points, 2 up to 12.
        case hermite(points: Int)

        /// Points of one polynomial, 2 up to 12.
        var points: Int {
            switch self {
            case .lagrange(let points), .hermite(let points):
                min(max(points, 2), Interpolation.capacity)
            }
        }
    }

    private var rows: UnsafeBufferPointer<EphemerisRow>
    /// The axes of the rows.
    public private(set) var frame: Frame
    /// How to go from rows to what lies between.
    public private(set) var method: Method
    /// Rows further apart than this, s, have a gap between them.
    public private(set) var largestStep: Double
    /// First instant that may be asked for.
    public private(set) var start: UTCInstant
    /// Last instant that may be asked for.
    public private(set) var end: UTCInstant

    /// A table over `rows`.
    ///
    /// - Parameters:
    ///   - largestStep: Rows further apart than this, s, have a gap between them; more than 0.
    ///   - usable: A narrower span than that of the rows, as some formats state.
    public init(
        rows: UnsafeBufferPointer<EphemerisRow>, frame: Frame, method: Method,
        largestStep: Double, usable: (from: UTCInstant, to: UTCInstant)? = nil
    ) throws(EphemerisFault) {
        let needed = method.points
        guard rows.count >= needed else { throw .tooShort(rows: rows.count, needed: needed) }
        var index = 1
        while index < rows.count {
            guard rows[index - 1].time < rows[index].time else { throw .notAscending(row: index) }
            index += 1
        }
        self.rows = rows
        self.frame = frame
        self.method = method
        self.largestStep = largestStep
        let first = rows[0].time
        let last = rows[rows.count - 1].time
        start = usable.map { max($0.from, first) } ?? first
        end = usable.map { min($0.to, last) } ?? last
    }

    /// State at `instant` in the table's frame; the velocity is the slope of the polynomial.
    public func state(at instant: UTCInstant) throws(EphemerisFault) -> OrbitState {
        guard instant >= start else { throw .beforeStart(asked: instant, first: start) }
        guard instant <= end else { throw .afterEnd(asked: instant, last: end) }
        let lower = lowerRow(for: instant)
        let points = method.points
        let run = try run(about: lower, reach: points)
        guard run.upperBound - run.lowerBound + 1 >= points else {
            throw .tooShort(rows: run.upperBound - run.lowerBound + 1, needed: points)
        }
        let centred = lower - points / 2 + 1
        let first = min(max(centred, run.lowerBound), run.upperBound - points + 1)
        var times = InlineArray<12, Double>(repeating: 0)
        var index = 0
        while index < points {
            times[index] = rows[first + index].time.since(instant)
            index += 1
        }
        let weights = Interpolation(count: points, times: times)
        switch method {
        case .lagrange: return weights.lagrange { rows[first + $0].state.position }
        case .hermite: return weights.hermite { rows[first + $0].state }
        }
    }

    /// The last row at or before `instant` that has one after it, by bisection.
    private func lowerRow(for instant: UTCInstant) -> Int {
        var low = 0
        var high = rows.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if rows[middle].time <= instant { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The rows without a gap about the interval after row `lower`, at most `reach` to each side.
    private func run(about lower: Int, reach: Int) throws(EphemerisFault) -> ClosedRange<Int> {
        guard !hasGap(after: lower) else {
            throw .gap(after: rows[lower].time, until: rows[lower + 1].time)
        }
        var first = lower
        while first > 0, lower - first < reach, !hasGap(after: first - 1) { first -= 1 }
        var last = lower + 1
        while last < rows.count - 1, last - lower < reach, !hasGap(after: last) { last += 1 }
        return first...last
    }

    private func hasGap(after row: Int) -> Bool {
        rows[row + 1].time.since(rows[row].time) > largestStep
    }

    /// The same rows in memory, read in the same way.
    public static func == (a: EphemerisTable, b: EphemerisTable) -> Bool {
        a.rows.baseAddress == b.rows.baseAddress && a.rows.count == b.rows.count
            && a.frame == b.frame && a.method == b.method && a.largestStep == b.largestStep
            && a.start == b.start && a.end == b.end
    }
}
