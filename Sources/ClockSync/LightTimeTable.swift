/// One row of a light-time prediction.
public struct LightTimeRow: Equatable, Sendable, BitwiseCopyable {
    /// Satellite time of emission, ps.
    public var time: Int64
    /// Predicted one-way light time of what is emitted then, ps. A span, so a `Double` is exact
    /// to a millionth of a picosecond.
    public var lightTime: Double

    /// A row with both fields given.
    @inlinable public init(time: Int64, lightTime: Double) {
        self.time = time
        self.lightTime = lightTime
    }
}

/// The clock's feed-forward: predicted light time against satellite time, interpolated.
///
/// Between rows a polynomial of degree 5 through the six nearest rows is used; at one row a second
/// its error on a 500 km pass is below 0.01 ps. The rows belong to the caller and outlive the table.
public struct LightTimeTable: @unchecked Sendable {
    /// Rows per polynomial.
    public static let window = 6

    /// Light times answered, ps: up to this far from 0, 1000 s.
    private static let limit = 1e15

    private let rows: UnsafeBufferPointer<LightTimeRow>
    /// One row's spacing before the first row and behind the last, ps: there the ends are held.
    private let earliest: Int64
    private let latest: Int64
    private var nearest = 0

    /// A table over `rows`, whose times strictly ascend.
    ///
    /// - Returns: `nil` for fewer than six rows or times that do not ascend.
    public init?(rows: UnsafeBufferPointer<LightTimeRow>) {
        guard rows.count >= Self.window else { return nil }
        var index = 1
        while index < rows.count {
            guard rows[index].time > rows[index - 1].time else { return nil }
            index += 1
        }
        self.rows = rows
        let last = rows[rows.count - 1].time
        earliest = rows[0].time &- (rows[1].time &- rows[0].time)
        latest = last &+ (last &- rows[rows.count - 2].time)
    }

    /// First satellite time covered, ps.
    public var start: Int64 { rows[0].time }
    /// Last satellite time covered, ps.
    public var end: Int64 { rows[rows.count - 1].time }

    /// Light time of what is emitted at satellite time `time`, ps.
    ///
    /// Outside of what ``covers(_:)`` the value at the nearer end is held: a polynomial would soon
    /// be anything.
    public mutating func lightTime(at asked: Int64) -> Double {
        let time = min(max(asked, earliest), latest)
        let first = windowStart(for: time)
        // Lagrange's formula, times in seconds about the asked one so that nothing large is squared.
        var sum = 0.0
        var i = 0
        while i < Self.window {
            let row = rows[first + i]
            let own = Double(row.time &- time) * 1e-12
            var weight = 1.0
            var j = 0
            while j < Self.window {
                if j != i {
                    let other = Double(rows[first + j].time &- time) * 1e-12
                    weight *= other / (other - own)
                }
                j += 1
            }
            sum += weight * row.lightTime
            i += 1
        }
        // Rows much closer than others would send the polynomial beyond any whole number.
        return min(max(sum, -Self.limit), Self.limit)
    }

    /// Whether `time` lies within the rows, or at most one row's spacing outside.
    public func covers(_ time: Int64) -> Bool {
        time >= earliest && time <= latest
    }

    /// Index of the first of the six rows about `time`; walks from the last answer, since time flows.
    private mutating func windowStart(for time: Int64) -> Int {
        if abs(rows[nearest].time &- time) > 100 * (rows[1].time &- rows[0].time) {
            nearest = lowerRow(for: time)
        }
        while nearest + 1 < rows.count, rows[nearest + 1].time <= time { nearest += 1 }
        while nearest > 0, rows[nearest].time > time { nearest -= 1 }
        return max(0, min(nearest - Self.window / 2 + 1, rows.count - Self.window))
    }

    /// The last row at or before `time`, by bisection.
    private func lowerRow(for time: Int64) -> Int {
        var low = 0
        var high = rows.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if rows[middle].time <= time { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
