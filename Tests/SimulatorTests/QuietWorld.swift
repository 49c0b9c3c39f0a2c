import Simulator
import TimeTags

/// A world at rest: 600 km away, no noise, no fades, perfect clocks; a test adds what it is about.
func quietWorld(duration_s: Double = 2, loss_dB: Double = 20) -> WorldParameters {
    var world = WorldParameters()
    world.geometry.rangeTable = WorldParameters.RangeTable(
        first_m: 600_000, closest_m: 600_000, last_m: 600_000, duration_s: duration_s)
    world.optics.loss_dB = loss_dB
    world.optics.extinction_dB = 0
    world.optics.scintillation = 0
    world.optics.background_Hz = 0
    world.optics.misalignmentError = 0
    world.detectors.darkRate_Hz = 0
    world.detectors.deadTime_ps = 0
    world.detectors.afterpulseProbability = 0
    world.detectors.jitter_ps = 0
    world.beacon.fadeFraction = 0
    world.beacon.falseRate_Hz = 0
    world.beacon.missedProbability = 0
    world.beacon.jitter_ps = 0
    world.clocks.satelliteFrequencyError = 0
    world.clocks.stationFrequencyError = 0
    world.clocks.stationOffset_ps = 0
    world.clocks.whiteFrequencyNoise = 0
    world.clocks.randomWalkFrequencyNoise = 0
    world.clocks.ppsJitter_ps = 0
    return world
}

/// The quiet world without light from the satellite's quantum source.
func darkWorld(duration_s: Double = 2) -> WorldParameters {
    var world = quietWorld(duration_s: duration_s)
    world.detectors.efficiency = 0
    return world
}

extension SimulatedWorld {
    /// Runs the whole pass in steps of `step_ps` and hands over every tag in order.
    mutating func run(step_ps: Int64 = 10_000_000_000, _ body: (TimeTag, TruthMap) -> Void) {
        var time: Int64 = 0
        while time < end {
            time += step_ps
            advance(to: time)
            for tag in tags { body(tag, truth) }
        }
    }

    /// Every tag of the pass on the inputs in `channels`.
    mutating func allTags(on channels: Set<UInt8>) -> [TimeTag] {
        var found: [TimeTag] = []
        run { tag, _ in if channels.contains(tag.channel) { found.append(tag) } }
        return found
    }
}

/// The inputs of the four detectors H, V, D, A in the default world.
let detectorInputs: Set<UInt8> = [3, 4, 5, 6]

/// Whether `count` is what a Poisson process of mean `expected` gives, within 4.5 sigma.
func isPoisson(_ count: Int, expected: Double) -> Bool {
    abs(Double(count) - expected) <= 4.5 * expected.squareRoot() + 1
}
