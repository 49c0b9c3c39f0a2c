/// What the tag path dropped before the gate could count it.
public struct TagPathCounters: Equatable, Sendable {
    /// Records taken in.
    public var records: Int64 = 0
    /// Detector tags dropped because more came in one clock lag than the station holds.
    public var waitingOverflow: Int64 = 0
    /// Tags whose time lay more than a minute ahead of all others or beyond 46 days; dropped.
    public var strayTime: Int64 = 0
    /// Loss records: places where the tagger or its bytes lost tags.
    public var losses: Int64 = 0
    /// Tags that those records say are missing, as far as the number is known.
    public var tagsLost: Int64 = 0
}
