import ClockSync
import Gating
import Monitors
import Quantities

/// Cuts the gated stream into short windows of slots, and says what each counted.
///
/// A window holds the clock segments that end in its slots: cuts lie between segments, at most a
/// millisecond before the slot where the window begins. The last window of an epoch is therefore
/// over before a click of the next one is taken, and what it tells is known before the epoch is
/// announced. Cuts depend on the tags alone, so that a replay makes the same.
struct WindowCutter {
    /// When the detectors are gated off on purpose, on the tagger's clock; both ends of it are not
    /// counted, because gates need their time.
    struct Blanking: Equatable {
        /// Time from one to the next, ps; 0 for never.
        var period: Int64 = 0
        /// How long, ps.
        var length: Int64 = 0
        /// How much of either end is not counted, and how much before and after, ps.
        var margin: Int64 = 0
    }

    /// What a stretch of tag time counts as.
    private enum Piece { case light, between, blanked }

    let firstSlot: Int64
    let slotsPerWindow: Int64
    let slotPeriod: Int64
    let blanking: Blanking
    /// Place of the next segment to be looked at, in the tag path's store.
    var next = 0
    /// Number of the open window; `nil` before the first.
    private(set) var window: Int64?
    /// Where the present piece ends, tag time in ps.
    private(set) var edge = Int64.max
    private var piece = Piece.light
    private var pieceStart: Int64 = 0
    private var open = WindowCounts()
    private var last = GateSums()

    init(firstSlot: Int64, slotsPerWindow: Int64, slotPeriod: Int64, blanking: Blanking) {
        self.firstSlot = firstSlot
        self.slotsPerWindow = slotsPerWindow
        self.slotPeriod = slotPeriod
        self.blanking = blanking
    }

    /// The window in which `segment` ends; `nil` if its clicks cannot become key.
    func window(of segment: ClockSegment) -> Int64? {
        guard segment.isValid, segment.isAimed, segment.duration > 0,
            segment.satelliteStart.magnitude < 1 &<< 61
        else { return nil }
        let end = segment.satelliteTime(at: segment.tagStart &+ segment.duration)
        let slot = floorDivision(end, by: slotPeriod).quotient
        return floorDivision(slot &- firstSlot, by: slotsPerWindow).quotient
    }

    /// Begins window `number` with what is gated from tag time `start` on.
    mutating func begin(_ number: Int64, at start: Int64, sums: GateSums) {
        if window == nil { last = sums }
        window = number
        open = WindowCounts()
        pieceStart = start
        if edge == .max || edge < start { setPiece(at: start) }
    }

    /// Adds the time of a segment to the open window.
    mutating func add(_ segment: ClockSegment) {
        let seconds = Double(segment.duration) * 1e-12
        let sigma = Double(segment.sigma)
        open.seconds += seconds
        open.slots += Double(segment.duration) / Double(slotPeriod)
        open.clockVariance += sigma * sigma * seconds
    }

    /// Goes over the edge to the next piece; all tags before it are in `sums`.
    mutating func passEdge(_ sums: GateSums) {
        let end = edge
        settle(upTo: end, sums)
        setPiece(at: end)
    }

    /// Ends the open window at tag time `end`; all tags before it are in `sums`.
    mutating func finish(at end: Int64, _ sums: GateSums) -> WindowCounts {
        settle(upTo: end, sums)
        open.seconds = max(open.seconds, 0)
        open.slots = max(open.slots, 0)
        return open
    }

    private mutating func setPiece(at time: Int64) {
        pieceStart = time
        guard blanking.period > 0, blanking.length > 2 &* blanking.margin else {
            edge = .max
            return piece = .light
        }
        let phase = floorDivision(time, by: blanking.period).remainder
        let ends: [4 of (until: Int64, piece: Piece)] = [
            (blanking.margin, .between), (blanking.length &- blanking.margin, .blanked),
            (blanking.length &+ blanking.margin, .between),
            (blanking.period &- blanking.margin, .light),
        ]
        for index in 0..<4 where phase < ends[index].until {
            piece = ends[index].piece
            edge = time &- phase &+ ends[index].until
            return
        }
        piece = .between
        edge = time &- phase &+ blanking.period &+ blanking.margin
    }

    private mutating func settle(upTo end: Int64, _ sums: GateSums) {
        let counted = sums - last
        last = sums
        let length = Double(max(end &- pieceStart, 0)) * 1e-12
        pieceStart = end
        switch piece {
        case .light:
            let unit = Double(slotPeriod) / 128
            open.tags += SIMD4<Double>(counted.all)
            open.gated += SIMD4<Double>(counted.accepted)
            open.rejected += SIMD4<Double>(counted.dead)
            open.offGate += SIMD4<Double>(counted.outside)
            open.offsets += unit * SIMD4<Double>(counted.places)
            open.squaredOffsets += unit * unit * SIMD4<Double>(counted.squaredPlaces)
            open.shortIntervals += SIMD4<Double>(counted.shortIntervals)
            return
        case .blanked:
            open.blanked += SIMD4<Double>(counted.all)
            open.blankedSeconds += length
        case .between: break
        }
        open.seconds -= length
        open.slots -= length * 1e12 / Double(slotPeriod)
    }
}
