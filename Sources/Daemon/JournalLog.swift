import Glibc
import LinuxIO
public import Logging
public import RealTime

/// Writes the log to standard error, a line each: for the journal with its level in front, for people
/// with the time and the level's name.
public struct JournalLog: LogHandler {
    /// Who reads it.
    public enum Style: Sendable {
        /// systemd's journal, which has the time and the name itself.
        case journal
        /// Somebody at a terminal.
        case terminal
    }

    /// What goes with every line.
    public var metadata: Logger.Metadata = [:]
    /// What is written.
    public var logLevel: Logger.Level = .info
    private let style: Style
    private let events: EventRing?

    /// A log of `style`; what it writes is kept in `events` too.
    public init(_ style: Style, events: EventRing? = nil) {
        self.style = style
        self.events = events
    }

    /// One value that goes with every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line, in one call, so that lines of several threads do not mix.
    public func log(event: LogEvent) {
        let line = text(
            level: event.level, message: "\(event.message)",
            metadata: metadata.merging(event.metadata ?? [:]) { $1 })
        events?.note(
            event.level.rawValue,
            text(
                body: "\(event.message)", metadata: metadata.merging(event.metadata ?? [:]) { $1 }),
            time: HostClock.now.count)
        var bytes = Array(line.utf8)
        bytes.append(0x0A)
        // Standard error may be closed or full: a log is no reason to stop.
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// The line: level, message, and what goes with it as `key=value` in the order of the keys.
    func text(level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        let body = text(body: message, metadata: metadata)
        switch style {
        case .journal: return "<\(Self.priority(level))>\(body)"
        case .terminal: return "\(Self.timeOfDay()) \(level.rawValue) \(body)"
        }
    }

    /// The message, and what goes with it.
    private func text(body message: String, metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map {
            " \($0.key)=\(Self.quoted($0.value))"
        }
        return Self.flat(message) + pairs.joined()
    }

    /// syslog's number of a level.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func quoted(_ value: Logger.Metadata.Value) -> String {
        let text = flat("\(value)")
        return text.contains(" ") ? "\"\(text.replacing("\"", with: "'"))\"" : text
    }

    /// Nothing that comes from outside breaks a line or moves a cursor.
    private static func flat(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    /// `23:59:59.123`, UTC.
    private static func timeOfDay() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let second = Int(time.tv_sec) % 86_400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let thousandths = "\(1_000 + Int(time.tv_nsec) / 1_000_000)".dropFirst()
        return "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)).\(thousandths)"
    }
}
