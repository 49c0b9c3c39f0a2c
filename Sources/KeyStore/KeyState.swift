/// How far a key has come; it only ever moves forward.
public enum KeyState: String, Sendable, CaseIterable, Codable {
    /// Made here; whether the other end has it is not known.
    case pending
    /// The other end has proved that it made the same key; it does not know yet that this end did.
    case committed
    /// Both ends hold it, and this end knows. Only such a key is used.
    case available
    /// Every byte is burnt.
    case exhausted
    /// Given up before use: the other end does not hold it.
    case abandoned
    /// Its bytes were destroyed on order.
    case destroyed

    /// Whether the other end still has to say what it holds.
    public var isUnsettled: Bool { self == .pending || self == .committed }

    /// Whether no byte of it is left or will be used.
    public var isOver: Bool { self == .exhausted || self == .abandoned || self == .destroyed }

    /// The states that may follow this one.
    var successors: [KeyState] {
        switch self {
        case .pending: [.committed, .available, .abandoned, .destroyed]
        case .committed: [.available, .abandoned, .destroyed]
        case .available: [.exhausted, .destroyed]
        case .exhausted: [.destroyed]
        case .abandoned, .destroyed: []
        }
    }
}
