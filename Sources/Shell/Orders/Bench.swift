/// What of the board a shell can drive by hand, and what there is to say of the rest.
///
/// - Note: For implementers: calls come from one thread at a time, and return at once.
public protocol Bench: Sendable {
    /// Outputs that can be driven now, with their levels: `gate.H`, `shutter`, `laser`.
    var outputs: [(name: String, isActive: Bool)] { get }
    /// Why no output can be driven now; `nil` if they can.
    var obstacle: String? { get }
    /// Drives an output.
    ///
    /// - Returns: what went wrong; `nil` if nothing did.
    func drive(_ output: String, active: Bool) -> String?
    /// Drives every output to its safe level; says which were not there.
    func makeSafe() -> [String]
}

/// A board of which nothing can be driven by hand.
public struct EmptyBench: Bench {
    /// Nothing.
    public init() {}
    /// None.
    public var outputs: [(name: String, isActive: Bool)] { [] }
    /// None.
    public var obstacle: String? { nil }
    /// Refuses.
    public func drive(_ output: String, active: Bool) -> String? { "there is no \(output)" }
    /// Has nothing to do.
    public func makeSafe() -> [String] { [] }
}
