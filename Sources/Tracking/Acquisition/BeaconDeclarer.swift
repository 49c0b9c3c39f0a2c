public import Quantities

/// A spot that may be the beacon.
public struct SpotCandidate: Equatable, Sendable, BitwiseCopyable {
    /// Where it stands on the sky from where the satellite is predicted: the spot in the camera
    /// plus where the camera looked.
    public var offset: FieldAngle
    /// One standard deviation per axis, rad; more than 0.
    public var sigma: Double
    /// Its light, in the camera's own unit.
    public var flux: Double

    /// A candidate with every field given.
    public init(offset: FieldAngle, sigma: Double, flux: Double) {
        self.offset = offset
        self.sigma = sigma
        self.flux = flux
    }
}

/// A beacon that is declared found.
public struct Declaration: Equatable, Sendable, BitwiseCopyable {
    /// The candidate of this frame that is the beacon.
    public var candidate: SpotCandidate
    /// Frames of the last ``BeaconDeclarer/Rule/window`` that showed it.
    public var hits: Int
}

/// Tells the beacon from stars, hot pixels and noise before anything follows it: M of N frames.
///
/// Seen from the predicted satellite the beacon stands still, a star runs backwards at the rate of
/// the track, and a hot pixel moves with the camera. A spot is declared once it was seen in M of N
/// frames, stood still within three sigma, and a star would have left the same place by twice as
/// much. Up to four spots are followed at once; a fifth takes the place of the one least seen.
public struct BeaconDeclarer: Sendable {
    /// What it takes to be declared.
    public struct Rule: Equatable, Sendable, BitwiseCopyable {
        /// M: frames that must show the spot, 1 up to `window`.
        public var needed: Int
        /// N: frames that count, 1 to 32.
        public var window: Int
        /// Frames of the window below which a declared beacon is given up, 1 up to `needed`.
        public var kept: Int
        /// Half the width of the gate, in sigmas.
        public var gateSigmas: Double
        /// How fast the beacon may wander off the prediction, rad/s.
        public var wander: Double
        /// Rms of what shakes all spots between frames, rad: air, mount, mirror.
        public var shake: Double
        /// Least light of a beacon, in the camera's unit.
        public var fluxLowest: Double
        /// Most light of a beacon.
        public var fluxHighest: Double

        /// A rule; 5 of 8 unless told otherwise. Numbers outside their range are moved into it.
        public init(
            needed: Int = 5, window: Int = 8, kept: Int = 2, gateSigmas: Double = 3,
            wander: Double = 200e-6, shake: Double = 20e-6, fluxLowest: Double = 0,
            fluxHighest: Double = .infinity
        ) {
            self.window = min(max(window, 1), 32)
            self.needed = min(max(needed, 1), self.window)
            self.kept = min(max(kept, 1), self.needed)
            self.gateSigmas = gateSigmas
            self.wander = wander
            self.shake = shake
            self.fluxLowest = fluxLowest
            self.fluxHighest = fluxHighest
        }
    }

    /// One spot that is followed.
    private struct Trace: Sendable, BitwiseCopyable {
        var isUsed = false
        var isDeclared = false
        /// Bit 0 is the last frame.
        var history: UInt32 = 0
        var place = FieldAngle.zero
        var first = FieldAngle.zero
        var firstTime: Int64 = 0
        var time: Int64 = 0
        /// Which candidate of this frame it took, or -1.
        var taken = -1
    }

    /// Most candidates of a frame that are looked at.
    public static let candidatesMax = 32

    /// What it takes to be declared.
    public let rule: Rule
    private var traces = InlineArray<4, Trace>(repeating: Trace())

    /// A declarer that has seen nothing.
    public init(rule: Rule = Rule()) { self.rule = rule }

    /// Forgets all spots.
    public mutating func reset() { traces = InlineArray(repeating: Trace()) }

    /// Moves all spots by `change`: after the prediction was corrected by the opposite of it.
    public mutating func shift(by change: FieldAngle) {
        for index in traces.indices {
            traces[index].place = traces[index].place + change
            traces[index].first = traces[index].first + change
        }
    }

    /// Takes the spots of one frame.
    ///
    /// - Parameters:
    ///   - candidates: All spots; those after ``candidatesMax`` are not looked at.
    ///   - time: Mid-exposure, ps, ascending.
    ///   - rate: Rate of the track on the sky, rad/s: stars run at the opposite.
    /// - Returns: The beacon, if this frame shows it and it is declared.
    public mutating func take(
        _ candidates: Span<SpotCandidate>, at time: Int64, trackRate rate: FieldAngle
    ) -> Declaration? {
        var used: UInt32 = 0
        let count = min(candidates.count, Self.candidatesMax)
        for index in traces.indices where traces[index].isUsed {
            follow(index, candidates, count: count, at: time, used: &used)
        }
        for index in 0..<count
        where used & bit(index) == 0 && isPossible(candidates[index]) {
            begin(with: candidates[index], number: index, at: time)
        }
        var best = -1
        for index in traces.indices where traces[index].isUsed {
            declare(index, candidates, rate: rate)
            guard traces[index].isDeclared, traces[index].taken >= 0 else { continue }
            if best < 0 || isBetter(index, than: best, candidates) { best = index }
        }
        guard best >= 0 else { return nil }
        return Declaration(candidate: candidates[traces[best].taken], hits: hits(traces[best]))
    }

    private func bit(_ index: Int) -> UInt32 { 1 &<< UInt32(truncatingIfNeeded: index) }

    private func isPossible(_ candidate: SpotCandidate) -> Bool {
        candidate.sigma > 0 && (candidate.offset.x + candidate.offset.y).isFinite
            && candidate.flux >= rule.fluxLowest && candidate.flux <= rule.fluxHighest
    }

    private func hits(_ trace: Trace) -> Int {
        let mask: UInt32 = rule.window == 32 ? .max : bit(rule.window) &- 1
        return (trace.history & mask).nonzeroBitCount
    }

    /// Half the width of the gate about a spot last seen some time ago, rad.
    private func gate(sigma: Double, since: Int64) -> Double {
        let noise = (sigma * sigma + rule.shake * rule.shake).squareRoot()
        return rule.gateSigmas * 2.0.squareRoot() * noise
            + rule.wander * max(Double(since), 0) * 1e-12
    }

    /// Gives a trace the nearest candidate within its gate, if there is one.
    private mutating func follow(
        _ index: Int, _ candidates: Span<SpotCandidate>, count: Int, at time: Int64,
        used: inout UInt32
    ) {
        var nearest = -1
        var least = Double.infinity
        for number in 0..<count where used & bit(number) == 0 {
            let candidate = candidates[number]
            let distance = (candidate.offset - traces[index].place).length
            let width = gate(sigma: candidate.sigma, since: time &- traces[index].time)
            if isPossible(candidate), distance <= width, distance < least {
                nearest = number
                least = distance
            }
        }
        traces[index].history &<<= 1
        traces[index].taken = nearest
        guard nearest >= 0 else {
            if hits(traces[index]) == 0 { traces[index] = Trace() }
            return
        }
        used |= bit(nearest)
        traces[index].history |= 1
        let place = traces[index].place
        traces[index].place = place + 0.3 * (candidates[nearest].offset - place)
        traces[index].time = time
    }

    private mutating func begin(with candidate: SpotCandidate, number: Int, at time: Int64) {
        var least = 0
        for index in traces.indices {
            if !traces[index].isUsed {
                least = index
                break
            }
            if hits(traces[index]) < hits(traces[least]) { least = index }
        }
        // A spot of one frame drives out none that was seen more often.
        guard !traces[least].isUsed || hits(traces[least]) <= 1 else { return }
        var trace = Trace()
        trace.isUsed = true
        trace.history = 1
        trace.place = candidate.offset
        trace.first = candidate.offset
        trace.firstTime = time
        trace.time = time
        trace.taken = number
        traces[least] = trace
    }

    private mutating func declare(
        _ index: Int, _ candidates: Span<SpotCandidate>, rate: FieldAngle
    ) {
        let hits = hits(traces[index])
        if traces[index].isDeclared {
            if hits < rule.kept { traces[index] = Trace() }
            return
        }
        guard hits >= rule.needed, traces[index].taken >= 0 else { return }
        let candidate = candidates[traces[index].taken]
        let age = Double(traces[index].time &- traces[index].firstTime) * 1e-12
        let allowed = gate(
            sigma: candidate.sigma, since: traces[index].time &- traces[index].firstTime)
        let moved = candidate.offset - traces[index].first
        guard moved.length <= allowed else {
            // It wanders: a star, or noise that happened to hang together. Begin again from here.
            traces[index].first = candidate.offset
            traces[index].firstTime = traces[index].time
            traces[index].history = 1
            return
        }
        let starWay = age * rate.length
        // A target that hardly moves cannot be told from a star; M of N must do.
        traces[index].isDeclared = starWay >= 2 * allowed || rate.length <= 2 * rule.wander
    }

    private func isBetter(
        _ index: Int, than best: Int, _ candidates: Span<SpotCandidate>
    ) -> Bool {
        let ours = hits(traces[index])
        let theirs = hits(traces[best])
        if ours != theirs { return ours > theirs }
        return candidates[traces[index].taken].flux > candidates[traces[best].taken].flux
    }
}
