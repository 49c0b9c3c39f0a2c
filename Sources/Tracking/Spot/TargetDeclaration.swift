public import Quantities

/// Decides whether spots in successive frames are the satellite: five of eight frames must show
/// one that moves as predicted.
///
/// While the mount follows the prediction the satellite stands nearly still on the sensor and stars
/// cross it at the track rate, so that motion tells the two apart. A hot pixel stands still as
/// well; it is known by its lack of neighbours, or by not following when the mount moves.
public struct TargetDeclaration: Sendable {
    /// What counts as the satellite.
    public struct Settings: Equatable, Sendable, BitwiseCopyable {
        /// Frames that are looked back upon, 2 to 16.
        public var frames = 8
        /// Frames among them that must show the spot in its place, 2 to `frames`.
        public var needed = 5
        /// Standard deviation of the line of sight's shaking from frame to frame, rad.
        public var jitter = 10e-6
        /// Deviations that the spot may be off its predicted place or rate.
        public var gate = 3.0
        /// Error of the predicted rate, rad/s rms.
        public var rateError = 50e-6
        /// Least and largest flux, electrons.
        public var leastFlux = 0.0
        /// Largest flux, electrons.
        public var largestFlux = Double.infinity

        /// Five of eight frames, 10 microradian of shaking.
        public init() {}
    }

    /// What the frames so far say.
    public enum Verdict: Equatable, Sendable, BitwiseCopyable {
        /// Nothing, or not enough yet: frames with the spot in its place.
        case waiting(hits: Int)
        /// It is the satellite.
        case declared
        /// It moves at another rate than the satellite, rad/s.
        case star(rate: FieldAngle)
    }

    /// One detection.
    private struct Hit: BitwiseCopyable {
        var time: Int64
        var angle: FieldAngle
        var sigma: Double
    }

    /// What counts as the satellite.
    public let settings: Settings
    /// What the frames so far say.
    public private(set) var verdict = Verdict.waiting(hits: 0)

    private var hits: InlineArray<16, Hit?> = InlineArray(repeating: nil)
    private var next = 0

    /// A declaration that has seen nothing; settings out of range are brought into it.
    public init(settings: Settings = Settings()) {
        var settings = settings
        settings.frames = min(max(settings.frames, 2), 16)
        settings.needed = min(max(settings.needed, 2), settings.frames)
        self.settings = settings
    }

    /// Forgets all frames.
    public mutating func reset() { self = TargetDeclaration(settings: settings) }

    /// Takes in one frame.
    ///
    /// - Parameters:
    ///   - angle: Where the spot is, rad; `nil` if there is none.
    ///   - sigma: Standard deviation of `angle`, rad per axis.
    ///   - flux: Electrons of the spot.
    ///   - time: Middle of the exposure, ps.
    ///   - predictedRate: How fast the satellite should move across the sensor, rad/s.
    public mutating func take(
        _ angle: FieldAngle?, sigma: Double, flux: Double, at time: Int64,
        predictedRate: FieldAngle = .zero
    ) -> Verdict {
        var hit: Hit?
        if let angle, flux >= settings.leastFlux, flux <= settings.largestFlux, sigma.isFinite,
            angle.x.isFinite, angle.y.isFinite
        {
            hit = Hit(time: time, angle: angle, sigma: max(sigma, 0))
        }
        hits[next] = hit
        next = next + 1 == settings.frames ? 0 : next + 1
        verdict = judge(newest: hit, rate: predictedRate)
        return verdict
    }

    private func judge(newest: Hit?, rate: FieldAngle) -> Verdict {
        guard let newest else { return .waiting(hits: agreeing(with: nil, rate: rate)) }
        if let star = foreignRate(newest, predicted: rate) { return .star(rate: star) }
        let count = agreeing(with: newest, rate: rate)
        return count >= settings.needed ? .declared : .waiting(hits: count)
    }

    /// Frames whose spot lies where the newest one, moving as predicted, was then.
    private func agreeing(with newest: Hit?, rate: FieldAngle) -> Int {
        guard let anchor = newest ?? latest() else { return 0 }
        var count = 0
        for i in 0..<settings.frames {
            guard let hit = hits[i] else { continue }
            let seconds = Double(hit.time &- anchor.time) * 1e-12
            let off = hit.angle - (anchor.angle + seconds * rate)
            let drift = settings.rateError * seconds
            let variance =
                2 * settings.jitter * settings.jitter + drift * drift
                + hit.sigma * hit.sigma + anchor.sigma * anchor.sigma
            // Two axes: both within the gate.
            let limit = settings.gate * variance.squareRoot()
            if off.x.magnitude <= limit, off.y.magnitude <= limit { count += 1 }
        }
        return count
    }

    private func latest() -> Hit? {
        var found: Hit?
        for i in 0..<settings.frames {
            guard let hit = hits[i] else { continue }
            if let known = found, known.time >= hit.time { continue }
            found = hit
        }
        return found
    }

    /// The rate of a straight line through all spots, if there are enough of them, they lie on
    /// it, and it is not the predicted rate; rad/s.
    private func foreignRate(_ newest: Hit, predicted: FieldAngle) -> FieldAngle? {
        var (n, t, tt) = (0.0, 0.0, 0.0)
        var (sum, product) = (FieldAngle.zero, FieldAngle.zero)
        var noise = 0.0
        for i in 0..<settings.frames {
            guard let hit = hits[i] else { continue }
            let seconds = Double(hit.time &- newest.time) * 1e-12
            n += 1
            t += seconds
            tt += seconds * seconds
            sum = sum + hit.angle
            product = product + seconds * hit.angle
            noise += hit.sigma * hit.sigma + settings.jitter * settings.jitter
        }
        let spread = tt - t * t / max(n, 1)
        guard n >= Double(settings.needed), spread > 0 else { return nil }
        let rate = (1 / spread) * (product - (t / n) * sum)
        let off = rate - predicted
        let sigma = (noise / n / spread + settings.rateError * settings.rateError).squareRoot()
        return off.length > settings.gate * 1.5 * sigma ? rate : nil
    }
}
