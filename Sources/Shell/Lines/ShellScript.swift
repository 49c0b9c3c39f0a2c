import Glibc
public import LinuxIO

/// Gives orders to a shell for a program: line by line, each with its answer.
public struct ShellScript: ~Copyable {
    /// What an order came to.
    public struct Answer: Equatable, Sendable {
        /// Whether it was done.
        public var isDone: Bool
        /// Whether the next line must be a password.
        public var wantsPassword = false
        /// Why it was not done, in lines.
        public var refusal: [String] = []
    }

    private let stream: UnixStream
    private var unread: [UInt8] = []
    private var hasSaidHello = false

    /// Connects to the shells' socket at `path`.
    public init(to path: String) throws(LinuxIOError) {
        stream = try UnixStream(to: path)
    }

    /// Gives one order and waits for its answer.
    ///
    /// - Parameters:
    ///   - isInterrupted: Looked at four times a second; Ctrl-C is sent once it is so.
    ///   - show: Takes each line of the answer as it comes.
    /// - Throws: `.closed` once the shell has ended.
    public mutating func give(
        _ line: String, isInterrupted: () -> Bool = { false }, show: (String) -> Void
    ) throws(LinuxIOError) -> Answer {
        if !hasSaidHello {
            let hello = ShellHello.text(isScript: true, isDumb: true, columns: 500, rows: 24)
            try send(Array(hello.utf8))
            hasSaidHello = true
        }
        try send(Array((line + "\n").utf8))
        var answer = Answer(isDone: false)
        var hasInterrupted = false
        // Ends with the answer's last line or with the connection.
        while true {
            if !hasInterrupted, isInterrupted() {
                hasInterrupted = true
                try send([0x03])
            }
            guard let text = try nextLine() else { continue }
            if text == "ok" || text == "failed" || text == "password" {
                answer.isDone = text != "failed"
                answer.wantsPassword = text == "password"
                return answer
            }
            if text.hasPrefix("! ") {
                answer.refusal.append(String(text.dropFirst(2)))
            } else {
                show(text.hasPrefix("  ") ? String(text.dropFirst(2)) : text)
            }
        }
    }

    private func send(_ bytes: [UInt8]) throws(LinuxIOError) {
        var rest = bytes
        // Each turn sends or waits.
        while !rest.isEmpty {
            let sent = try stream.send(rest.span.bytes)
            rest.removeFirst(sent)
            guard !rest.isEmpty else { return }
            var entries = [PollEntry(stream.descriptor, wantsInput: false, wantsOutput: true)]
            PollEntry.wait(&entries, milliseconds: 250)
        }
    }

    /// The next whole line; `nil` if none came within a quarter of a second.
    private mutating func nextLine() throws(LinuxIOError) -> String? {
        if let end = unread.firstIndex(of: 0x0A) {
            defer { unread.removeFirst(end + 1) }
            return String(decoding: unread[..<end].filter { $0 != 0x0D }, as: UTF8.self)
        }
        var entries = [PollEntry(stream.descriptor)]
        PollEntry.wait(&entries, milliseconds: 250)
        guard entries[0].isReadable else { return nil }
        var room = [UInt8](repeating: 0, count: 16_384)
        var failure: LinuxIOError?
        var count = 0
        room.withUnsafeMutableBytes { bytes in
            do throws(LinuxIOError) { count = try stream.receive(into: bytes) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        unread += room[..<count]
        return try nextLine()
    }
}
