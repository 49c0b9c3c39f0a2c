import Simulator
import TimeTags

/// A world at rest: 600 km away, no noise, no fades, perfect clocks; a test adds what it is about.
func quietWorld(durationSeconds: Double = 2, lossDecibels: Double = 20) -> WorldParameters {
    var world = WorldParameters()
    world.geometry.rangeTable = WorldParameters.RangeTable(
        firstMetres: 600_000, closestMetres: 600_000, lastMetres: 600_000,
        durationSeconds: durationSeconds)
    world.optics.lossDecibels = lossDecibels
    world.optics.extinctionDecibels = 0
    world.optics.scintillation = 0
    world.optics.backgroundHertz = 0
    world.optics.misalignmentError = 0
    world.detectors.darkRateHertz = 0
    world.detectors.deadTimePicoseconds = 0
    world.detectors.afterpulseProbability = 0
    world.detectors.jitterPicoseconds = 0
    world.beacon.fadeFraction = 0
    world.beacon.falseRateHertz = 0
    world.beacon.missedProbability = 0
    world.beacon.jitterPicoseconds = 0
    world.clocks.satelliteFrequencyError = 0
    world.clocks.stationFrequencyError = 0
    world.clocks.stationOffsetPicoseconds = 0
    world.clocks.whiteFrequencyNoise = 0
    world.clocks.randomWalkFrequencyNoise = 0
    world.clocks.ppsJitterPicoseconds = 0
    return world
}

/// The quiet world without light from the satellite's quantum source.
func darkWorld(durationSeconds: Double = 2) -> WorldParameters {
    var world = quietWorld(durationSeconds: durationSeconds)
    world.detectors.efficiency = 0
    return world
}

extension SimulatedWorld {
    /// Runs the whole pass in steps of `stepPicoseconds` and hands over every tag in order.
    mutating func run(stepPicoseconds: Int64 = 10_000_000_000, _ body: (TimeTag, TruthMap) -> Void)
    {
        var time: Int64 = 0
        while time < end {
            time += stepPicoseconds
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
