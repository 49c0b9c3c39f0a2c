public import Quantities

/// Measures the time from a command to its effect by dithering the mirror and correlating.
///
/// A pseudo-random step between two tilts each frame; for every delay of a grid the steps between
/// frames that it would have caused are compared with those that were seen. Differences between
/// frames leave most of the turbulence out (the peak of the inter-frame difference after a poke is
/// how adaptive-optics systems find their latency).
public struct LoopDelay: Sendable {
    /// What was measured.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// From giving a command out to its effect, ps.
        public var delay: Int64
        /// Standard deviation of the delay, ps, as far as the noise goes. With an exposure much
        /// shorter than the frame period the delay is only known to half a frame.
        public var sigma: Double
        /// How far the spot moved per tilt.
        public var gain: Double
        /// Share of the motion between frames that the dither explains, 0 to 1.
        public var explained: Double
    }

    /// Delays on the grid.
    private static let candidates = 96

    private let amplitude: Double
    private let exposure: Int64
    private let spacing: Int64
    private var history = CommandHistory()
    private var random: UInt32 = 0xACE1
    private var last: FieldAngle?
    private var lastModel: InlineArray<96, Double> = InlineArray(repeating: 0)
    private var products: InlineArray<96, SIMD2<Double>> = InlineArray(repeating: .zero)
    private var squares: InlineArray<96, Double> = InlineArray(repeating: 0)
    private var total = 0.0
    /// Frame-to-frame differences so far.
    public private(set) var count = 0

    /// A measurement that has seen nothing.
    ///
    /// - Parameters:
    ///   - amplitude: Tilt to either side, rad; more than 0.
    ///   - framePeriod: From frame to frame, ps; delays up to six of it are looked for.
    ///   - exposure: Of a frame, ps.
    public init(amplitude: Double, framePeriod: Int64, exposure: Int64) {
        self.amplitude = amplitude
        self.exposure = max(exposure, 0)
        spacing = max(framePeriod, 16) / 16
    }

    /// The next tilt about the mirror's first axis, for a command given out at `now`, ps.
    public mutating func command(at now: Int64) -> MirrorTilt {
        // A maximal-length shift register of 16 bits.
        random = random & 1 == 1 ? (random &>> 1) ^ 0xB400 : random &>> 1
        let tilt = MirrorTilt(a: random & 1 == 1 ? amplitude : -amplitude, b: 0)
        history.append(tilt, from: now)
        return tilt
    }

    /// Takes in where the spot was in a frame, `nil` if unseen; commands that were given out
    /// before must have been told before.
    public mutating func take(_ angle: FieldAngle?, at time: Int64) {
        guard let angle, angle.x.isFinite, angle.y.isFinite else { return last = nil }
        let step = last.map { SIMD2(angle.x - $0.x, angle.y - $0.y) }
        var delay: Int64 = 0
        for i in 0..<Self.candidates {
            let middle = time &- delay
            let model = history.mean(
                from: middle &- exposure / 2, to: middle &+ exposure / 2
            ).a
            if let step {
                let change = model - lastModel[i]
                products[i] += change * step
                squares[i] += change * change
            }
            lastModel[i] = model
            delay &+= spacing
        }
        if let step {
            total += (step * step).sum()
            count += 1
        }
        last = angle
    }

    /// What was measured; `nil` before 64 frames, or if the dither explains less than a tenth of
    /// the motion.
    public var result: Result? {
        guard count >= 64, total > 0 else { return nil }
        var best = 0
        for i in 1..<Self.candidates where share(i) > share(best) { best = i }
        // An instantaneous exposure gives a plateau of equal shares: its middle is the answer.
        var (first, end) = (best, best)
        while first > 0, share(first - 1) >= share(best) * (1 - 1e-9) { first -= 1 }
        while end + 1 < Self.candidates, share(end + 1) >= share(best) * (1 - 1e-9) { end += 1 }
        guard share(best) > 0.1, squares[best] > 0 else { return nil }
        var offset = Double(end - first) / 2
        var sigma = Double(end - first) / 3.5
        if first == end, best > 0, best + 1 < Self.candidates {
            let (before, here, after) = (share(best - 1), share(best), share(best + 1))
            let curvature = before - 2 * here + after
            if curvature < 0 {
                offset = min(max((before - after) / (2 * curvature), -0.5), 0.5)
                let noise = max(1 - here, 0) / Double(count)
                sigma = (noise / -curvature).squareRoot()
            }
        }
        let gain = (products[best] * products[best]).sum().squareRoot() / squares[best]
        return Result(
            delay: Int64(((Double(first) + offset) * Double(spacing)).rounded()),
            sigma: sigma * Double(spacing), gain: gain, explained: share(best))
    }

    /// Share of the motion that delay number `index` explains.
    private func share(_ index: Int) -> Double {
        guard squares[index] > 0 else { return 0 }
        return (products[index] * products[index]).sum() / (squares[index] * total)
    }
}
