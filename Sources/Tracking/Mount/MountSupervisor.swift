public import Quantities

/// What is wrong with a mount.
public enum MountFault: UInt8, Error, Sendable, BitwiseCopyable {
    /// It has not answered for too long.
    case silent
    /// It answers what is no direction or lies outside its range.
    case garbage
    /// It is suddenly where it cannot have got to.
    case jumped
    /// It does not move although it is told to.
    case stuck
}

/// What a reading of the mount means.
public enum MountHealth: Equatable, Sendable {
    /// As it should be.
    case sound
    /// Not to be used, but it may be a slip: no fault yet.
    case doubtful
    /// A fault began with this reading.
    case failed(MountFault)
    /// A fault goes on.
    case failing(MountFault)
    /// Readings make sense again after a fault of this kind.
    case recovered(MountFault)
}

/// Watches what a mount answers, so that no wrong reading steers it.
///
/// Feed it every answer and every silence. Its last good reading, carried on at the last good
/// rates, stands in while the mount fails.
public struct MountSupervisor: Sendable {
    /// What a mount may do before it counts as faulty.
    public struct Limits: Equatable, Sendable, BitwiseCopyable {
        /// Longest time without a good answer, ps.
        public var silence: Int64
        /// Wrong readings in a row that make a fault, 1 or more.
        public var slips: Int64
        /// Sound readings in a row that end a fault, 1 or more.
        public var recovery: Int64
        /// What two readings may differ by beside the highest rate times the time, rad.
        public var slack: Double
        /// Error between command and reading above which a mount must move, rad.
        public var stuckError: Double
        /// How long it may stand still with such an error, ps.
        public var stuckTime: Int64

        /// Limits that fit readings at 5 to 50 Hz.
        public init(
            silence: Int64 = 500_000_000_000, slips: Int64 = 3, recovery: Int64 = 5,
            slack: Double = 2e-3, stuckError: Double = 10e-3, stuckTime: Int64 = 1_000_000_000_000
        ) {
            self.silence = silence
            self.slips = slips
            self.recovery = recovery
            self.slack = slack
            self.stuckError = stuckError
            self.stuckTime = stuckTime
        }
    }

    private let mount: MountLimits
    private let limits: Limits
    /// The fault that goes on, if one does.
    public private(set) var fault: MountFault?
    /// Faults since the start.
    public private(set) var faults: Int64 = 0
    /// Readings that were not used.
    public private(set) var rejected: Int64 = 0
    /// The last good reading, if there was one.
    public private(set) var lastGood: SkyDirection?
    /// Its time, ps.
    public private(set) var lastGoodTime: Int64 = 0
    private var rates = AxisRates.zero
    private var slips: Int64 = 0
    private var candidate: SkyDirection?
    private var candidateTime: Int64 = 0
    private var sound: Int64 = 0
    private var startTime: Int64?
    private var movedTime: Int64 = 0
    private var movedPlace: SkyDirection?
    private var faultTime: Int64 = 0

    /// A supervisor that has heard nothing yet.
    public init(mount: MountLimits, limits: Limits = Limits()) {
        self.mount = mount
        self.limits = limits
    }

    /// Takes one answer, or none.
    ///
    /// - Parameters:
    ///   - reading: What the mount answered; `nil` when it did not.
    ///   - time: When it was true, ps; not before that of the call before.
    ///   - commanded: Where the mount should be, if it is driven: tells a stuck one.
    public mutating func take(
        _ reading: SkyDirection?, at time: Int64, commanded: SkyDirection? = nil
    ) -> MountHealth {
        if startTime == nil {
            startTime = time
            movedTime = time
        }
        guard let reading else {
            let silentSince = lastGood == nil ? startTime ?? time : lastGoodTime
            guard time &- silentSince > limits.silence else {
                return fault.map { .failing($0) } ?? .doubtful
            }
            return fail(.silent, time)
        }
        guard isPossible(reading) else { return slip(.garbage, time) }
        if let lastGood, fault == nil, !isNear(reading, at: time, lastGood, lastGoodTime) {
            defer { remember(reading, time) }
            return slip(.jumped, time)
        }
        return accept(reading, time, commanded)
    }

    /// Where the mount probably is: the last good reading carried on, `nil` before the first.
    ///
    /// Carried on for at most ten times the longest silence.
    public func estimate(at time: Int64) -> SkyDirection? {
        guard let lastGood else { return nil }
        let way = min(max(time &- lastGoodTime, 0), 10 &* limits.silence)
        let seconds = Double(way) * 1e-12
        return SkyDirection(
            azimuth: lastGood.azimuth + rates.azimuth * seconds,
            elevation: lastGood.elevation + rates.elevation * seconds)
    }

    private func isPossible(_ reading: SkyDirection) -> Bool {
        reading.azimuth >= mount.azimuthLowest - limits.slack
            && reading.azimuth <= mount.azimuthHighest + limits.slack
            && reading.elevation >= mount.elevationLowest - limits.slack
            && reading.elevation <= mount.elevationHighest + limits.slack
    }

    private func isNear(
        _ reading: SkyDirection, at time: Int64, _ other: SkyDirection, _ otherTime: Int64
    ) -> Bool {
        let seconds = max(Double(time &- otherTime) * 1e-12, 0)
        return abs(reading.azimuth - other.azimuth) <= mount.azimuthRate * seconds + limits.slack
            && abs(reading.elevation - other.elevation)
                <= mount.elevationRate * seconds + limits.slack
    }

    private mutating func remember(_ reading: SkyDirection, _ time: Int64) {
        candidate = reading
        candidateTime = time
    }

    private mutating func slip(_ kind: MountFault, _ time: Int64) -> MountHealth {
        rejected &+= 1
        slips &+= 1
        sound = 0
        if let fault { return .failing(fault) }
        return slips >= limits.slips ? fail(kind, time) : .doubtful
    }

    private mutating func fail(_ kind: MountFault, _ time: Int64) -> MountHealth {
        sound = 0
        if let fault { return .failing(fault) }
        fault = kind
        faultTime = time
        faults &+= 1
        return .failed(kind)
    }

    /// Takes a possible reading; during a fault only as the next of a row that hangs together.
    private mutating func accept(
        _ reading: SkyDirection, _ time: Int64, _ commanded: SkyDirection?
    ) -> MountHealth {
        if let fault {
            let follows = candidate.map { isNear(reading, at: time, $0, candidateTime) } ?? true
            sound = follows ? sound &+ 1 : 0
            remember(reading, time)
            // A stuck mount that nobody drives looks sound: it is tried again after a while.
            let isDue = fault != .stuck || time &- faultTime > limits.stuckTime
            guard sound >= limits.recovery, isDue else { return .failing(fault) }
            self.fault = nil
            rates = .zero
            slips = 0
            movedTime = time
            movedPlace = reading
            lastGood = reading
            lastGoodTime = time
            return .recovered(fault)
        }
        slips = 0
        noteMotion(reading, time)
        if isStuck(reading, time, commanded) {
            remember(reading, time)
            return fail(.stuck, time)
        }
        lastGood = reading
        lastGoodTime = time
        return .sound
    }

    private mutating func noteMotion(_ reading: SkyDirection, _ time: Int64) {
        // By more than the encoders' noise.
        if movedPlace.map({ SkyAngle.between($0, reading) > limits.slack }) ?? true {
            movedPlace = reading
            movedTime = time
        }
        guard let lastGood, time > lastGoodTime else { return }
        let seconds = Double(time &- lastGoodTime) * 1e-12
        rates = AxisRates(
            azimuth: (reading.azimuth - lastGood.azimuth) / seconds,
            elevation: (reading.elevation - lastGood.elevation) / seconds)
    }

    private mutating func isStuck(
        _ reading: SkyDirection, _ time: Int64, _ commanded: SkyDirection?
    ) -> Bool {
        guard let commanded, SkyAngle.between(commanded, reading) > limits.stuckError else {
            // Where it should be, or driven by nobody: it need not move.
            movedTime = time
            return false
        }
        return time &- movedTime > limits.stuckTime
    }
}
