public import TimeTags

/// A stretch of the stream in which tags are missing.
public struct TagLoss: Equatable, Sendable, BitwiseCopyable {
    /// The last tag before, tag time in ps.
    public var start: Int64
    /// The first tag after, tag time in ps.
    public var end: Int64
    /// Why.
    public var reason: LossReason
    /// Tags missing; 0 if not known.
    public var count: UInt32
}
