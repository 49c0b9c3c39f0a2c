public import Control
public import Quantities
public import RealTime

/// How the daemon is run.
public struct DaemonSettings: Sendable {
    /// The board file, which must stay where it is.
    public var boardPath: String
    /// The board's name.
    public var boardName: String
    /// Where orders are taken.
    public var controlPath = "/run/lodestar/control"
    /// Whose members may give orders, beside the owner.
    public var controlGroup = "lodestar"
    /// Where lock and state lie.
    public var statePath = "/var/lib/lodestar"
    /// What memory is held; `nil` leaves it to the kernel.
    public var memory: MemoryLock? = MemoryLock()
    /// Whether processors are kept from sleeping deeply.
    public var keepsProcessorsAwake = false
    /// Memory for the loops, bytes: counters take 36 KiB a rate group.
    public var arenaByteCount = 4 << 20
    /// Orders beside those of the daemon itself.
    public var moreOrders: [ControlCommand] = []
    /// The thread that looks after the rest.
    public var housekeeping = ThreadSettings(name: "housekeeping")
    /// Time between two rounds of it.
    public var housekeepingPeriod = Picoseconds(100_000_000_000)
    /// The program of the guarding process: as a rule this one.
    public var guardPath = "/proc/self/exe"
    /// Its arguments, its name first; empty for no guarding process.
    public var guardArguments: [String] = []
    /// How long a pass may take to end in order.
    public var passGrace = Picoseconds.seconds(15)

    /// The settings of a service.
    public init(boardPath: String, boardName: String) {
        self.boardPath = boardPath
        self.boardName = boardName
    }
}
