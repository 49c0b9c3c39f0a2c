/// Where a key comes from, so that anyone can judge it later. No secret.
public struct Provenance: Codable, Equatable, Sendable {
    /// Session that made it.
    public var session: UInt64
    /// Number of the declared window within the session.
    public var window: Int
    /// Proof that the length follows from, as `lodestar keylength` names it.
    public var method: String
    /// Secrecy parameter, 0 to 1.
    public var epsilonSecrecy: Double
    /// Correctness parameter, 0 to 1.
    public var epsilonCorrectness: Double
    /// Bits of the key before they were cut to whole bytes.
    public var secretBits: Int
    /// Sifted bits of the key basis that it was made from.
    public var siftedBits: Int
    /// Bits disclosed over what the Shannon limit asks, f.
    public var reconciliationEfficiency: Double
    /// Disclosed bits by what disclosed them.
    public var leaks: [String: Int]
    /// The trusted node that knows this key too, if it was relayed.
    public var relayedBy: String?
    /// The two keys that a relayed key was made from, as UUIDs.
    public var relayedKeys: [String]?

    /// The provenance of a key made in a pass.
    public init(
        session: UInt64 = 0, window: Int = 0, method: String, epsilonSecrecy: Double = 0,
        epsilonCorrectness: Double = 0, secretBits: Int, siftedBits: Int = 0,
        reconciliationEfficiency: Double = 0, leaks: [String: Int] = [:],
        relayedBy: String? = nil, relayedKeys: [String]? = nil
    ) {
        self.session = session
        self.window = window
        self.method = method
        self.epsilonSecrecy = epsilonSecrecy
        self.epsilonCorrectness = epsilonCorrectness
        self.secretBits = secretBits
        self.siftedBits = siftedBits
        self.reconciliationEfficiency = reconciliationEfficiency
        self.leaks = leaks
        self.relayedBy = relayedBy
        self.relayedKeys = relayedKeys
    }
}
