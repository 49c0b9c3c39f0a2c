import BoardFile
import TimeTags

/// Finds where the pass begins on the tagger's clock, from the first tags and the host's clock.
///
/// An edge of the 1PPS says when a second was, the host's clock which one: it must be right to 0.4 s
/// when it sees the quickest of the first tags. A tag is never seen before its time, only after it, so
/// that a host that lags while a pass begins does not take one second for the next.
struct ZeroFinder {
    /// How long the quickest tag is looked for after the first, ps of host time.
    static let settling: Int64 = 1_500_000_000_000
    /// How long an edge is waited for after the first tag, ps of host time.
    static let patience: Int64 = 3_000_000_000_000
    /// Farther from the tag before, in ps, and a tag is not believed.
    private static let stray: UInt64 = 10_000_000_000_000

    /// The zero, once it is known.
    private(set) var zero: TagZero?
    /// Whether it comes from an edge; if not, it is as good as the host's clock.
    private(set) var isFromEdge = false

    private let channel: UInt8?
    private let skew: Int64
    /// Stream time at which the first tag came, ps.
    private var begun: Int64?
    private var previous: Int64?
    /// Stream time less tag time of the quickest tag, ps.
    private var least = Int64.max
    /// The first edge on the tagger's clock, ps.
    private var edge: Int64?

    /// A finder for the inputs of `board`.
    init(_ board: Board) {
        channel = board.channels.pps?.channel
        skew = board.channels.pps?.skew ?? 0
    }

    /// Takes in tags that came at stream time `now` ps, which is what the host makes of UTC.
    mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, at now: Int64) {
        for tag in tags where tag.kind == .detection && zero == nil {
            guard tag.time.magnitude < UInt64(TagPath.longestTime) else { continue }
            begun = begun ?? now
            let before = previous
            previous = tag.time
            // A damaged tag is alone with its time.
            guard let before, (tag.time - before).magnitude < Self.stray else { continue }
            least = min(least, now - tag.time)
            if edge == nil, tag.channel == channel { edge = tag.time - skew }
        }
    }

    /// Fixes the zero at stream time `now` ps if enough is known by then: an edge and some time, or
    /// more time without one.
    mutating func settle(at now: Int64) {
        guard zero == nil, let begun else { return }
        let waited = now - begun
        if let edge, waited >= Self.settling {
            let second = Int64((Double(edge + least) * 1e-12).rounded())
            zero = TagZero(edgeAt: edge, ofSecond: second)
            isFromEdge = zero != nil
        } else if edge == nil, channel == nil || waited > Self.patience {
            zero = least == .max ? nil : TagZero(edgeAt: -least, ofSecond: 0)
        }
    }
}
