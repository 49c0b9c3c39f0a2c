public import Tracking

/// Something that happened to a pass.
public struct PassEvent: Equatable, Sendable, BitwiseCopyable {
    /// What can happen.
    public enum Kind: Equatable, Sendable, BitwiseCopyable {
        /// The pass is to begin, and ends at this time, ps.
        case start(until: Int64)
        /// Time went on; feed several per second.
        case tick
        /// The mount stands where the pass begins.
        case mountReady
        /// The coarse camera has the beacon.
        case coarseAcquired
        /// The coarse camera lost it, and the fine one has it not.
        case coarseLost
        /// The fine camera has it.
        case fineAcquired
        /// The fine camera lost it.
        case fineLost
        /// The classical link and the clock are ready for key.
        case linkUp
        /// One of the two no longer is.
        case linkDown
        /// The mount fails; and works again.
        case mountFailed
        case mountRecovered
        /// The fine camera fails; and works again.
        case cameraFailed
        case cameraRecovered
        /// The mirror fails; and works again.
        case mirrorFailed
        case mirrorRecovered
        /// The telescope looks too near the Sun, or nobody knows; and no longer.
        case sunTooNear
        case sunClear
        /// The detectors count more than they stand; and the latch was taken off.
        case ratesTooHigh
        case ratesCleared
        /// The operator ends the pass in good order.
        case stop
        /// The operator stops everything where it is.
        case emergencyStop
        /// The operator takes the emergency stop off.
        case reset
        /// The mount is at rest in its park position.
        case mountParked
    }

    /// When, ps.
    public var time: Int64
    /// What.
    public var kind: Kind

    /// An event with both fields given.
    public init(_ kind: Kind, at time: Int64) {
        self.kind = kind
        self.time = time
    }

    /// What a change on the ladder means for the pass; `nil` if it means nothing to it.
    public init?(ladder event: LadderEvent, at time: Int64) {
        switch event {
        case .coarseAcquired: self.init(.coarseAcquired, at: time)
        case .coarseLost: self.init(.coarseLost, at: time)
        case .fineAcquired: self.init(.fineAcquired, at: time)
        case .fineLost: self.init(.fineLost, at: time)
        case .searchStarted, .searchExhausted, .coarseSettled: return nil
        }
    }

    /// What the mount's supervisor found; `nil` while nothing changes.
    public init?(mount health: MountHealth, at time: Int64) {
        switch health {
        case .failed: self.init(.mountFailed, at: time)
        case .recovered: self.init(.mountRecovered, at: time)
        case .sound, .doubtful, .failing: return nil
        }
    }
}

/// Why a pass went from one phase to another.
public enum PassReason: UInt8, Sendable, BitwiseCopyable {
    case ordered, mountReady, slewOverdue, coarseAcquired, coarseLost, coarseOverdue
    case fineAcquired, fineLost, linkUp, linkDown, linkOverdue
    case fadeOverdue, reacquireOverdue, nothingFound
    case mountFailed, mountRecovered, cameraFailed, mirrorFailed
    case sunTooNear, ratesTooHigh, ratesCleared
    case passEnded, stopped, emergencyStop, reset, parked, parkOverdue, safeOverdue
}

/// One line of the log of a pass.
public struct PassTransition: Equatable, Sendable, BitwiseCopyable {
    /// When, ps.
    public var time: Int64
    /// The phase that ended.
    public var from: PassPhase
    /// The phase that began; the same where only a limit of time was reported.
    public var to: PassPhase
    /// Why.
    public var reason: PassReason
}
