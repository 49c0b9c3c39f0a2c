import Control
import Synchronization

/// What an order on its own thread has shown and come to, until its session takes it.
final class Outbox: Sendable {
    /// Lines that wait; a view or progress replaces the one before, so only lines can be many.
    private static let longest = 10_000

    private struct State {
        var shown: [CommandOutput] = []
        var dropped = 0
        var answer: ControlAnswer?
    }

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func show(_ output: CommandOutput) {
        state.withLock { state in
            switch (state.shown.last, output) {
            case (.progress?, .progress), (.view?, .view):
                state.shown[state.shown.count - 1] = output
            default:
                if state.shown.count < Self.longest {
                    state.shown.append(output)
                } else {
                    state.dropped += 1
                }
            }
        }
        wake()
    }

    func finish(_ answer: ControlAnswer) {
        state.withLock { $0.answer = answer }
        wake()
    }

    /// What was shown since the last time, and the answer once there is one.
    func take() -> (shown: [CommandOutput], answer: ControlAnswer?) {
        state.withLock { state in
            defer {
                state.shown = []
                state.dropped = 0
            }
            let dropped = state.dropped
            return (
                state.shown + (dropped > 0 ? [.line("(\(dropped) lines were dropped)")] : []),
                state.answer
            )
        }
    }
}
