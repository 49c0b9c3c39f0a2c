import Quantities

// Intervals within a detector's own dead time, which no honest detector makes.
extension GateStage {
    /// Counts the intervals that end with the tags from `first` up to, not including, `end`, all in
    /// valid and aimed time; at least one.
    @inline(never)
    mutating func countShortIntervals(from first: Int, to end: Int) {
        let (times, detectors) = (times, detectors)
        let shortest = geometry.shortestInterval
        var (time1, time2, time3) = (recentTimes[0], recentTimes[1], recentTimes[2])
        var (port1, port2, port3) = (recentDetectors[0], recentDetectors[1], recentDetectors[2])
        var index = first
        repeat {
            let time = times[index]
            let port = Int64(widening: Int(detectors[index] &>> SlotGeometry.binBits))
            // No choice but the last: what is so rare is foretold well.
            let one = Self.isClose(time, time1, shortest, port, port1)
            let two = Self.isClose(time, time2, shortest, port, port2)
            let three = Self.isClose(time, time3, shortest, port, port3)
            if one | two | three != 0 {
                tally.shortIntervals[Int(truncatingIfNeeded: port)] &+= 1
            }
            (time3, port3) = (time2, port2)
            (time2, port2) = (time1, port1)
            (time1, port1) = (time, port)
            index &+= 1
        } while index < end
        recentTimes = SIMD4(time1, time2, time3, 0)
        recentDetectors = SIMD4(port1, port2, port3, 0)
    }

    /// Remembers the last three tags up to, not including, `end`, for the next intervals.
    @inline(__always)
    mutating func noteRecent(from first: Int, to end: Int) {
        var index = max(first, end &- 3)
        while index < end {
            recentTimes = SIMD4(times[index], recentTimes[0], recentTimes[1], 0)
            let detector = Int64(widening: Int(detectors[index] &>> SlotGeometry.binBits))
            recentDetectors = SIMD4(detector, recentDetectors[0], recentDetectors[1], 0)
            index &+= 1
        }
    }

    @inline(__always)
    private static func isClose(
        _ time: Int64, _ earlier: Int64, _ shortest: Int64, _ port: Int64, _ other: Int64
    ) -> Int {
        (port == other ? 1 : 0) & (time &- earlier < shortest ? 1 : 0)
    }
}
