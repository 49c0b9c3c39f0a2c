public import BoardFile
import Simulator
public import TimeTags

/// The simulated bench of a board as its instruments find it: light, gates and shutter that are
/// ordered while time goes on, and the tags that a tagger with these settings sees.
public struct ServedBench: Sendable {
    /// An over-exposure of one detector, on the tagger's clock, ps.
    public struct Exposure: Codable, Equatable, Sendable {
        /// Which detector.
        public var detector: String
        /// When there was too much light.
        public var onPs: Int64
        /// When its gate was closed; `nil` while it was not.
        public var blankedPs: Int64?
        /// When the light had gone; `nil` while it had not.
        public var offPs: Int64?
    }

    /// Light of more clicks per second over-exposes.
    private static let overExposureRate = 5e6
    /// Lower thresholds count as this, mV: the line's noise would be more than can be served.
    private static let lowestThreshold = 75.0
    /// A click is shown so much before or after its time at most, ps: tails and skews.
    private static let reach: Int64 = 20_000
    private static let mostExposures = 1_000

    /// What is to be found; the detectors' channels are the board's.
    public var truth: BenchTruth {
        var truth = scene.truth
        for place in truth.detectors.indices {
            truth.detectors[place].channel = scene.onBoard(truth.detectors[place].channel)
        }
        return truth
    }
    /// Tags that were handed out.
    public private(set) var tagCount: Int64 = 0
    /// The last thousand over-exposures.
    public private(set) var exposures: [Exposure] = []
    /// Time on the tagger's clock up to which all tags were handed out, ps.
    public private(set) var taggerTime: Int64

    private let scene: BenchScene
    private let internalError: Double
    private var bench: CalibrationBench
    private var setting = BenchSetting(.dark)
    /// Whether light comes through the shutter.
    public private(set) var isShutterOpen = true
    private var blanked: UInt8 = 0
    private var thresholds: SIMD4<Double>?
    private var held: [TimeTag] = []

    /// The bench of `board`'s world: dark, the shutter and all gates open.
    ///
    /// - Throws: ``ProcedureFailure/board(_:)`` if the board lacks a detector or the beacon.
    public init(
        board: Board, seed: UInt64, faults: [BenchTruth.Fault] = []
    ) throws(ProcedureFailure) {
        scene = try BenchScene(board: board, seed: seed, faults: faults)
        internalError = board.world?.clocks.stationFrequencyError ?? 0
        var detectors = scene.truth.detectors
        for place in detectors.indices {
            detectors[place].overExposureRate = Self.overExposureRate
        }
        bench = CalibrationBench(detectors, seed: seed)
        // So that no click is shown before time 0.
        bench.clockOffset = 1e9
        bench.frequencyError = internalError
        taggerTime = bench.taggerTime - Self.reach
    }

    /// Carries out an order.
    ///
    /// - Returns: The time on the tagger's clock from which it is so, ps.
    public mutating func obey(_ order: BenchOrder) -> Int64 {
        switch order {
        case .light(let light): setting.light = light
        case .filters(let transmittance): setting.transmittance = transmittance
        case .plate(let angle): setting.plate = angle
        case .only(let place): setting.only = place
        case .window(let gate): setting.gate = gate
        case .shutter(let isOpen): isShutterOpen = isOpen
        case .gate(let place, let isOpen):
            let bit = UInt8(1) << UInt8(place & 3)
            blanked = isOpen ? blanked & ~bit : blanked | bit
        }
        noteExposures()
        return bench.taggerTime
    }

    /// What the tagger is set to: thresholds of its inputs, mV, and where it has its time from.
    public mutating func see(thresholds: [Int16], usesExternalClock: Bool) {
        var levels = SIMD4<Double>(repeating: Self.lowestThreshold)
        for place in 0..<4 {
            let input = Int(scene.onBoard(scene.truth.detectors[place].channel))
            guard input < thresholds.count else { continue }
            levels[place] = max(Double(thresholds[input]), Self.lowestThreshold)
        }
        self.thresholds = levels
        let error = usesExternalClock ? 0 : internalError
        if bench.frequencyError != error { bench.frequencyError = error }
    }

    /// The detectors whose gate is closed, by name.
    public var blankedDetectors: [String] {
        (0..<4).filter { blanked >> UInt8($0) & 1 == 1 }.map { DetectorRoles.names[$0] }
    }

    /// The light before the detectors now.
    private var light: BenchLight {
        var light = isShutterOpen ? scene.light(for: setting).light : BenchLight(.dark)
        light.thresholds = thresholds
        light.blanked = blanked
        return light
    }

    /// Lets time go on by `span` ps.
    ///
    /// - Parameter isCounting: Whether anybody counts; without, there are no tags.
    /// - Returns: The tags up to ``taggerTime``, ordered by time.
    public mutating func advance(by span: Int64, isCounting: Bool) -> [TimeTag] {
        guard isCounting else {
            bench.skip(span)
            held.removeAll(keepingCapacity: true)
            taggerTime = bench.taggerTime - Self.reach
            return []
        }
        var tags = held
        for var tag in bench.run(light, for: span) {
            tag.channel = scene.onBoard(tag.channel)
            tags.append(tag)
        }
        // Steps meet where tags of the one are shown after those of the next.
        tags.sort { ($0.time, $0.channel) < ($1.time, $1.channel) }
        let end = bench.taggerTime - Self.reach
        let cut = tags.firstIndex { $0.time >= end } ?? tags.count
        held = Array(tags[cut...])
        tags.removeSubrange(cut...)
        // Of what the step before already told the end of, there is nothing to be told any more.
        let begin = taggerTime
        tags.removeAll { $0.time < begin }
        taggerTime = end
        tagCount += Int64(tags.count)
        return tags
    }

    private mutating func noteExposures() {
        let (light, now) = (light, bench.taggerTime)
        for place in 0..<4 {
            var rate = 0.0
            if case .steady(let photons) = light.source, light.only ?? place == place {
                rate =
                    photons * light.transmittance * scene.truth.detectors[place].efficiency
            }
            note(place, isExposed: rate > Self.overExposureRate, now)
        }
    }

    private mutating func note(_ place: Int, isExposed: Bool, _ now: Int64) {
        let name = DetectorRoles.names[place]
        let isBlanked = blanked >> UInt8(place) & 1 == 1
        let open = exposures.lastIndex { $0.detector == name && $0.offPs == nil }
        if let open {
            if isBlanked, exposures[open].blankedPs == nil { exposures[open].blankedPs = now }
            if !isExposed { exposures[open].offPs = now }
        } else if isExposed {
            if exposures.count >= Self.mostExposures { exposures.removeFirst() }
            exposures.append(
                Exposure(detector: name, onPs: now, blankedPs: isBlanked ? now : nil))
        }
    }
}
