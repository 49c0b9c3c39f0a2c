/// One alarm: what was seen, what was to be expected, and by what chance it would be so.
public struct MonitorAlarm: Equatable, Sendable, BitwiseCopyable {
    /// What it is about.
    public var kind: MonitorKind
    /// Detector 0 to 3 or basis 0 to 1; 0 where all are watched together.
    public var lane: UInt8
    /// What was seen, in the unit of the monitor: counts, ps, or a share.
    public var seen: Double
    /// The outermost value that was to be expected.
    public var expected: Double
    /// Natural logarithm of the bound on its chance.
    public var chance: Double
    /// What it does.
    public var effect: MonitorEffect
}

/// What the monitors made of one epoch.
public struct EpochVerdict: Sendable, BitwiseCopyable {
    /// Most alarms that one epoch can give.
    static let capacity = 41
    private var alarms: InlineArray<41, MonitorAlarm> = InlineArray(
        repeating: MonitorAlarm(
            kind: .rateCeiling, lane: 0, seen: 0, expected: 0, chance: 0, effect: .flag))
    /// Alarms of this epoch.
    public private(set) var count = 0

    /// No alarm.
    public init() {}

    /// Alarm number `index`, below ``count``.
    public subscript(index: Int) -> MonitorAlarm {
        precondition(index >= 0 && index < count)
        return alarms[index]
    }

    /// Whether there was an alarm of `kind`.
    public func contains(_ kind: MonitorKind) -> Bool {
        for i in 0..<count where alarms[i].kind == kind { return true }
        return false
    }

    /// The gravest effect of this epoch's alarms; `nil` without an alarm.
    public var effect: MonitorEffect? {
        guard count > 0 else { return nil }
        var gravest = MonitorEffect.flag
        for i in 0..<count where alarms[i].effect.rawValue > gravest.rawValue {
            gravest = alarms[i].effect
        }
        return gravest
    }

    mutating func append(_ alarm: MonitorAlarm) {
        guard count < Self.capacity else { return }
        alarms[count] = alarm
        count += 1
    }
}
