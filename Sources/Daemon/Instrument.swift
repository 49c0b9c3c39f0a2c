/// An instrument as the daemon knows it: opened at the start, made safe and closed at the end.
///
/// - Note: For users: ``makeSafe()`` is allowed in any state and any number of times.
/// - Note: For implementers: calls come from one thread at a time, but not always the same one;
///   ``status`` comes from others at any moment.
public protocol Instrument: Sendable {
    /// The name in the board.
    var name: String { get }
    /// One line about how it is, for people.
    var status: String { get }
    /// Finds it and takes it over; it is left in its safe state.
    func open() throws
    /// Brings it into its safe state; what could not be done is returned.
    func makeSafe() -> [SafeStateFault]
    /// Lets it go.
    func close()
}
