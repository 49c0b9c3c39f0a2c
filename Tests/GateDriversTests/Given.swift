import Foundation
import GateDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import TimeTags

/// Four gates on written lines behind a written shutter.
struct Bench {
    let gates = [LineRecord(), LineRecord(), LineRecord(), LineRecord()]
    let shutter = LineRecord()

    func bank() throws -> GateBank<LineGate<RecordedLine>, RecordedLine> {
        GateBank(
            try LineGate(RecordedLine(gates[0])), try LineGate(RecordedLine(gates[1])),
            try LineGate(RecordedLine(gates[2])), try LineGate(RecordedLine(gates[3])),
            shutter: RecordedLine(shutter))
    }

    /// The pins now.
    var open: [Bool?] { gates.map(\.level) }
}

/// Tagger channels of the four detectors.
let channels: InlineArray<4, UInt8> = [1, 2, 5, 9]

/// A guard whose calls and values `#expect` can take.
final class WatchedRates {
    private var rates: RateGuard

    init(_ rule: RateGuard.Rule) { rates = RateGuard(channels: channels, rule: rule) }

    var latched: DetectorSet { rates.latched }
    var stuck: DetectorSet { rates.stuck }
    func trip(_ detector: Int) -> RateGuard.Trip { rates.trips[detector] }
    func rearm(_ detectors: DetectorSet) { rates.rearm(detectors) }

    func take(_ tags: [TimeTag]) -> DetectorSet {
        tags.withUnsafeBufferPointer { rates.take($0) }
    }
}

/// Guarded gates on a bench, whose calls and values `#expect` can take.
final class WatchedGates {
    private var gates: GuardedGates<LineGate<RecordedLine>, RecordedLine>

    init(_ bench: Bench, _ rule: RateGuard.Rule) throws {
        gates = GuardedGates(try bench.bank(), rates: RateGuard(channels: channels, rule: rule))
    }

    var isBlind: Bool { gates.isBlind }
    var failures: Int64 { gates.failures }
    var mayClick: DetectorSet { gates.mayClick }
    var isShutterOpen: Bool? { gates.isShutterOpen }
    func want(_ detectors: DetectorSet, at now: Picoseconds) { gates.want(detectors, at: now) }
    func watch(at now: Picoseconds) { gates.watch(at: now) }
    func rearm(_ detectors: DetectorSet) { gates.rearm(detectors) }

    func take(_ tags: [TimeTag], at now: Picoseconds) -> DetectorSet {
        tags.withUnsafeBufferPointer { gates.take($0, at: now) }
    }
}

/// Clicks of one channel, evenly spaced.
func clicks(_ channel: UInt8, from start: Int64, every period: Int64, count: Int) -> [TimeTag] {
    (0..<count).map { TimeTag(time: start + Int64($0) * period, channel: channel) }
}

/// Clicks of one channel as chance has them, at `rate` per second.
func randomClicks(
    _ channel: UInt8, rate: Double, from start: Int64, to end: Int64, seed: UInt64
) -> [TimeTag] {
    var state = seed
    var time = Double(start)
    var tags: [TimeTag] = []
    while true {
        // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z &>> 31
        let uniform = (Double(z &>> 11) + 0.5) / 9_007_199_254_740_992
        time -= log(uniform) / rate * 1e12
        if time >= Double(end) { return tags }
        tags.append(TimeTag(time: Int64(time), channel: channel))
    }
}
