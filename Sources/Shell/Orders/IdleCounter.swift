/// Counts tags between passes, as long as somebody looks: dark counts, lamps, a first signal.
///
/// - Note: For implementers: calls come from several threads, one per view.
public protocol IdleCounter: Sendable {
    /// Counts for one more view, unless a pass counts already.
    ///
    /// - Returns: What to say in place of a view, in one or more lines; `nil` to go on.
    func begin() -> String?
    /// That view is over; with the last one the tagger is let go.
    func end()
    /// Why the counting has ended although somebody looks; `nil` while it goes on, or a pass counts.
    var failure: String? { get }
    /// What the view should say of the detectors, in one line; empty for nothing.
    var note: String { get }
}

/// A board of which nothing is counted between passes.
public struct NoIdleCounter: IdleCounter {
    /// Nothing.
    public init() {}
    /// Lets the view show what the last pass counted.
    public func begin() -> String? { nil }
    /// Has nothing to do.
    public func end() {}
    /// None.
    public var failure: String? { nil }
    /// Nothing.
    public var note: String { "" }
}
