import FaultyDrivers
import TimeTags

/// The tagger's tags with a fault on order, in the words that shells and scenarios use as well.
struct FaultyTags {
    /// What the tagger is given in place of what the world made.
    struct Given: Equatable {
        var tags: [TimeTag]
        /// The tagger's clock, ps.
        var now: Int64
        /// Bytes of garbage between its frames.
        var garbage = 0
    }

    /// What can be ordered of the served world.
    static let offered: [(instrument: FaultyInstrument, kinds: [FaultKind])] = [
        (.tagger, [.off, .stuck, .garbage, .delayed, .intermittent]),
        (.link, [.off, .intermittent]),
    ]
    /// Bytes of garbage at a time.
    private static let garbage = 64

    /// What came late and has not been given yet.
    private var late: [TimeTag] = []
    /// The tagger's clock when it got stuck.
    private var stuckAt: Int64?
    /// The tagger's clock as given last: it never goes back.
    private var clock = Int64.min

    /// What `kind` makes of `tags`; `nil`: the tagger says nothing at all.
    mutating func pass(_ tags: [TimeTag], now: Int64, _ kind: FaultKind?) -> Given? {
        if kind != .stuck { stuckAt = nil }
        guard kind == .delayed else {
            defer { late = [] }
            return apply(kind, to: late + tags, now: now)
        }
        late += tags
        clock = max(clock, now - FaultyBytes.lateness)
        let due = late.prefix { [clock] in $0.time <= clock }
        late.removeFirst(due.count)
        return Given(tags: Array(due), now: clock)
    }

    private mutating func apply(_ kind: FaultKind?, to tags: [TimeTag], now: Int64) -> Given? {
        switch kind {
        case .off: return nil
        case .intermittent where FaultyBytes.isOff(at: now): return nil
        case .stuck:
            let time = stuckAt ?? max(clock, now)
            stuckAt = time
            clock = time
            return Given(tags: [], now: time)
        default:
            clock = max(clock, now)
            return Given(tags: tags, now: clock, garbage: kind == .garbage ? Self.garbage : 0)
        }
    }
}
