internal import Quantities

/// Places the tagger's clock against UTC from the tags of its 1PPS input.
///
/// The line tag = offset + (1 + slope) * utc is fitted through the last edges after the medians have
/// thrown out strays. Which second an edge belongs to follows from a coarse start known to better
/// than 0.4 s (network time, NMEA).
public struct PulsePerSecond: BitwiseCopyable, Sendable {
    /// Edges remembered: one minute, long enough to average 20 ns to 3 ns.
    public static let capacity = 60
    /// One second of UTC, ps.
    static let second: Int64 = 1_000_000_000_000
    /// Edges further than this from the others' median are strays, ps.
    static let strayLimit: Int64 = 1_000_000

    private var tags = InlineArray<60, Int64>(repeating: 0)
    private var seconds = InlineArray<60, Int64>(repeating: 0)
    private var count = 0
    private var next = 0
    /// Tag time at UTC zero as first guessed, ps.
    private let coarseZero: Int64
    /// Edges that did not fit the others.
    public private(set) var strays: UInt32 = 0

    /// A fit whose tag time at UTC zero is `coarseZero`, known to better than 0.4 s.
    public init(coarseZero: Int64) { self.coarseZero = coarseZero }

    /// Takes in one edge, at tag time `tag` in ps.
    public mutating func add(_ tag: Int64) {
        let zero = offset ?? coarseZero
        let (whole, _) = floorDivision(tag &- zero &+ Self.second / 2, by: Self.second)
        if let line = fit {
            let expected = line.tag(atSecond: whole)
            guard (tag &- expected).magnitude < Self.strayLimit.magnitude else {
                strays &+= 1
                if strays > 8, strays > UInt32(truncatingIfNeeded: count) { restart() }
                return
            }
        } else if count == 1 {
            // Two edges that disagree: nobody knows which is right, so the later one is kept.
            let span = whole &- seconds[0]
            let stray = tag &- tags[0] &- span &* Self.second
            guard span > 0, stray.magnitude < Self.strayLimit.magnitude * 100 else {
                strays &+= 1
                restart()
                return remember(tag, whole)
            }
        }
        remember(tag, whole)
    }

    private mutating func remember(_ tag: Int64, _ second: Int64) {
        tags[next] = tag
        seconds[next] = second
        next = (next + 1) % Self.capacity
        count = min(count + 1, Self.capacity)
    }

    private mutating func restart() {
        count = 0
        next = 0
    }

    /// Tag time against UTC.
    public struct Line: Equatable, Sendable, BitwiseCopyable {
        /// The middle of the fitted edges, UTC seconds.
        public var centreSecond: Int64
        /// Tag time there, ps.
        public var centreTag: Int64
        /// Tag time gained on UTC, ps per s (parts in 10^12).
        public var slope: Double
        /// One standard deviation of the slope, ps per s.
        public var slopeSigma: Double

        /// Tag time of UTC second `second`, ps.
        public func tag(atSecond second: Int64) -> Int64 {
            let span = second &- centreSecond
            return centreTag &+ span &* PulsePerSecond.second
                &+ Int64((slope * Double(span)).rounded())
        }
    }

    /// The least-squares line through the remembered edges; `nil` before the second edge.
    public var fit: Line? {
        guard count >= 2 else { return nil }
        var sumSecond = 0.0
        var sumRest = 0.0
        for i in 0..<count {
            sumSecond += Double(seconds[i] &- seconds[0])
            sumRest += Double(rest(i))
        }
        let meanSecond = sumSecond / Double(count)
        let meanRest = sumRest / Double(count)
        var squares = 0.0
        var products = 0.0
        for i in 0..<count {
            let x = Double(seconds[i] &- seconds[0]) - meanSecond
            squares += x * x
            products += x * (Double(rest(i)) - meanRest)
        }
        guard squares > 0 else { return nil }
        let slope = products / squares
        let centre = seconds[0] &+ Int64(meanSecond.rounded())
        let shift = Double(centre &- seconds[0]) - meanSecond
        let centreRest = meanRest + slope * shift
        return Line(
            centreSecond: centre,
            centreTag: tags[0] &+ (centre &- seconds[0]) &* Self.second
                &+ Int64(centreRest.rounded()),
            slope: slope, slopeSigma: Self.assumedJitter / squares.squareRoot())
    }

    /// Jitter assumed of one edge, ps: GNSS receivers reach 10 to 30 ns.
    static let assumedJitter = 30_000.0

    /// Tag time at UTC zero as the edges say it, ps; `nil` before two edges agree.
    public var offset: Int64? { fit?.tag(atSecond: 0) }

    /// What edge `i` has gained on edge 0 beyond whole seconds, ps.
    private func rest(_ i: Int) -> Int64 {
        tags[i] &- tags[0] &- (seconds[i] &- seconds[0]) &* Self.second
    }
}
