public import Control
import Synchronization

/// What one session may do now, as its orders and its shell both see it.
public final class SessionState: CommandSession {
    /// Who it is: `serial:/dev/ttyS0`, `socket of user 1000`.
    public let name: String
    private let access: ShellAccess
    private let writeRole: WriteRole
    private let state: Mutex<State>

    private struct State {
        var role: CommandRole
        var isArmed = false
        /// Errors since `batch start`; `nil` outside of a batch.
        var batchErrors: Int?
        /// The role that waits for its password.
        var awaited: CommandRole?
        var isEnding = false
        var columns = 80
        var rows = 24
        var isDumb = false
    }

    /// A session that nobody has logged in to.
    init(name: String, access: ShellAccess, writeRole: WriteRole) {
        self.name = name
        self.access = access
        self.writeRole = writeRole
        state = Mutex(State(role: access.needsLogin ? .none : .engineer))
    }

    /// What it may do.
    public var role: CommandRole { state.withLock { $0.role } }
    /// Whether dangerous orders are allowed now.
    public var isArmed: Bool { state.withLock { $0.isArmed } }
    /// Whether it is in a batch: checks of several keys together wait for its end.
    public var isInBatch: Bool { state.withLock { $0.batchErrors != nil } }

    /// Takes the write role if nobody else has it; why not, if somebody has.
    public func takeWriteRole() -> String? {
        writeRole.take(self).map {
            "\($0) holds the write role; look on, or ask for a logout there"
        }
    }

    var isEnding: Bool { state.withLock { $0.isEnding } }
    var isAwaitingPassword: Bool { state.withLock { $0.awaited != nil } }
    var terminal: (columns: Int, rows: Int, isDumb: Bool) {
        state.withLock { ($0.columns, $0.rows, $0.isDumb) }
    }

    func setTerminal(columns: Int? = nil, rows: Int? = nil, isDumb: Bool? = nil) {
        state.withLock {
            $0.columns = min(max(columns ?? $0.columns, 20), 500)
            $0.rows = min(max(rows ?? $0.rows, 4), 500)
            $0.isDumb = isDumb ?? $0.isDumb
        }
    }

    func arm() { state.withLock { $0.isArmed = true } }

    /// Whether it was armed.
    @discardableResult
    func disarm() -> Bool {
        state.withLock { state in
            defer { state.isArmed = false }
            return state.isArmed
        }
    }

    func end() { state.withLock { $0.isEnding = true } }

    /// Asks for the password of `role` next.
    func awaitPassword(for role: CommandRole) { state.withLock { $0.awaited = role } }

    /// The role that was asked for, once.
    func takeAwaited() -> CommandRole? {
        state.withLock { $0.awaited.take() }
    }

    func login(as role: CommandRole) { state.withLock { $0.role = role } }

    /// Back to what nobody needs a password for; the write role is free again.
    func logout() {
        writeRole.release(self)
        state.withLock {
            $0.role = access.needsLogin ? .none : .engineer
            $0.isArmed = false
            $0.batchErrors = nil
        }
    }

    func beginBatch() { state.withLock { $0.batchErrors = 0 } }

    /// Errors of the batch that ends; `nil` if there was none.
    func endBatch() -> Int? { state.withLock { $0.batchErrors.take() } }

    func countBatchError() {
        state.withLock { $0.batchErrors = $0.batchErrors.map { $0 + 1 } }
    }
}
