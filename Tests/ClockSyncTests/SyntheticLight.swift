import ClockSync
import Foundation

/// A seeded source of random numbers of the tests' own: xorshift64* and Box and Muller's normals.
struct Dice {
    private var state: UInt64
    private var spare: Double?

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Evenly spread over 0 up to below 1.
    mutating func uniform() -> Double {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) * 0x1p-53
    }

    /// Normal, mean 0, deviation 1.
    mutating func normal() -> Double {
        if let value = spare {
            spare = nil
            return value
        }
        let length = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spare = length * sin(angle)
        return length * cos(angle)
    }

    /// Exponential with mean 1.
    mutating func exponential() -> Double { -log(1 - uniform()) }
}

/// One second in ps.
let second: Int64 = 1_000_000_000_000

/// What happens in a synthetic pass; the defaults are the reference pass about its culmination.
struct Scene {
    var seed: UInt64 = 1
    /// Length, s.
    var duration = 60.0
    /// Straight flight past the station: closest range (m), speed (m/s), closest time (s).
    var closest = 500e3
    var speed = 7_600.0
    var culmination = 30.0
    /// Seconds by which the prediction is early along the track, and constant error in ps.
    var alongTrackError = 0.3
    var rangeError = 0.0
    /// Clocks: relative frequency errors, offset in ps, Allan deviation at 1 s of both together.
    var satelliteRate = 2e-7
    var stationRate = -5e-7
    var offset: Int64 = 13_000_000
    var whiteNoise = 1.4e-11
    var walkNoise = 1.4e-12
    /// A step of the station's frequency: when (s), and how much.
    var step: (time: Double, rate: Double)?
    /// Beacon: jitter (ps), missed share, false pulses (Hz), after-pulses.
    var jitter = 500.0
    var missed = 0.3
    var falseRate = 1_000.0
    var afterpulses = 0.0
    /// Intervals in which the beacon is dark, s.
    var fades: [ClosedRange<Double>] = []
    /// Pulses of a lamp on the ground, periodic in UTC: rate in Hz, 0 for none.
    var lampRate = 0.0
    /// Photons: rate (Hz), jitter (ps), share of background, lateness behind the beacon (ps).
    var photonRate = 4_000.0
    var photonJitter = 229.0
    var background = 0.1
    var lateness = 0.0
    /// 1PPS: jitter (ps); seconds without an edge; false edges per second.
    var ppsJitter = 20_000.0
    var ppsMissing: Set<Int> = []
    var ppsFalse = 0.0

    /// Fades that cover `share` of the time, of lengths spread evenly over their logarithm.
    static func fading(
        share: Double, shortest: Double = 0.02, longest: Double = 2, until end: Double,
        seed: UInt64
    ) -> [ClosedRange<Double>] {
        var dice = Dice(seed ^ 0xFADE)
        let ratio = log(longest / shortest)
        let mean = (longest - shortest) / ratio
        var time = 0.0
        var fades: [ClosedRange<Double>] = []
        while time < end {
            time += dice.exponential() * mean * (1 - share) / share
            let length = shortest * exp(ratio * dice.uniform())
            fades.append(time...time + length)
            time += length
        }
        return fades
    }
}

/// A tag with what made it.
struct Event {
    enum Kind { case beacon, photon, pps }
    var time: Int64
    var kind: Kind
}

/// A pass as physics has it, independent of the project's own simulator.
struct SyntheticLight {
    let scene: Scene
    private var dice: Dice
    /// Clock noise in ps each millisecond of satellite time, from one second before the start.
    private let noise: [Double]
    private static let lead = 1_000

    init(_ scene: Scene) {
        self.scene = scene
        dice = Dice(scene.seed)
        var noise: [Double] = []
        var phase = 0.0
        var rate = 0.0
        // Allan variance at 1 s of white frequency noise N^2 tau: steps of N sqrt(dt) per dt.
        let dt = 1e-3
        for _ in 0..<Int(scene.duration * 1_000) + 3 * Self.lead {
            noise.append(phase)
            phase += scene.whiteNoise * 1e12 * dt.squareRoot() * dice.normal() + rate * dt
            rate += scene.walkNoise * 1e12 * dt.squareRoot() * dice.normal()
        }
        self.noise = noise
    }

    /// One-way light time of what leaves `utc` s after the start, ps, by geometry.
    static func lightTime(_ utc: Double, _ scene: Scene) -> Double {
        let along = scene.speed * (utc - scene.culmination)
        return (scene.closest * scene.closest + along * along).squareRoot() / 299_792_458 * 1e12
    }

    /// The prediction's rows, one a second, with its errors.
    var rows: [LightTimeRow] {
        (-10...Int64(scene.duration) + 10).map {
            LightTimeRow(
                time: $0 * second,
                lightTime: Self.lightTime(Double($0) + scene.alongTrackError, scene)
                    + scene.rangeError)
        }
    }

    /// Tag time of what leaves at satellite time `satellite` ps.
    func tag(_ satellite: Int64) -> Int64 {
        let s = Double(satellite) * 1e-12
        let utc = s * (1 - scene.satelliteRate)
        let light = Self.lightTime(utc, scene)
        return satellite + scene.offset
            + Int64(
                (light - s * 1e12 * scene.satelliteRate + station(utc + light * 1e-12) + wander(s))
                    .rounded())
    }

    /// What the station's clock has gained on UTC by then, ps.
    private func station(_ utc: Double) -> Double {
        var gained = utc * scene.stationRate
        if let step = scene.step, utc > step.time { gained += (utc - step.time) * step.rate }
        return gained * 1e12
    }

    private func wander(_ s: Double) -> Double {
        let place = s * 1_000 + Double(Self.lead)
        let index = min(max(Int(place), 0), noise.count - 2)
        let part = place - Double(index)
        return noise[index] + part * (noise[index + 1] - noise[index])
    }

    /// Satellite time of what arrives at `tag`, ps, by iteration.
    func satellite(atTag tag: Int64) -> Int64 {
        var satellite = tag - scene.offset
        for _ in 0..<6 { satellite += tag - self.tag(satellite) }
        return satellite
    }

    /// The tags of the 10 ms of satellite time from `start` ps, ascending.
    mutating func events(from start: Int64) -> [Event] {
        let length: Int64 = 10_000_000_000
        var events: [Event] = []
        beacon(start, length, &events)
        photons(start, length, &events)
        let from = tag(start)
        let to = tag(start + length)
        sprinkle(.beacon, rate: scene.falseRate, from, to, &events)
        lamp(from, to, &events)
        pps(start, length, &events)
        sprinkle(.pps, rate: scene.ppsFalse, from, to, &events)
        events.sort { $0.time < $1.time }
        return events
    }

    private func isDark(_ satellite: Int64) -> Bool {
        let time = Double(satellite) * 1e-12
        return scene.fades.contains { $0.contains(time) }
    }

    private mutating func beacon(_ start: Int64, _ length: Int64, _ events: inout [Event]) {
        let fades = scene.fades.filter {
            $0.overlaps(Double(start) * 1e-12...Double(start + length) * 1e-12)
        }
        for pulse in 0..<length / 100_000_000 {
            let satellite = start + pulse * 100_000_000
            if !fades.isEmpty, isDark(satellite) { continue }
            guard dice.uniform() >= scene.missed else { continue }
            let time = tag(satellite) + Int64((scene.jitter * dice.normal()).rounded())
            events.append(Event(time: time, kind: .beacon))
            if scene.afterpulses > 0, dice.uniform() < scene.afterpulses {
                // From inside the gate to well outside.
                let late = 200 + 3_000 * dice.exponential()
                events.append(Event(time: time + Int64(late), kind: .beacon))
            }
        }
    }

    private mutating func photons(_ start: Int64, _ length: Int64, _ events: inout [Event]) {
        var time = Double(start)
        while true {
            time += dice.exponential() * 1e12 / max(scene.photonRate, 1e-6)
            if time >= Double(start + length) { return }
            let slot = Int64(time) / 1_600
            var phase = scene.lateness + scene.photonJitter * dice.normal()
            if dice.uniform() < scene.background { phase = 1_600 * dice.uniform() }
            events.append(Event(time: tag(slot * 1_600) + Int64(phase.rounded()), kind: .photon))
        }
    }

    private mutating func sprinkle(
        _ kind: Event.Kind, rate: Double, _ from: Int64, _ to: Int64, _ events: inout [Event]
    ) {
        guard rate > 0 else { return }
        var time = Double(from)
        while true {
            time += dice.exponential() * 1e12 / rate
            if time >= Double(to) { return }
            events.append(Event(time: Int64(time), kind: kind))
        }
    }

    private mutating func lamp(_ from: Int64, _ to: Int64, _ events: inout [Event]) {
        guard scene.lampRate > 0 else { return }
        let period = 1e12 / scene.lampRate
        var number = (Double(from - scene.offset) / period).rounded(.up)
        while number * period < Double(to - scene.offset) {
            let time = scene.offset + Int64(number * period + 300 * dice.normal())
            events.append(Event(time: time, kind: .beacon))
            number += 1
        }
    }

    private mutating func pps(_ start: Int64, _ length: Int64, _ events: inout [Event]) {
        let number = (start + second - 1) / second
        guard number * second < start + length, !scene.ppsMissing.contains(Int(number)) else {
            return
        }
        let utc = Double(number)
        let time =
            number * second + scene.offset
            + Int64(station(utc) + wander(utc) + scene.ppsJitter * dice.normal())
        events.append(Event(time: time, kind: .pps))
    }
}
