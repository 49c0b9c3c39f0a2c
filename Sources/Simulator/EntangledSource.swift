import Quantities

/// A detection at one receiver of an ``EntangledSource``, and what caused it.
public struct EntangledClick: Equatable, Sendable, BitwiseCopyable {
    /// The receiver's clock, ps.
    public var time: Int64
    /// Number of the pair, from 0; `nil` for sky light and dark counts. Known to the simulator only.
    public var pair: Int64? { cause < 0 ? nil : cause }
    /// 0 to 3 for H, V, D, A: bit 1 is the basis (0 rectilinear), bit 0 the bit.
    public var detector: UInt8
    let cause: Int64
}

/// What happened at one receiver.
public struct EntangledArmCounts: Equatable, Sendable {
    /// Photons of pairs that set a detector off, or would have, had it been awake.
    public var photons: Int64 = 0
    /// Counts from sky light and darkness, alike.
    public var noise: Int64 = 0
    /// Of both, those that found the detector blind.
    public var deadTimeLosses: Int64 = 0
}

/// A simulated source of polarisation-entangled photon pairs over two receivers.
///
/// Pairs leave as a Poisson process; each photon is lost or detected on its own. The state is
/// the mixture of |HH> + |VV> with what the visibilities leave: in one basis the two bits agree
/// with chance (1 + V) / 2 and each alone is even, in unlike bases they know nothing of one
/// another (Bennett, Brassard and Mermin, Phys. Rev. Lett. 68, 557, 1992). The basis is chosen
/// passively, photon by photon. Jitter is Gaussian; the coherence time of the photons is nothing
/// beside it, and so is their light time, which is taken as removed but for the clocks' offset.
/// Noise is Poissonian, dead time per detector and not extended. Left out: after-pulses,
/// cross-talk, several pairs in one mode (thermal statistics), fades and changing loss.
public struct EntangledSource: Sendable {
    /// Time on the source's clock of one piece, ps.
    static let blockLength: Int64 = 1_000_000_000

    /// What this source was made of.
    public let parameters: EntangledParameters
    /// Detections at the first receiver of the last ``advance(to:)``, in order of time.
    public var first: [EntangledClick] { arms.0.clicks }
    /// Detections at the second.
    public var second: [EntangledClick] { arms.1.clicks }
    /// What happened at the first receiver so far.
    public var firstCounts: EntangledArmCounts { arms.0.counts }
    /// What happened at the second.
    public var secondCounts: EntangledArmCounts { arms.1.counts }
    /// Pairs of which both photons set off a detector, or would have, had it been awake.
    public private(set) var pairsDetected: Int64 = 0
    /// How far the source has run on its own clock, ps.
    public private(set) var time: Int64 = 0

    private var arms: (EntangledArm, EntangledArm)
    private var pairs: SeededGenerator
    private var nextPair: Int64 = 0
    private var pairCount: Int64 = 0
    private let anyRate: Double
    private let chanceOfBoth: Double
    private let chanceOfFirstOnly: Double

    /// A source at time 0.
    ///
    /// - Parameter parameters: Without faults (see ``EntangledParameters/faults``).
    public init(_ parameters: EntangledParameters) {
        precondition(parameters.faults.isEmpty, "check EntangledParameters.faults first")
        self.parameters = parameters
        arms = (
            EntangledArm(
                parameters.first, seed: parameters.seed, light: .firstArm, noise: .firstArmNoise),
            EntangledArm(
                parameters.second, seed: parameters.seed, light: .secondArm,
                noise: .secondArmNoise)
        )
        pairs = SeededGenerator(seed: parameters.seed, stream: RandomStream.pairs.rawValue)
        // Pairs of which nothing is detected are never drawn.
        let (a, b) = (arms.0.transmittance, arms.1.transmittance)
        let any = a + b - a * b
        anyRate = parameters.pairRateHertz * any
        chanceOfBoth = any > 0 ? a * b / any : 0
        chanceOfFirstOnly = any > 0 ? a * (1 - b) / any : 0
        drawNextPair()
    }

    /// Lets the source run on and leaves in ``first`` and ``second`` what came since.
    ///
    /// - Parameter end: Time on the source's clock, ps; rounded down to a millisecond. Clicks of
    ///   the last few nanoseconds come with the next call.
    public mutating func advance(to end: Int64) {
        arms.0.clicks.removeAll(keepingCapacity: true)
        arms.1.clicks.removeAll(keepingCapacity: true)
        while time <= end - Self.blockLength {
            let blockEnd = time + Self.blockLength
            while nextPair < blockEnd {
                detect(at: nextPair)
                drawNextPair()
            }
            arms.0.release(before: blockEnd)
            arms.1.release(before: blockEnd)
            time = blockEnd
        }
    }

    private mutating func drawNextPair() {
        guard anyRate > 1e-12 else {
            nextPair = .max
            return
        }
        nextPair += 1 + Int64(min(pairs.exponential() * 1e12 / anyRate, 1e17))
    }

    private mutating func detect(at emission: Int64) {
        let kind = pairs.uniform()
        let bits = pairs.next()
        let flip = pairs.uniform()
        let (isFirst, isSecond) =
            kind < chanceOfBoth
            ? (true, true) : kind < chanceOfBoth + chanceOfFirstOnly ? (true, false) : (false, true)
        let number = pairCount
        pairCount += 1
        var firstDetector: UInt8?
        if isFirst {
            let basis = arms.0.drawBasis()
            let detector = basis << 1 | UInt8(bits & 1)
            firstDetector = detector
            arms.0.detect(at: emission, detector: detector, pair: number)
        }
        guard isSecond else { return }
        let basis = arms.1.drawBasis()
        var bit = UInt8(bits >> 1 & 1)
        if let firstDetector {
            pairsDetected += 1
            if firstDetector >> 1 == basis {
                let visibility =
                    basis == 0
                    ? parameters.rectilinearVisibility : parameters.diagonalVisibility
                bit = firstDetector & 1 ^ (flip < (1 - visibility) / 2 ? 1 : 0)
            }
        }
        arms.1.detect(at: emission, detector: basis << 1 | bit, pair: number)
    }
}

/// One receiver: when its detectors fire, by its own clock.
struct EntangledArm: Sendable {
    let transmittance: Double
    private let parameters: EntangledParameters.Arm
    private let noiseRate: Double
    private var light: SeededGenerator
    private var noise: SeededGenerator
    private var nextNoise: Int64 = 0
    private var blindUntil: [Int64] = [.min, .min, .min, .min]
    private var pending: [EntangledClick] = []
    var clicks: [EntangledClick] = []
    var counts = EntangledArmCounts()

    init(
        _ parameters: EntangledParameters.Arm, seed: UInt64, light: RandomStream,
        noise: RandomStream
    ) {
        self.parameters = parameters
        transmittance =
            LinkBudget.transmittance(of: parameters.lossDecibels) * parameters.efficiency
        noiseRate = 4 * (parameters.backgroundHertz + parameters.darkRateHertz)
        self.light = SeededGenerator(seed: seed, stream: light.rawValue)
        self.noise = SeededGenerator(seed: seed, stream: noise.rawValue)
        nextNoise = clock(at: 0)
        drawNextNoise()
    }

    /// What this receiver's clock shows when the source's shows `time`, ps.
    private func clock(at time: Int64) -> Int64 {
        let error =
            parameters.clockOffsetPicoseconds + parameters.clockFrequencyError * Double(time)
        return time + Int64(error.rounded())
    }

    mutating func drawBasis() -> UInt8 {
        light.uniform() < parameters.rectilinearProbability ? 0 : 1
    }

    mutating func detect(at emission: Int64, detector: UInt8, pair: Int64) {
        let jitter = Int64((parameters.jitterPicoseconds * light.normal()).rounded())
        counts.photons += 1
        pending.append(
            EntangledClick(time: clock(at: emission) + jitter, detector: detector, cause: pair))
    }

    private mutating func drawNextNoise() {
        guard noiseRate > 1e-12 else {
            nextNoise = .max
            return
        }
        nextNoise += 1 + Int64(min(noise.exponential() * 1e12 / noiseRate, 1e17))
    }

    /// Gives out what no photon that leaves at `blockEnd` or later can come before.
    mutating func release(before blockEnd: Int64) {
        let end = clock(at: blockEnd)
        while nextNoise < end {
            pending.append(
                EntangledClick(time: nextNoise, detector: UInt8(noise.next() >> 62), cause: -1))
            counts.noise += 1
            drawNextNoise()
        }
        // A normal deviate is never beyond 9.5.
        let limit = end - Int64(10 * parameters.jitterPicoseconds) - 1
        pending.sort { $0.time != $1.time ? $0.time < $1.time : $0.detector < $1.detector }
        var released = 0
        while released < pending.count, pending[released].time < limit {
            let click = pending[released]
            released += 1
            guard click.time >= blindUntil[Int(click.detector)] else {
                counts.deadTimeLosses += 1
                continue
            }
            blindUntil[Int(click.detector)] = click.time + parameters.deadTimePicoseconds
            clicks.append(click)
        }
        pending.removeFirst(released)
    }
}
