import Foundation

/// One line on the terminal that is written over.
final class ProgressLine {
    private let isShown: Bool
    private var hasShown = false

    init(isShown: Bool) { self.isShown = isShown }

    /// Replaces the line by `text`.
    func show(_ text: String) {
        guard isShown else { return }
        hasShown = true
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    /// Clears the line.
    func end() {
        guard hasShown else { return }
        hasShown = false
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}

/// Ctrl-C and termination, turned into a request to stop in order.
enum Interruption {
    /// Runs `work`; a first SIGINT or SIGTERM meanwhile calls `stop`, a second one ends the program.
    ///
    /// - Returns: what `work` gave, and the number of the signal that came, if one did.
    static func guarding<Result>(
        _ stop: @escaping @Sendable () -> Void, _ work: () throws -> Result
    ) rethrows -> (result: Result, signal: Int32?) {
        let received = ReceivedSignal()
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                received.number = number
                stop()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
        let result = try work()
        return (result, received.number)
    }
}

/// The last signal that came; one thread writes and another reads.
private final class ReceivedSignal: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Int32?

    var number: Int32? {
        get { lock.withLock { value } }
        set { lock.withLock { value = newValue } }
    }
}
