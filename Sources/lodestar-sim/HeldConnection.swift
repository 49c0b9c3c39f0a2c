import LinuxIO

/// A connection on its way to its thread, which takes it once.
final class HeldConnection: @unchecked Sendable {
    private var connection: TCPConnection?

    init(_ connection: consuming TCPConnection) { self.connection = consume connection }

    func take() -> TCPConnection? { connection.take() }
}
