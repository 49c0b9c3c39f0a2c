/// Adds up the windows of an epoch; keeps nothing but the open epoch.
public struct EpochCounter: Sendable {
    /// Windows of one epoch.
    public let windowsPerEpoch: Int64
    /// Length of a window, s.
    public let windowSeconds: Double
    private var epoch = Int64.min
    private var counts = EpochCounts()

    /// A counter that has seen nothing.
    ///
    /// - Parameters:
    ///   - windowsPerEpoch: At least 1.
    ///   - windowSeconds: Length of a window by the clock of the satellite, s.
    public init(windowsPerEpoch: Int64, windowSeconds: Double) {
        precondition(windowsPerEpoch >= 1)
        self.windowsPerEpoch = windowsPerEpoch
        self.windowSeconds = windowSeconds
        counts.peakSeconds = windowSeconds
    }

    /// Adds window number `index`; windows ascend, some may be missing.
    ///
    /// - Parameter next: Number of the window that comes next: above `index`.
    /// - Returns: The epoch's number and counts, if `next` lies in a later one.
    public mutating func take(
        _ window: WindowCounts, index: Int64, next: Int64
    ) -> (epoch: Int64, counts: EpochCounts)? {
        let number = Self.floor(index, windowsPerEpoch)
        if number != epoch {
            epoch = number
            counts = EpochCounts()
            counts.peakSeconds = windowSeconds
        }
        counts.add(window)
        guard Self.floor(next, windowsPerEpoch) > number else { return nil }
        epoch = .min
        return (number, counts)
    }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension EpochCounts {
    /// Adds a window's counts and what is to be expected of its coincidences.
    public mutating func add(_ window: WindowCounts) {
        seconds += window.seconds
        gated += window.gated
        offGate += window.offGate
        tags += window.tags
        offsets += window.offsets
        squaredOffsets += window.squaredOffsets
        shortIntervals += window.shortIntervals
        doubles += window.doubles
        crosses += window.crosses
        clockVariance += window.clockVariance
        blanked += window.blanked
        blankedSeconds += window.blankedSeconds
        guard window.slots > 0 else { return }
        addWindow(window.gated, slots: window.slots)
        rejected += window.rejected
        if window.seconds > 0 {
            let rate = window.tags.sum() / window.seconds
            rejectedPairs += (window.gated + window.rejected) * rate
        }
        for lane in 0..<4 { peak[lane] = max(peak[lane], window.tags[lane]) }
    }
}
