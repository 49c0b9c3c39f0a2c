import Foundation
import Procedures

/// A person at the terminal, who is asked to set lamp, filters and plates.
final class AskingHands: BenchHands {
    let isOrdered = false

    /// Asks; the end of the input, or q, is a no.
    func bring(
        to setting: BenchSetting, isSoon: Bool, isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Int64? {
        let when = isSoon ? "Enter, and do it within half a minute" : "Enter when ready"
        FileHandle.standardError.write(
            Data("\n  set: \(setting.words)\n  \(when), q to stop: ".utf8))
        guard let typed = Self.line(isCancelled) else { throw .cancelled }
        if typed.trimmingCharacters(in: .whitespaces).lowercased() == "q" { throw .cancelled }
        return nil
    }

    /// A line from the input; `nil` at its end, and soon after a stop is asked.
    private static func line(_ isCancelled: () -> Bool) -> String? {
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // Ends with a line, the end of the input, or a stop.
        while !isCancelled() {
            if poll(&entry, 1, 50) > 0 { return readLine() }
        }
        return nil
    }
}
