import ClockSync
import Gating
import Orbit
import Simulator
import TimeTags

/// Tags at the rate of a bright source over one pass: Doppler, beacon, 1PPS, gate acceptance and
/// dead times as in the simulated world, at any rate of clicks and quickly made.
struct SyntheticPass {
    /// Share of clicks that are not from the transmitter, as at the height of a simulated pass.
    static let background = 0.12
    /// One millisecond of tag time, ps.
    static let step: Int64 = 1_000_000_000
    /// What the tagger shows at UTC zero of the pass, ps.
    static let zero: Int64 = 13_000_000

    /// Tags of the last step, in time order.
    private(set) var tags: [TimeTag] = []
    /// The true clock over that step.
    private(set) var segment: ClockSegment

    private let world = WorldParameters()
    private let orbit: PassOrbit
    private let gap: Double
    private var random: SeededGenerator
    private var blindUntil: [Int64] = [.min, .min, .min, .min]
    private var clicks: [TimeTag] = []

    /// A pass with `rate` clicks a second, that begins at `start` ps of tag time (whole ms).
    init(rate: Double, start: Int64, seed: UInt64 = 1) {
        orbit = world.trueOrbit
        gap = 1e12 / rate
        random = SeededGenerator(seed: seed, stream: 900)
        segment = ClockSegment(
            tagStart: start, duration: Self.step, satelliteStart: 0, rate: 0, sigma: 5,
            isValid: true)
        segment.tagStart -= Self.step
    }

    /// Rows of the light time as the station is told it.
    static func prediction() -> [LightTimeRow] {
        let orbit = WorldParameters().predictedOrbit
        return (-10...Int64(orbit.duration) + 10).map { second in
            let time = second * 1_000_000_000_000
            return LightTimeRow(time: time, lightTime: orbit.lightTime(emittedAt: time))
        }
    }

    /// Satellite time of what arrives at `tag`, ps; both clocks run true.
    private func satelliteTime(_ tag: Int64) -> Int64 {
        var satellite = tag - Self.zero
        for _ in 0..<5 {
            satellite = tag - Self.zero - Int64(orbit.lightTime(emittedAt: satellite).rounded())
        }
        return satellite
    }

    /// Moves on by a millisecond of tag time.
    mutating func advance() {
        segment.tagStart += Self.step
        segment.satelliteStart = satelliteTime(segment.tagStart)
        let end = satelliteTime(segment.tagStart + Self.step)
        let gained = end - segment.satelliteStart - Self.step
        segment.rate = ClockSegment.rate(gained: gained, over: Self.step)
        tags.removeAll(keepingCapacity: true)
        addClicks(stretch: -Double(gained) / Double(end - segment.satelliteStart))
        addBeacon(until: end, stretch: -Double(gained) / Double(end - segment.satelliteStart))
        addSecond()
        tags.sort { $0.time < $1.time }
    }

    private mutating func addClicks(stretch: Double) {
        let inputs = [
            world.channels.horizontal, world.channels.vertical, world.channels.diagonal,
            world.channels.antidiagonal,
        ]
        let period = world.transmitter.slotPeriodPicoseconds
        var elapsed = Int64(gap * random.exponential())
        while elapsed < Self.step {
            var time = elapsed
            if random.uniform() >= Self.background {
                let satellite = segment.satelliteStart + elapsed
                let slot = (satellite + period / 2) / period
                let exact = Double(slot * period - segment.satelliteStart)
                time = Int64(
                    (exact * (1 + stretch)
                        + world.detectors.jitterPicoseconds * random.normal()).rounded())
            }
            let detector = Int(random.next() >> 62)
            let tag = segment.tagStart + time + inputs[detector].skewPicoseconds
            if tag >= blindUntil[detector] {
                blindUntil[detector] = tag + world.detectors.deadTimePicoseconds
                tags.append(TimeTag(time: tag, channel: inputs[detector].number))
            }
            elapsed += Int64(gap * random.exponential())
        }
    }

    private mutating func addBeacon(until end: Int64, stretch: Double) {
        let period = world.transmitter.beaconPeriodPicoseconds
        var pulse = (segment.satelliteStart + period - 1) / period
        while pulse * period < end {
            let exact = Double(pulse * period - segment.satelliteStart)
            let late = world.beacon.jitterPicoseconds * random.normal()
            if random.uniform() >= world.beacon.missedProbability {
                let time = Int64((exact * (1 + stretch) + late).rounded())
                tags.append(
                    TimeTag(time: segment.tagStart + time, channel: world.channels.beacon.number))
            }
            pulse += 1
        }
    }

    private mutating func addSecond() {
        let second: Int64 = 1_000_000_000_000
        let next = ((segment.tagStart - Self.zero + second - 1) / second) * second + Self.zero
        guard next < segment.tagStart + Self.step else { return }
        tags.append(TimeTag(time: next, channel: world.channels.pps.number))
    }
}
