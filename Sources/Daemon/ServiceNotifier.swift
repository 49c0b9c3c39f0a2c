import LinuxIO
public import Quantities

/// Tells the service manager how we are, by the protocol of `sd_notify(3)`.
public struct ServiceNotifier: ~Copyable, Sendable {
    /// A span that the watchdog allows between two words of ours; `nil` if there is no watchdog.
    public let watchdogPeriod: Picoseconds?
    private let sender: UnixDatagramSender?

    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of `environment`.
    ///
    /// Without a socket nothing is told to anybody, and that is well: it is no service.
    public init(environment: [String: String], process: Int32) {
        if let name = environment["NOTIFY_SOCKET"] {
            sender = try? UnixDatagramSender(to: name)
        } else {
            sender = nil
        }
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        // At most a day: more is no watchdog, and the product must not overflow.
        let isSensible = (1...86_400_000_000).contains(limit)
        watchdogPeriod = isForUs && isSensible ? Picoseconds(limit * 1_000_000) : nil
    }

    /// Whether somebody listens.
    public var isService: Bool { sender != nil }

    /// Says that the start is over.
    public func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.flat(status))") }

    /// Says in one line what goes on.
    public func status(_ text: String) { send("STATUS=\(Self.flat(text))") }

    /// Says that all is well; the service is killed if this is not said in time.
    public func feedWatchdog() { send("WATCHDOG=1") }

    /// Says that the end has begun.
    public func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(Self.flat(status))") }

    private func send(_ text: String) {
        // A manager that went away is no reason to stop.
        try? sender?.send(text)
    }

    private static func flat(_ text: String) -> String {
        String(text.map { $0.isNewline ? ";" : $0 })
    }
}
