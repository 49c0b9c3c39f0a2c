public import Control
import Synchronization

/// What all sessions of a station share: its orders, who may give them, and who may change things.
public final class ShellHost: Sendable {
    /// How a shell behaves.
    public struct Settings: Sendable {
        /// The board's name, which is the prompt.
        public var board: String
        /// What a session begins with, in a line.
        public var greeting: String
        /// After so long without an order a session is disarmed, ms.
        public var armTime: Int64 = 300_000
        /// After so long without an order a session is logged out, ms.
        public var idleTime: Int64 = 1_800_000

        /// The settings of a station.
        public init(board: String, greeting: String) {
            self.board = board
            self.greeting = greeting
        }
    }

    /// Runs a long order beside the shell.
    public typealias Starter = @Sendable (@escaping @Sendable () -> Void) -> Void

    let settings: Settings
    let table: CommandTable
    let access: ShellAccess
    let writeRole: WriteRole
    /// Host time, ms.
    let now: @Sendable () -> Int64
    let start: Starter
    /// Brings into the safe state what an armed session may have driven.
    let makeSafe: @Sendable () -> [String]
    /// What is set but not saved, as a number of keys.
    let unsaved: @Sendable () -> Int
    /// Told what is worth a line in the log.
    let log: @Sendable (String) -> Void

    /// A host of sessions.
    ///
    /// - Parameters:
    ///   - commands: The orders; those of a session (`login`, `arm`, ...) are added.
    ///   - now: Host time, ms.
    ///   - start: Runs a long order on a thread of its own.
    ///   - makeSafe: Called when an armed session is disarmed, by whatever; says what was done.
    ///   - unsaved: How many keys are set but not saved.
    public init(
        _ settings: Settings, commands: [ControlCommand], access: ShellAccess,
        writeRole: WriteRole = WriteRole(), now: @escaping @Sendable () -> Int64,
        start: @escaping Starter, makeSafe: @escaping @Sendable () -> [String] = { [] },
        unsaved: @escaping @Sendable () -> Int = { 0 },
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.settings = settings
        self.access = access
        self.writeRole = writeRole
        self.now = now
        self.start = start
        self.makeSafe = makeSafe
        self.unsaved = unsaved
        self.log = log
        table = CommandTable(commands + SessionCommands.all(access: access, makeSafe: makeSafe))
    }
}
