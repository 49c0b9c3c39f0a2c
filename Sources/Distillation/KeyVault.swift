public import Secrets

/// The name of a key or of a stretch of authentication key, the same on both ends: 16 bytes.
public struct KeyIdentifier: Equatable, Hashable, Sendable, BitwiseCopyable {
    /// Bytes of the name.
    public static let size = 16
    /// The first 8 bytes, lowest first.
    public var low: UInt64
    /// The last 8 bytes, lowest first.
    public var high: UInt64

    /// The name with these halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}

/// Which bits of the stock of authentication key hide a tag; sent beside it.
public struct PadReference: Equatable, Sendable, BitwiseCopyable {
    /// The stretch of key.
    public var segment: KeyIdentifier
    /// Who sends: 0 the station, 1 the satellite. Each has its own half of the stretch.
    public var lane: UInt8
    /// Where in that half the pad begins, bytes.
    public var offset: UInt64

    /// A reference with every field given.
    public init(segment: KeyIdentifier, lane: UInt8, offset: UInt64) {
        self.segment = segment
        self.lane = lane
        self.offset = offset
    }
}

/// How sure an end is that both hold a key.
public enum KeyAgreement: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// This end holds it; nothing is known of the other.
    case pending = 1
    /// The other end is known to hold the same, but not known to know that we do.
    case committed = 2
    /// Both ends hold it durably; it may be used.
    case available = 3
}

/// Why a vault did not do what was asked. Nothing was handed out.
public enum VaultFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// No authentication key is left for messages that this end sends.
    case stockEmpty
    /// The pad named is not in the stock or was burnt.
    case padUnknown
    /// The key is not there, or not in a state from which this step leads.
    case keyState
    /// The store or the generator failed.
    case storage
}

/// Where keys and pads are kept, with the rule that makes them safe: durable first, used then.
///
/// For users: a value that was handed out counts as spent, whatever happens after.
/// For implementers: every mutating call but ``random(_:)`` returns only after its effect would
/// survive a loss of power.
public protocol KeyVault {
    /// Fills `bytes` from the operating system's generator.
    mutating func random(_ bytes: UnsafeMutableRawBufferPointer) throws(VaultFault)

    /// The two recycled hash keys of this pair of ends, 16 bytes each, copied into `keys`.
    func hashKeys(into keys: UnsafeMutableRawBufferPointer) throws(VaultFault)

    /// Burns the next pad for messages that this end sends, and hands it out.
    mutating func takePad(
        into pad: UnsafeMutableRawBufferPointer
    ) throws(VaultFault) -> PadReference

    /// Lets `isGenuine` see a pad of the other end that has not been burnt, and burns it and all
    /// before it in its lane if the message is genuine. A forged one burns nothing, so that nobody
    /// can spend the stock from outside.
    ///
    /// - Parameter count: Bytes of the pad.
    /// - Returns: What `isGenuine` said.
    mutating func acceptPad(
        _ reference: PadReference, count: Int, isGenuine: (UnsafeRawBufferPointer) -> Bool
    ) throws(VaultFault) -> Bool

    /// Takes in a key.
    mutating func keep(
        _ key: borrowing SecretBytes, as state: KeyAgreement, record: DistilledKey
    ) throws(VaultFault)

    /// Moves a key on to `state`.
    mutating func advance(_ key: KeyIdentifier, to state: KeyAgreement) throws(VaultFault)

    /// Up to `limit` keys that are pending or committed, the oldest first.
    func unsettled(limit: Int) throws(VaultFault) -> [KeyIdentifier]

    /// What this end holds under the name `key`.
    func standing(of key: KeyIdentifier) throws(VaultFault) -> KeyStanding

    /// Brings a key to where it belongs, now that the other end has said under a tag that it holds
    /// `peer`; a key that is settled or not here stays as it is.
    ///
    /// A pending key becomes available if the other end holds it (committed, available,
    /// exhausted), a committed one too; else it is abandoned. Only a committed key that is pending
    /// at the other end waits: that end becomes available when it hears of this one.
    mutating func settle(_ key: KeyIdentifier, peer: KeyStanding) throws(VaultFault)
}

/// What is known of a key besides its bytes.
public struct DistilledKey: Equatable, Sendable, BitwiseCopyable {
    /// Its name.
    public var identifier: KeyIdentifier
    /// The pass.
    public var session: UInt32
    /// The window of the pass.
    public var window: UInt32
    /// Bytes of the key.
    public var byteCount: Int
    /// Bytes at its front that go to the stock of authentication key, for each of two lanes.
    public var padBytesPerLane: Int
    /// Sifted bits of the key basis it was made from.
    public var siftedBits: Int
    /// Bits that error correction disclosed.
    public var disclosedBits: Int
    /// Disclosed bits over the least that the errors would have needed, f; `nil` at the satellite,
    /// which does not learn the errors.
    public var efficiency: Double?
    /// The proof.
    public var proof: ProofParameters

    /// A record with every field given.
    public init(
        identifier: KeyIdentifier, session: UInt32, window: UInt32, byteCount: Int,
        padBytesPerLane: Int, siftedBits: Int, disclosedBits: Int,
        efficiency: Double? = nil, proof: ProofParameters
    ) {
        self.identifier = identifier
        self.session = session
        self.window = window
        self.byteCount = byteCount
        self.padBytesPerLane = padBytesPerLane
        self.siftedBits = siftedBits
        self.disclosedBits = disclosedBits
        self.efficiency = efficiency
        self.proof = proof
    }
}
