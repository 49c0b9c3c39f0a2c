/// One order to the station.
public enum PassAction: UInt8, Sendable, BitwiseCopyable {
    /// Shutters closed now; they stay so whatever else asks.
    case closeShutters
    /// The uplink laser off now.
    case inhibitLaser
    /// Photons no longer become key.
    case endKey
    /// The mirror's loop opens and the mirror goes to its middle.
    case openFineLoop
    /// The ladder lets go of the mount; its sightings no longer count.
    case stopLadder
    /// The ladder begins at its foot, keeping what it learnt of the prediction.
    case startLadder
    /// The mount stands still.
    case stopMount
    /// The mount is left alone.
    case restMount
    /// The mount goes to the first set point of the plan.
    case slewMount
    /// The mount follows the plan.
    case followTrack
    /// The mount goes to its park position.
    case parkMount
    /// The mirror's loop closes.
    case closeFineLoop
    /// The uplink laser may go on, if its interlock lets it.
    case requestLaser
    /// The shutters may open, if their interlock lets them.
    case permitShutters
    /// Photons may become key, where the key gate finds the pointing good.
    case beginKey
}

/// The orders of one step, what makes safe first.
public struct PassActionList: Sendable {
    /// Most orders of a step: one for each of the six fields of ``PassPosture`` and one for a
    /// ladder that begins anew.
    public static let capacity = 8

    private var actions = InlineArray<8, PassAction>(repeating: .closeShutters)
    /// How many orders.
    public private(set) var count = 0

    /// One order; `index` from 0 up to ``count``.
    public subscript(index: Int) -> PassAction {
        precondition(index >= 0 && index < count)
        return actions[index]
    }

    /// Whether an order is among them.
    public func contains(_ action: PassAction) -> Bool {
        for index in 0..<count where actions[index] == action { return true }
        return false
    }

    mutating func add(_ action: PassAction, if isNeeded: Bool) {
        guard isNeeded else { return }
        actions[count] = action
        count += 1
    }

    /// What leads from one posture to another.
    ///
    /// - Parameter isAnew: Whether the ladder begins at its foot even if it was on.
    init(from old: PassPosture, to new: PassPosture, isAnew: Bool) {
        add(.closeShutters, if: old.mayShuttersOpen && !new.mayShuttersOpen)
        add(.inhibitLaser, if: old.isLaserWanted && !new.isLaserWanted)
        add(.endKey, if: old.isKeyOn && !new.isKeyOn)
        add(.openFineLoop, if: old.isFineLoopClosed && !new.isFineLoopClosed)
        add(.stopLadder, if: old.isLadderOn && !new.isLadderOn)
        if old.mount != new.mount { add(Self.order(new.mount), if: true) }
        add(.startLadder, if: new.isLadderOn && (isAnew || !old.isLadderOn))
        add(.closeFineLoop, if: !old.isFineLoopClosed && new.isFineLoopClosed)
        add(.requestLaser, if: !old.isLaserWanted && new.isLaserWanted)
        add(.permitShutters, if: !old.mayShuttersOpen && new.mayShuttersOpen)
        add(.beginKey, if: !old.isKeyOn && new.isKeyOn)
    }

    /// No order.
    init() {}

    private static func order(_ mount: MountOrder) -> PassAction {
        switch mount {
        case .rest: .restMount
        case .slew: .slewMount
        case .follow: .followTrack
        case .park: .parkMount
        case .stop: .stopMount
        }
    }
}
