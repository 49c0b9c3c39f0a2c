/// Which end of the link a store serves.
public enum StoreRole: String, Sendable, CaseIterable, Codable {
    /// The ground station, which sends in lane 0.
    case station
    /// The satellite, which sends in lane 1.
    case satellite

    /// The lane that this end sends in; it receives in the other.
    public var sendLane: Int { self == .station ? 0 : 1 }
}
