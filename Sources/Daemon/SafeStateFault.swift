/// One thing that could not be brought into its safe state.
public struct SafeStateFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is, as the board names it.
    public var name: String
    /// Why it could not.
    public var problem: String

    /// A fault of `name`.
    public init(name: String, problem: String) {
        self.name = name
        self.problem = problem
    }

    /// One line for people.
    public var description: String { "\(name): \(problem)" }
}
