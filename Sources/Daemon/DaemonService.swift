public import Control

/// Something that serves people beside the control socket, on a thread of its own.
public protocol DaemonService: Sendable {
    /// The name of its thread.
    var name: String { get }
    /// Makes what it serves at; before any pass.
    ///
    /// - Parameter orders: What may be ordered of the daemon.
    func open(orders: [ControlCommand]) throws
    /// Serves until ``stop()``.
    ///
    /// - Parameter beat: To be called at least once a second.
    func run(beat: () -> Void)
    /// Ends ``run(beat:)`` soon; any thread.
    func stop()
}
