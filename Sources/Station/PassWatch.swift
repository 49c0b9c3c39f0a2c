public import FaultyDrivers
import PassControl
public import RealTime

/// What somebody outside of a pass sees of it while it runs, and what they may do to it.
public struct PassWatch: Sendable {
    /// Counts of what passes.
    public var live: LiveCounts
    /// Faults on order; `nil` where the board allows none.
    public var faults: FaultOrders?
    /// Whether a simulated pass takes as long as a real one; otherwise it is as fast as it can be.
    public var isPaced = false
    /// Told what goes into the report: how grave it is, and what happened.
    public var note: @Sendable (_ level: String, _ text: String) -> Void

    /// A watch of a pass.
    public init(
        live: LiveCounts, faults: FaultOrders? = nil,
        note: @escaping @Sendable (_ level: String, _ text: String) -> Void = { _, _ in }
    ) {
        self.live = live
        self.faults = faults
        self.note = note
    }
}

/// The phases of aiming, for those who show them.
public enum AimingPhases {
    /// Their names, in the order of ``LiveCounts/Scalar/pointingPhase``.
    public static var names: [String] { PassPhase.all.map(\.name) }
}
