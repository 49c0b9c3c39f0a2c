import Synchronization

/// What a pass counts while it runs, for whoever looks: tags, click phases, intervals, clock, spot.
///
/// **For users.** Any thread reads at any time; numbers of one read may be a batch apart. They grow
/// until ``clear()``. Say ``watch(_:)`` while looking at intervals: nobody counts them unasked.
///
/// **For implementers.** One thread feeds each group. Feeding takes no lock and allocates nothing:
/// a load and a store of a word each.
public final class LiveCounts: @unchecked Sendable {
    /// Tagger inputs that are counted, from 0.
    public static let inputs = 64
    /// Detectors, in the order H, V, D, A.
    public static let detectors = 4
    /// Bins of the click phases, over one slot.
    public static let phaseBins = 64
    /// Bins of the intervals: a quarter of an octave each, from 1 ns on.
    public static let intervalBins = 96
    /// Spots that are kept.
    public static let spots = 256

    private static let phaseStart = inputs
    private static let intervalStart = phaseStart + detectors * phaseBins
    private static let spotStart = intervalStart + detectors * intervalBins
    private static let scalarStart = spotStart + spots
    private static let wordCount = scalarStart + Scalar.allCases.count

    /// A number on its own.
    public enum Scalar: Int, CaseIterable, Sendable {
        /// Batches of tags.
        case batches
        /// Records of missing tags.
        case losses
        /// Clicks inside the gates.
        case clicks
        /// State of the clock: 0 none, 1 searching, 2 following.
        case clockState
        /// Standard deviation of the clock, ps, as the bits of a `Double`.
        case clockSigma
        /// Lateness of the quantum light behind the beacon, ps, as the bits of a `Double`.
        case clockOffset
        /// Spots that were found.
        case spotCount
        /// Phase of aiming, from 1; 0: nobody aims.
        case pointingPhase
        /// Passes since the start.
        case passes
    }

    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let watchers = Atomic<Int>(0)

    /// Counts of nothing yet.
    public init() {
        words = .allocate(capacity: Self.wordCount)
        for index in 0..<Self.wordCount { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: Self.wordCount)
        words.deallocate()
    }

    /// Back to nothing, for a new pass.
    public func clear() {
        let passes = self[.passes]
        for index in 0..<Self.wordCount { words[index].store(0, ordering: .relaxed) }
        self[.passes] = passes
    }

    // MARK: Feeding

    /// Whether anybody looks at what is only counted on demand.
    public var isWatched: Bool { watchers.load(ordering: .relaxed) > 0 }

    @inline(__always)
    private func add(_ index: Int, _ count: UInt64) {
        words[index].store(words[index].load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    /// Adds tags of one input; inputs that are not counted are passed over.
    public func add(tags: UInt64, input: Int) {
        if input >= 0, input < Self.inputs { add(input, tags) }
    }

    /// Adds a click.
    ///
    /// - Parameters:
    ///   - detector: 0 to 3.
    ///   - bin: 0 up to ``phaseBins``; others are passed over.
    public func addClick(detector: Int, bin: Int) {
        guard detector >= 0, detector < Self.detectors, bin >= 0, bin < Self.phaseBins
        else { return }
        add(Self.phaseStart + detector * Self.phaseBins + bin, 1)
    }

    /// Adds the time between two tags of a detector, ps.
    public func addInterval(_ interval: Int64, detector: Int) {
        guard detector >= 0, detector < Self.detectors else { return }
        add(Self.intervalStart + detector * Self.intervalBins + Self.intervalBin(interval), 1)
    }

    /// Adds a spot of the fine camera, urad off the place where it should be.
    public func addSpot(x: Float, y: Float) {
        let number = self[.spotCount]
        let word = UInt64(x.bitPattern) << 32 | UInt64(y.bitPattern)
        words[Self.spotStart + Int(number % UInt64(Self.spots))].store(word, ordering: .relaxed)
        self[.spotCount] = number &+ 1
    }

    /// A number on its own.
    public subscript(scalar: Scalar) -> UInt64 {
        get { words[Self.scalarStart + scalar.rawValue].load(ordering: .relaxed) }
        set { words[Self.scalarStart + scalar.rawValue].store(newValue, ordering: .relaxed) }
    }

    // MARK: Reading

    /// Counts on demand while `body` runs.
    public func watch<R>(_ body: () throws -> R) rethrows -> R {
        watchers.add(1, ordering: .relaxed)
        defer { watchers.subtract(1, ordering: .relaxed) }
        return try body()
    }

    /// Tags of each input since the pass began.
    public var tags: [UInt64] {
        (0..<Self.inputs).map { words[$0].load(ordering: .relaxed) }
    }

    /// Clicks by phase: ``phaseBins`` bins over a slot, its centre between the two in the middle.
    public func phases(detector: Int) -> [UInt64] {
        read(Self.phaseStart, Self.phaseBins, detector)
    }

    /// Intervals: bin 0 below 1 ns, then four bins an octave.
    public func intervals(detector: Int) -> [UInt64] {
        read(Self.intervalStart, Self.intervalBins, detector)
    }

    private func read(_ start: Int, _ count: Int, _ detector: Int) -> [UInt64] {
        guard (0..<Self.detectors).contains(detector) else { return [] }
        return (0..<count).map {
            words[start + detector * count + $0].load(ordering: .relaxed)
        }
    }

    /// The latest spots, urad, the newest last.
    public var latestSpots: [(x: Float, y: Float)] {
        let total = self[.spotCount]
        let kept = min(total, UInt64(Self.spots))
        return (0..<kept).map { back in
            let place = Int((total - kept + back) % UInt64(Self.spots))
            let word = words[Self.spotStart + place].load(ordering: .relaxed)
            return (
                Float(bitPattern: UInt32(truncatingIfNeeded: word >> 32)),
                Float(bitPattern: UInt32(truncatingIfNeeded: word))
            )
        }
    }

    /// The bin of an interval: four an octave from 1 ns, told by the two bits below the highest.
    public static func intervalBin(_ interval: Int64) -> Int {
        guard interval >= 1_000 else { return 0 }
        let octave = 63 - interval.leadingZeroBitCount
        let quarter = Int(interval >> (Int64(octave) - 2)) & 3
        return min(1 + (octave - 9) * 4 + quarter, intervalBins - 1)
    }

    /// The shortest interval of a bin, ps.
    public static func intervalStart(ofBin bin: Int) -> Int64 {
        guard bin > 0 else { return 0 }
        let (octave, quarter) = ((bin - 1) / 4 + 9, (bin - 1) % 4)
        return Int64(4 + quarter) << (Int64(octave) - 2)
    }
}
