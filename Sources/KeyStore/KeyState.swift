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

/// Which end of the link a store serves.
public enum StoreRole: String, Sendable, CaseIterable, Codable {
    /// The ground station, which sends in lane 0.
    case station
    /// The satellite, which sends in lane 1.
    case satellite

    /// The lane that this end sends in; it receives in the other.
    public var sendLane: Int { self == .station ? 0 : 1 }
}

/// What came of comparing a key's state with the other end's.
public enum Settlement: String, Sendable {
    /// Both ends hold it; it is available now.
    case available
    /// The other end holds it and still has to hear that this end does.
    case waits
    /// The other end does not hold it; it is abandoned and its bytes are gone.
    case abandoned
    /// It was settled before.
    case unchanged
    /// The other end denies a key that was available here; nothing was changed. Do not use it.
    case contradiction
}
