import Quantities

/// The air and the pointing: how much of the light arrives, one millisecond after another.
struct OpticalChannel: Sendable {
    /// What arrives in one millisecond.
    struct Sample: Sendable {
        /// Share of the quantum light that arrives and is detected.
        var transmittance: Double
        /// Whether the beacon is hidden.
        var isBeaconFaded: Bool
        /// Whether the fade takes all light.
        var isLightGone: Bool
        /// Power of the beacon over its mean, without fades.
        var beaconPower: Double
        /// How late the beacon's power makes its tags, ps.
        var beaconWalk: Double
    }

    private let parameters: WorldParameters
    private let scintillationDepth: Double
    private let beaconDepth: Double
    private var fades: FadeProcess
    private var dips: FadeProcess
    private var scintillation: RelaxingNoise
    private var beaconScintillation: RelaxingNoise
    private var pointingX: RelaxingNoise
    private var pointingY: RelaxingNoise

    /// A channel sampled every `step` ps from `start` (UTC, ps) on.
    init(_ parameters: WorldParameters, start: Int64, step: Int64) {
        self.parameters = parameters
        let (optics, beacon) = (parameters.optics, parameters.beacon)
        func stream(_ stream: RandomStream) -> SeededGenerator {
            SeededGenerator(seed: parameters.seed, stream: stream.rawValue)
        }
        scintillationDepth = Self.depth(optics.scintillation)
        beaconDepth = Self.depth(beacon.scintillation)
        fades = FadeProcess(
            fraction: beacon.fadeFraction, shortest: beacon.fadeShortestPicoseconds,
            longest: beacon.fadeLongestPicoseconds, deepShare: beacon.photonFadeFraction,
            start: start,
            generator: stream(.fades))
        dips = FadeProcess(
            fraction: optics.dipFraction, shortest: optics.dipShortestPicoseconds,
            longest: optics.dipLongestPicoseconds, start: start, generator: stream(.dips))
        scintillation = RelaxingNoise(
            step: step, correlation: optics.scintillationTimePicoseconds,
            generator: stream(.scintillation))
        beaconScintillation = RelaxingNoise(
            step: step, correlation: beacon.scintillationTimePicoseconds,
            generator: stream(.beaconScintillation))
        pointingX = RelaxingNoise(
            step: step, correlation: optics.pointingTimePicoseconds, generator: stream(.pointingX))
        pointingY = RelaxingNoise(
            step: step, correlation: optics.pointingTimePicoseconds, generator: stream(.pointingY))
    }

    /// Standard deviation of the logarithm of a log-normal power of relative deviation `relative`.
    private static func depth(_ relative: Double) -> Double {
        Elementary.log(1 + relative * relative).squareRoot()
    }

    /// What arrives in the millisecond from `time` (UTC of emission, ps) on.
    ///
    /// - Parameter loss: Loss of geometry and air, dB.
    mutating func next(at time: Int64, loss: Double) -> Sample {
        let optics = parameters.optics
        let fade = fades.state(at: time)
        var power = LinkBudget.transmittance(of: loss) * parameters.detectors.efficiency
        let depth = scintillationDepth
        power *= Elementary.exp(depth * scintillation.step() - depth * depth / 2)
        if optics.pointingJitterRelative > 0 {
            let (x, y) = (pointingX.step(), pointingY.step())
            let jitter = optics.pointingJitterRelative
            power *= Elementary.exp(-2 * jitter * jitter * (x * x + y * y))
        }
        if dips.state(at: time).isFaded { power *= optics.dipTransmittance }
        if fade.isDeep { power = 0 }
        let logarithm = beaconDepth * beaconScintillation.step()
        return Sample(
            transmittance: min(power, 1), isBeaconFaded: fade.isFaded, isLightGone: fade.isDeep,
            beaconPower: Elementary.exp(logarithm - beaconDepth * beaconDepth / 2),
            beaconWalk: -parameters.beacon.amplitudeWalkPicoseconds * logarithm)
    }
}
