import Quantities
public import TimeTags

/// Four detectors and a tagger on a bench with a lamp: what a calibration sees, seeded.
///
/// Avalanches are drawn one after the other with dead time, after-pulses and cross-talk; the jitter
/// belongs to the electronics behind, so that the edge of the dead time is blurred as in life.
/// Pulsed light leaves jitter, skew and walk to be found, a half-wave plate the contrast, filters the
/// linearity, a threshold the plateau. Nothing here is measured light.
public struct CalibrationBench: Sendable {
    /// The tagger's channel for the laser's sync output.
    public static let syncChannel: UInt8 = 9

    /// The detectors, with what is to be found.
    public let detectors: [BenchDetector]
    /// Fractional frequency error of the tagger's clock; from now on, if it is changed.
    public var frequencyError = 0.0 {
        didSet { clockOffset += Double(time) * (oldValue - frequencyError) }
    }
    /// Where the tagger's clock begins, ps.
    public var clockOffset = 0.0
    /// How far the bench has come, ps.
    public private(set) var time: Int64 = 0

    private var random: SeededGenerator
    private var blindUntil: [Double]
    private var lastAvalanche: [Double]
    private var overExposed: [Bool]
    private var pending: [Avalanche] = []
    private var tags: [TimeTag] = []

    /// An avalanche that another one will cause.
    private struct Avalanche {
        var time: Double
        var detector: Int
    }

    /// What one detector draws from at one setting.
    private struct Sources {
        /// Mean time between candidates of steady light and dark counts, ps.
        var steady: Double
        /// Pulses between candidates of pulsed light, mean.
        var pulses: Double
        /// Time of the next of each.
        var nextSteady: Double
        var nextPulse: Double
        var pulse: Int64
        /// Chance of a second edge 6 ns after a click.
        var doubleEdge: Double

        var next: Double { min(nextSteady, nextPulse) }
    }

    /// A bench with `detectors`, four of them, on the random numbers of `seed`.
    public init(_ detectors: [BenchDetector], seed: UInt64) {
        precondition(detectors.count == 4)
        self.detectors = detectors
        random = SeededGenerator(seed: seed, stream: 1_000)
        blindUntil = [Double](repeating: -1, count: 4)
        lastAvalanche = [Double](repeating: -1e15, count: 4)
        overExposed = [Bool](repeating: false, count: 4)
    }

    /// Four usual detectors on channels 3 to 6, analysing H, V, D and A.
    public static func usualDetectors() -> [BenchDetector] {
        (0..<4).map { place in
            var detector = BenchDetector(channel: UInt8(3 + place))
            detector.polarisationPhase = [0, Double.pi, Double.pi / 2, -Double.pi / 2][place]
            return detector
        }
    }

    /// The tags of the next `duration` ps under `light`, in order.
    public mutating func run(_ light: BenchLight, for duration: Int64) -> [TimeTag] {
        tags.removeAll(keepingCapacity: true)
        let (start, end) = (Double(time), Double(time + duration))
        if case .pulsed(let pulses) = light.source { addSync(pulses, until: time + duration) }
        let syncs = tags
        tags.removeAll(keepingCapacity: true)
        var sources = (0..<4).map { self.sources($0, light, from: start) }
        while true {
            var best = 0
            for place in 1..<4 where sources[place].next < sources[best].next { best = place }
            let next = sources[best].next
            if let first = pending.first, first.time <= next {
                guard first.time < end else { break }
                pending.removeFirst()
                avalanche(first.time, first.detector, sources[first.detector].doubleEdge)
                continue
            }
            guard next < end else { break }
            avalanche(next, best, sources[best].doubleEdge)
            advance(&sources[best], light)
        }
        time += duration
        return merged(syncs, tags)
    }

    /// Lets `duration` ps go by with nobody counting.
    public mutating func skip(_ duration: Int64) {
        time += duration
        pending.removeAll(keepingCapacity: true)
    }

    /// What the tagger's clock shows now, ps.
    public var taggerTime: Int64 { onTagger(Double(time)) }

    /// Notes whether detector `place` has too much light; when that ends, it is deaf for a while.
    private mutating func expose(_ place: Int, to rate: Double, at start: Double) {
        let isTooMuch = rate > detectors[place].overExposureRate
        if overExposed[place], !isTooMuch {
            blindUntil[place] = max(blindUntil[place], start + detectors[place].recoveryTime)
        }
        overExposed[place] = isTooMuch
    }

    /// Candidates per second and per pulse of detector `place`.
    private mutating func sources(_ place: Int, _ light: BenchLight, from start: Double) -> Sources
    {
        let detector = detectors[place]
        var share = detector.efficiency * light.transmittance
        if let angle = light.plateAngle {
            share *=
                1 + detector.visibility * Elementary.cos(4 * angle - detector.polarisationPhase)
        }
        if let only = light.only, only != place { share = 0 }
        var (steady, pulsed, dark) = (0.0, 0.0, detector.darkRate)
        var doubleEdge = 0.0
        if case .steady(let rate) = light.source {
            expose(place, to: rate * share, at: start)
        } else {
            expose(place, to: 0, at: start)
        }
        if light.blanked >> UInt8(place) & 1 == 1 { (share, dark) = (0, 0) }
        if let thresholds = light.thresholds, light.blanked >> UInt8(place) & 1 == 0 {
            let threshold = thresholds[place]
            let kept = detector.share(above: threshold)
            share *= kept
            dark = dark * kept + detector.noiseRate(above: threshold)
            doubleEdge = detector.doubleEdgeShare(above: threshold)
        }
        switch light.source {
        case .dark: break
        case .steady(let rate):
            steady = rate * share
            if steady > detector.blindingRate { (steady, dark) = (0, 0) }
        case .pulsed(let pulses):
            pulsed = pulses.photons * share
            if let gate = light.gate {
                pulsed *= detector.gateShare(delay: gate.delay, width: gate.width)
                dark *= gate.width / Double(pulses.period)
            }
        }
        let rate = steady + dark
        var sources = Sources(
            steady: rate > 0 ? 1e12 / rate : .infinity, pulses: pulsed > 0 ? 1 / pulsed : .infinity,
            nextSteady: .infinity, nextPulse: .infinity, pulse: -1, doubleEdge: doubleEdge)
        if rate > 0 { sources.nextSteady = start + random.exponential() * sources.steady }
        if pulsed > 0, case .pulsed(let pulses) = light.source {
            sources.pulse = (time + pulses.period - 1) / pulses.period - 1
            drawPulse(&sources, pulses)
        }
        return sources
    }

    private mutating func advance(_ sources: inout Sources, _ light: BenchLight) {
        if sources.nextSteady <= sources.nextPulse {
            sources.nextSteady += random.exponential() * sources.steady
        } else if case .pulsed(let pulses) = light.source {
            drawPulse(&sources, pulses)
        }
    }

    private mutating func drawPulse(_ sources: inout Sources, _ pulses: BenchLight.Pulses) {
        let skipped = min(random.exponential() * sources.pulses, 1e18 / Double(pulses.period))
        sources.pulse += 1 + Int64(skipped)
        sources.nextPulse =
            Double(sources.pulse * pulses.period) + pulses.delay
            + pulses.length * random.normal()
    }

    private mutating func avalanche(_ time: Double, _ place: Int, _ doubleEdge: Double) {
        guard time >= blindUntil[place] else { return }
        let detector = detectors[place]
        blindUntil[place] = time + detector.deadTime
        var shown = time + detector.skew + detector.jitter * random.normal()
        if detector.tailShare > 0, random.uniform() < detector.tailShare {
            shown += detector.tailTime * random.exponential()
        }
        if detector.walk != 0 {
            let rest = time - lastAvalanche[place] - detector.deadTime
            shown += detector.walk * Elementary.exp(-max(rest, 0) / detector.walkTime)
        }
        lastAvalanche[place] = time
        show(shown, detector.channel)
        if doubleEdge > 0, random.uniform() < doubleEdge {
            show(shown + 6_000 + 300 * random.normal(), detector.channel)
        }
        if random.uniform() < detector.afterpulseProbability {
            let wait = detector.deadTime + detector.afterpulseTime * random.exponential()
            insert(Avalanche(time: time + wait, detector: place))
        }
        for other in 0..<4 where detector.crosstalk[other] > 0 {
            if random.uniform() < detector.crosstalk[other] {
                insert(Avalanche(time: time + detector.crosstalkDelay, detector: other))
            }
        }
    }

    private mutating func insert(_ avalanche: Avalanche) {
        var index = pending.count
        while index > 0, pending[index - 1].time > avalanche.time { index -= 1 }
        pending.insert(avalanche, at: index)
    }

    /// Puts a tag in its place near the end.
    private mutating func show(_ time: Double, _ channel: UInt8) {
        let tag = TimeTag(time: onTagger(time), channel: channel)
        tags.append(tag)
        var place = tags.count - 1
        while place > 0, tags[place - 1].time > tag.time {
            tags[place] = tags[place - 1]
            place -= 1
        }
        tags[place] = tag
    }

    private func onTagger(_ time: Double) -> Int64 {
        Int64((time + time * frequencyError + clockOffset).rounded(.down))
    }

    private mutating func addSync(_ pulses: BenchLight.Pulses, until end: Int64) {
        let spacing = pulses.period * pulses.divider
        var edge = (time + spacing - 1) / spacing * spacing
        while edge < end {
            show(Double(edge) + pulses.syncJitter * random.normal(), Self.syncChannel)
            edge += spacing
        }
    }

    private func merged(_ first: [TimeTag], _ second: [TimeTag]) -> [TimeTag] {
        var all: [TimeTag] = []
        all.reserveCapacity(first.count + second.count)
        var (i, j) = (0, 0)
        while i < first.count, j < second.count {
            if first[i].time <= second[j].time {
                all.append(first[i])
                i += 1
            } else {
                all.append(second[j])
                j += 1
            }
        }
        all.append(contentsOf: first[i...])
        all.append(contentsOf: second[j...])
        return all
    }
}
