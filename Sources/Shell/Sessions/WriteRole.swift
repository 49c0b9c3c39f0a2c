import Synchronization

/// The right to change something: one session at a time has it.
public final class WriteRole: Sendable {
    private struct State {
        weak var holder: SessionState?
    }

    private let state = Mutex(State())

    /// Nobody has it.
    public init() {}

    /// Who has it, by name.
    public var holder: String? { state.withLock { $0.holder?.name } }

    /// Gives it to `session` unless another has it; who has it then.
    func take(_ session: SessionState) -> String? {
        state.withLock { state in
            if let holder = state.holder, holder !== session { return holder.name }
            state.holder = session
            return nil
        }
    }

    /// Takes it from `session`, if it has it.
    func release(_ session: SessionState) {
        state.withLock { if $0.holder === session { $0.holder = nil } }
    }

    func isHeld(by session: SessionState) -> Bool {
        state.withLock { $0.holder === session }
    }
}
