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
    static func guarding<Result>(
        _ stop: @escaping @Sendable () -> Void, _ work: () throws -> Result
    ) rethrows -> Result {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
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
        return try work()
    }
}
