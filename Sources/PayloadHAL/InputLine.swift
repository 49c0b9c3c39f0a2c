public import Quantities

/// One change of an input's level, as the kernel saw it.
public struct LineEdge: Equatable, Sendable, BitwiseCopyable {
    /// When, on the clock of the line's `now`; the kernel's stamp of the interrupt.
    public var time: Picoseconds
    /// Whether the line became active.
    public var isActive: Bool
    /// Edges that are known to be missing before this one; there may be more.
    public var lost: Int64

    /// An edge with everything given.
    public init(time: Picoseconds, isActive: Bool, lost: Int64 = 0) {
        self.time = time
        self.isActive = isActive
        self.lost = lost
    }
}

/// Which edges of an input are told.
public enum EdgeSelection: Equatable, Sendable {
    /// Level only.
    case none
    /// Becoming active, as for one pulse per second.
    case activating
    /// Becoming inactive.
    case deactivating
    /// Both, as for interlocks.
    case both
}

/// One digital input, such as an interlock or one pulse per second, held by us alone.
///
/// **For users.** Edges are stamped by the kernel when they happen, and wait until they are
/// fetched; the kernel holds a few (16 in Linux), so a bouncing line loses some, see
/// ``LineEdge/lost``. For an interlock read ``isActive()`` too: a missed edge must not hide a
/// level.
///
/// **For implementers.** Times never step back. Pass `inputFaults` of `PayloadDoubles`.
public protocol InputLine: ~Copyable {
    associatedtype Failure: InstrumentError

    /// The clock of deadlines and edges; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// Which edges ``nextEdge(by:)`` tells.
    var edges: EdgeSelection { get }

    /// The level now.
    func isActive() throws(Failure) -> Bool

    /// The oldest edge not yet fetched; waits until `deadline` for one, `nil` if none came.
    mutating func nextEdge(by deadline: Picoseconds) throws(Failure) -> LineEdge?
}
