public import Orbit
import Quantities
public import TimeTags

/// The simulated satellite, air, optics, detectors and clocks of one pass: physics from one seed.
///
/// Time is virtual: UTC in ps since the start of the pass, which lies on a whole second. Ask for
/// more of the pass with ``advance(to:)`` and take the time tags that it left in ``tags``.
/// Memory does not grow with the length of the pass. `docs/simulated-world.md` states the model.
public struct SimulatedWorld: Sendable {
    /// Emission time between two knots of the clocks and samples of the air, ps.
    static let blockLength: Int64 = 1_000_000_000

    /// What this world was made of.
    public let parameters: WorldParameters
    /// The states that the satellite prepares.
    public let sequence: StateSequence
    /// The path that the satellite takes.
    public let orbit: PassOrbit
    /// Tag time against satellite time for the last seconds.
    public private(set) var truth = TruthMap()
    /// What has happened so far.
    public internal(set) var counts = WorldCounts()
    /// The tags of the last ``advance(to:)``, ordered by time, then by input.
    public internal(set) var tags: [TimeTag] = []
    /// How far the pass has been asked for, UTC ps since its start.
    public private(set) var time: Int64 = 0
    /// Emission stops here, UTC ps since the start of the pass; a whole millisecond.
    public let emissionEnd: Int64
    /// The last light arrives before this, UTC ps since the start of the pass.
    public let end: Int64

    let budget: LinkBudget
    let analyser: PolarisationAnalyser
    let inputs: [WorldParameters.Channel]
    /// Jitter and skew move a tag by less than this from its undisturbed time, ps.
    let disorder: Int64

    private var block: Int64
    /// The ends of the block that was filled last.
    private var previous: Knot
    var knot: Knot
    private var satelliteClock: SimulatedClock
    private var stationClock: SimulatedClock
    private var channel: OpticalChannel
    var random: Streams

    var nextBackground: Int64
    var nextFalseBeacon: Int64
    var nextSecond: Int64 = 0
    /// The next bright pulse of the attacker; none before the attack.
    var nextAttack = Int64.min
    /// Until when each detector is blind, tag time in ps.
    var blindUntil: [Int64] = [.min, .min, .min, .min]
    /// Clicks of each detector so far, H, V, D, A.
    var clicks = InlineArray<4, Int64>(repeating: 0)
    /// Who aims the telescope, asked for each millisecond of emission; nobody: it is aimed well.
    public var pointing: (@Sendable (AimMoment) -> Aim)?
    var pending: [PendingEvent] = []
    var light: [PendingEvent] = []
    var others: [PendingEvent] = []

    /// One moment on UTC at the station and on both clocks, ps.
    struct Knot: Sendable {
        var arrival: Int64
        var tag: Int64
        var satellite: Int64
    }

    /// The generators of what happens inside a block.
    struct Streams: Sendable {
        var photons: SeededGenerator
        var background: SeededGenerator
        var detectors: SeededGenerator
        var beacon: SeededGenerator
        var falseBeacon: SeededGenerator
        var pps: SeededGenerator
        var attack: SeededGenerator
    }

    /// A world at the start of its pass.
    ///
    /// - Parameter parameters: Without faults (see ``WorldParameters/faults``).
    public init(_ parameters: WorldParameters) {
        precondition(parameters.faults.isEmpty, "check WorldParameters.faults first")
        self.parameters = parameters
        let orbit = parameters.trueOrbit
        self.orbit = orbit
        budget = LinkBudget(parameters, orbit: orbit)
        sequence = StateSequence(parameters)
        analyser = PolarisationAnalyser(parameters.optics)
        let channels = parameters.channels
        inputs = [
            channels.horizontal, channels.vertical, channels.diagonal, channels.antidiagonal,
            channels.beacon, channels.pps,
        ]
        disorder = Self.disorder(parameters, inputs: inputs)
        emissionEnd = Int64((orbit.duration * 1e3).rounded(.up)) * Self.blockLength
        end = emissionEnd + Int64(orbit.lightTime(emittedAt: emissionEnd)) + Self.blockLength

        // The clocks start before the first light arrives, so that UTC 0 lies between two knots.
        let lead = Int64(orbit.lightTime(emittedAt: 0)) / Self.blockLength + 3
        let start = -lead * Self.blockLength
        block = -lead
        func stream(_ stream: RandomStream) -> SeededGenerator {
            SeededGenerator(seed: parameters.seed, stream: stream.rawValue)
        }
        let clocks = parameters.clocks
        satelliteClock = SimulatedClock(
            at: start, frequencyError: clocks.satelliteFrequencyError,
            whiteNoise: clocks.whiteFrequencyNoise, randomWalk: clocks.randomWalkFrequencyNoise,
            generator: stream(.satelliteClock))
        let firstArrival = start + Int64(orbit.lightTime(emittedAt: start).rounded())
        stationClock = SimulatedClock(
            at: firstArrival, frequencyError: clocks.stationFrequencyError,
            whiteNoise: clocks.whiteFrequencyNoise, randomWalk: clocks.randomWalkFrequencyNoise,
            generator: stream(.stationClock))
        channel = OpticalChannel(parameters, start: start, step: Self.blockLength)
        random = Streams(
            photons: stream(.photons), background: stream(.background),
            detectors: stream(.detectors), beacon: stream(.beacon),
            falseBeacon: stream(.falseBeacon), pps: stream(.pps),
            attack: stream(.attack))
        nextBackground = clocks.stationOffsetPicoseconds
        nextFalseBeacon = clocks.stationOffsetPicoseconds
        knot = Knot(arrival: firstArrival, tag: 0, satellite: 0)
        previous = knot
        reserve()
        knot = makeKnot(emission: start)
        drawNextBackground()
        drawNextFalseBeacon()
    }

    private static func disorder(
        _ parameters: WorldParameters, inputs: [WorldParameters.Channel]
    ) -> Int64 {
        let jitter = max(
            parameters.detectors.jitterPicoseconds, parameters.beacon.jitterPicoseconds,
            parameters.clocks.ppsJitterPicoseconds)
        let walk = abs(parameters.beacon.amplitudeWalkPicoseconds) * 15
        let skew = inputs.reduce(Int64(0)) { max($0, abs($1.skewPicoseconds)) }
        return Int64(jitter * 9.6 + walk) + skew + 2
    }

    /// Room for 10 ms at the brightest moment, so that steps of that length allocate nothing.
    private mutating func reserve() {
        let look = orbit.look(at: orbit.culminationTime)
        let optics = parameters.optics
        let photons =
            4 * LinkBudget.transmittance(of: budget.loss(at: look)) / Double(slotPeriod) * 1e12
        let noise = 4 * (optics.backgroundHertz + parameters.detectors.darkRateHertz)
        let beacon = 1e12 / Double(parameters.transmitter.beaconPeriodPicoseconds)
        let rate = photons + noise + beacon + parameters.beacon.falseRateHertz
        let room = 1_000 + Int(min(rate * 0.01, 1e6))
        tags.reserveCapacity(room)
        pending.reserveCapacity(room)
        light.reserveCapacity(room)
        others.reserveCapacity(room)
    }

    var slotPeriod: Int64 { parameters.transmitter.slotPeriodPicoseconds }

    private mutating func makeKnot(emission: Int64) -> Knot {
        let arrival = emission + Int64(orbit.lightTime(emittedAt: emission).rounded())
        let stationPhase = stationClock.advance(to: arrival)
        let satellitePhase = satelliteClock.advance(to: emission)
        let tag =
            arrival + parameters.clocks.stationOffsetPicoseconds + Int64(stationPhase.rounded())
        let satellite = emission + Int64(satellitePhase.rounded())
        truth.append(TruthMap.Knot(tag: tag, satellite: satellite))
        return Knot(arrival: arrival, tag: tag, satellite: satellite)
    }

    /// Asks those who aim the telescope, if anybody does.
    private func aimed(
        emission: Int64, look: LookAngles, _ sample: OpticalChannel.Sample, isSending: Bool
    ) -> Aim {
        guard let pointing else { return .perfect }
        return pointing(
            AimMoment(
                arrival: knot.arrival, tag: knot.tag, look: look, isSending: isSending,
                isBeaconFaded: sample.isBeaconFaded, isLightGone: sample.isLightGone,
                beaconPower: sample.beaconPower, clicks: clicks))
    }

    /// Lets the pass run on to `utc` and leaves in ``tags`` what the tagger has seen since.
    ///
    /// - Parameter utc: ps since the start of the pass; one that lies in the past does nothing.
    public mutating func advance(to utc: Int64) {
        tags.removeAll(keepingCapacity: true)
        guard utc > time else { return }
        time = utc
        while knot.arrival < utc {
            runBlock()
            release(before: min(previous.tag, knot.tag - disorder))
        }
        let now =
            previous.tag
            + TruthMap.scale(
                utc - previous.arrival, by: knot.tag - previous.tag,
                over: knot.arrival - previous.arrival)
        release(before: min(now, knot.tag - disorder))
    }

    /// Fills one millisecond of emission with events.
    private mutating func runBlock() {
        let emission = block * Self.blockLength
        let first = knot
        previous = first
        let look = orbit.look(at: Double(emission) * 1e-12)
        var sample = channel.next(at: emission, loss: budget.loss(at: look))
        let isSending = emission >= 0 && emission < emissionEnd
        let aim = aimed(emission: emission, look: look, sample, isSending: isSending)
        sample.transmittance *= aim.isShutterOpen ? aim.coupling : 0
        if !aim.isBeaconSeen { sample.isBeaconFaded = true }
        block += 1
        knot = makeKnot(emission: emission + Self.blockLength)
        light.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
        if isSending {
            addPhotons(from: first, transmittance: sample.transmittance)
            addBeacon(from: first, sample)
        }
        addAttackPulses(from: first)
        addBackground(isDark: !aim.isShutterOpen)
        addFalseBeacon()
        addSecond(from: first)
        for event in pending { others.insertSorted(event) }
        pending.merge(light, others)
    }
}
