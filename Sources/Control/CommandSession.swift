/// What somebody may do.
public enum CommandRole: String, Comparable, CaseIterable, Sendable {
    /// Look at what is no secret of the station's work.
    case none
    /// Calibrate and watch detectors; change settings.
    case technician
    /// Everything a shell can do.
    case engineer

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether `first` may do less than `second`.
    public static func < (first: Self, second: Self) -> Bool { first.rank < second.rank }
}

/// Who gives an order, and what was allowed to them so far.
///
/// - Note: For implementers: long orders call it from threads of their own.
public protocol CommandSession: AnyObject, Sendable {
    /// Who it is, for others to read: `serial:/dev/ttyS0`.
    var name: String { get }
    /// What it may do.
    var role: CommandRole { get }
    /// Whether dangerous orders are allowed now.
    var isArmed: Bool { get }
    /// Why this session may not change anything now; `nil` if it may, and then it alone.
    func takeWriteRole() -> String?
}

/// The session of one order at the control socket: whoever may open it may do what it offers.
final class ControlSession: CommandSession {
    let name = "control socket"
    let role = CommandRole.engineer
    let isArmed = false
    func takeWriteRole() -> String? { nil }
}
