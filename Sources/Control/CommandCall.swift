import Dispatch
import Synchronization

/// What an order shows while it runs.
public enum CommandOutput: Equatable, Sendable {
    /// A line that stays.
    case line(String)
    /// How far it has come, 0 to 1, and what it does; replaces the one before.
    case progress(Double, String)
    /// A view of several lines; replaces the one before.
    case view([String])
}

/// One order that runs: its words, whom it answers, and whether it should end.
public final class CommandCall: Sendable {
    /// The words after the order's name.
    public let words: [String]
    /// Who gave it.
    public let session: any CommandSession
    /// Characters of a line of whoever reads the answer.
    public let columns: Int
    /// Lines that whoever reads the answer sees at once.
    public let rows: Int
    /// Whether lines can only be added, not drawn anew: views should then be short.
    public let isDumb: Bool
    /// Whether somebody is there who can be asked to do something.
    public let hasPerson: Bool

    private let output: @Sendable (CommandOutput) -> Void
    private let cancelled = Atomic<Bool>(false)
    private let waits = Atomic<Bool>(false)
    private let wakeUp = DispatchSemaphore(value: 0)

    /// A call of an order.
    ///
    /// - Parameter output: Takes what is shown while it runs; any thread.
    public init(
        words: [String], session: any CommandSession, columns: Int = 80, rows: Int = 24,
        isDumb: Bool = false, hasPerson: Bool = true,
        output: @escaping @Sendable (CommandOutput) -> Void
    ) {
        self.words = words
        self.session = session
        self.columns = columns
        self.rows = rows
        self.isDumb = isDumb
        self.hasPerson = hasPerson
        self.output = output
    }

    /// Shows a line that stays.
    public func say(_ line: String) { output(.line(line)) }

    /// Shows how far it has come.
    ///
    /// - Parameters:
    ///   - fraction: 0 to 1.
    ///   - text: What it does, in a few words.
    public func progress(_ fraction: Double, _ text: String) { output(.progress(fraction, text)) }

    /// Shows a view in place of the one before.
    public func view(_ lines: [String]) { output(.view(lines)) }

    /// Whether it should end, in the safe state.
    public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Asks it to end; any thread.
    public func cancel() {
        cancelled.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    /// Whether ``waitForEnter(_:)`` waits; any thread.
    public var waitsForEnter: Bool { waits.load(ordering: .acquiring) }

    /// Whoever gave the order pressed Enter; any thread.
    public func enter() {
        waits.store(false, ordering: .releasing)
        wakeUp.signal()
    }

    /// Says `words`, and waits until whoever gave the order presses Enter.
    ///
    /// - Returns: Whether it should go on; `false` at once if nobody is there.
    public func waitForEnter(_ words: String) -> Bool {
        guard hasPerson else { return false }
        // Before they are said: Enter may come as soon as they are read.
        waits.store(true, ordering: .releasing)
        defer { waits.store(false, ordering: .releasing) }
        say(words)
        while waitsForEnter {
            guard pause(milliseconds: 1_000) else { return false }
        }
        return !isCancelled
    }

    /// Waits; returns at once when it should end.
    ///
    /// - Returns: Whether it should go on.
    public func pause(milliseconds: Int) -> Bool {
        guard !isCancelled else { return false }
        _ = wakeUp.wait(timeout: .now() + .milliseconds(milliseconds))
        return !isCancelled
    }
}
