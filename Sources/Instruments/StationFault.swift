/// Why an instrument of the board cannot be had, in one line that says what to do.
public struct StationFault: Error, Equatable, CustomStringConvertible {
    /// The line.
    public let description: String

    init(_ description: String) { self.description = description }
}
