internal import Quantities
public import TimeTags

/// The chance that a click of one detector makes another click: electrical cross-talk, or the light
/// that an avalanche gives off (back-flash).
///
/// Light on the first detector only. Pairs within a window about each other are compared with pairs
/// at larger distances, which are accidental.
public struct Crosstalk: ~Copyable {
    /// Clicks of one detector that are remembered; more within the outer window are counted as
    /// forgotten.
    private static let remembered = 64

    private let lit: UInt8
    private let dark: UInt8
    private let window: Int64
    private let inner: Int64
    private let outer: Int64
    private var litTimes: InlineArray<64, Int64> = InlineArray(repeating: .min / 4)
    private var darkTimes: InlineArray<64, Int64> = InlineArray(repeating: .min / 4)
    private var litNext = 0
    private var darkNext = 0
    private var clicks = 0.0
    private var near = 0.0
    private var far = 0.0

    /// A measurement that has seen nothing.
    ///
    /// - Parameters:
    ///   - lit: Channel of the detector in the light.
    ///   - dark: Channel of the other.
    ///   - window: Largest distance of a pair, ps; 100 to 10^6, usually 10,000. The channels' skews
    ///     must be well inside.
    public init(lit: UInt8, dark: UInt8, window: Int64 = 10_000) throws(CalibrationError) {
        guard window >= 100, window <= 1_000_000 else {
            throw .badSetting(.window, value: Double(window), lowest: 100, highest: 1e6)
        }
        self.lit = lit
        self.dark = dark
        self.window = window
        inner = 2 * window
        outer = 22 * window
    }

    /// Takes in the next tags of the stream, in order, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.kind == .detection {
            if tag.channel == lit {
                clicks += 1
                for i in 0..<Self.remembered { pair(tag.time &- darkTimes[i]) }
                litTimes[litNext] = tag.time
                litNext = (litNext + 1) % Self.remembered
            } else if tag.channel == dark {
                for i in 0..<Self.remembered { pair(tag.time &- litTimes[i]) }
                darkTimes[darkNext] = tag.time
                darkNext = (darkNext + 1) % Self.remembered
            }
        }
    }

    private mutating func pair(_ distance: Int64) {
        guard distance.magnitude < UInt64(bitPattern: outer) else { return }
        let apart = distance < 0 ? 0 &- distance : distance
        if apart <= window { near += 1 } else if apart >= inner { far += 1 }
    }

    /// The chance per click of the lit detector, found so far; statistics may make it negative.
    public func result() throws(CalibrationError) -> Estimate {
        guard clicks >= 1_000 else { throw .tooFewCounts(found: Int64(clicks), needed: 1_000) }
        // Whole picoseconds from -window to window, and on both sides from inner to below outer.
        let share = Double(2 * window + 1) / Double(2 * (outer - inner))
        let accidental = far * share
        let variance = max(near, 1) + far * share * share
        return Estimate(
            value: (near - accidental) / clicks, sigma: variance.squareRoot() / clicks,
            counts: Int64(near))
    }
}
