/// Extends a counter of few bits to 64, and says when it wrapped or ran backwards.
///
/// A step is taken for a wrap only if it is more than half the range, so neighbours may be swapped,
/// across a wrap too.
struct CounterUnwrapper: Sendable, BitwiseCopyable {
    /// Bits of the counter, 1 to 62.
    let bits: UInt64
    /// Largest backward step, in ticks, that is disorder and not a fault.
    let disorder: Int64
    /// The last value handed in, extended.
    private(set) var last: Int64 = 0
    private(set) var hasStarted = false
    private var latestPeriod: Int64 = 0

    init(bits: UInt64, disorder: Int64) {
        self.bits = bits
        self.disorder = disorder
    }

    /// What a new counter value means.
    struct Step: Sendable, BitwiseCopyable {
        /// The value, extended.
        var ticks: Int64
        /// Whether it lies further back than disorder explains.
        var isReversed: Bool
        /// How many periods of the counter ended for the first time.
        var periods: Int64
    }

    /// Extends `raw` to the value nearest to the last one, without remembering it.
    func nearest(to raw: UInt64) -> Int64 {
        guard hasStarted else { return Int64(bitPattern: raw) }
        let shift = 64 &- bits
        let step =
            Int64(bitPattern: (raw &- UInt64(bitPattern: last)) &<< shift)
            &>> Int64(bitPattern: shift)
        return last &+ step
    }

    /// Extends `raw` and remembers it; with `mustAdvance`, a smaller value is always a wrap.
    mutating func take(_ raw: UInt64, mustAdvance: Bool = false) -> Step {
        var ticks = nearest(to: raw)
        if mustAdvance, ticks < last { ticks &+= Int64(bitPattern: 1 &<< bits) }
        let period = ticks &>> Int64(bitPattern: bits)
        guard hasStarted else {
            hasStarted = true
            last = ticks
            latestPeriod = period
            return Step(ticks: ticks, isReversed: false, periods: 0)
        }
        let isReversed = last &- ticks > disorder
        let gained = max(0, period &- latestPeriod)
        latestPeriod = isReversed ? period : max(latestPeriod, period)
        last = ticks
        return Step(ticks: ticks, isReversed: isReversed, periods: gained)
    }
}
