/// What a trusted node publishes so that two ends, each with a key it shares with the node, come
/// to share one: the XOR of two ranges of those keys, which tells nothing without either.
///
/// The node knows the new key. Numbers are little-endian (docs/key-store.md).
public struct RelayAnnouncement: Equatable, Sendable {
    static let magic = Array("LODESRLY".utf8)
    static let version: UInt8 = 1
    static let fixedSize = 16 + 16 + 8 + 2 * 32 + 4
    /// Bytes of each tag.
    static let tagBytes = OneTimePadTag.padBytes

    /// The name of the new key.
    public var id: KeyID
    /// Range of the first end's key: hash key, pad, then the new key itself.
    public var first: KeyRange
    /// Range of the second end's key, as long.
    public var second: KeyRange
    /// The node, which knows the new key.
    public var relay: String
    /// The end that sends in lane 0 of the new key.
    public var firstName: String
    /// The end that sends in lane 1.
    public var secondName: String
    /// Whether either of the keys was simulated.
    public var isSimulated: Bool
    /// New key XOR the second range, after its hash key and pad.
    public internal(set) var difference: [UInt8]
    /// Tags under the first and the second range.
    var tags: [UInt8]

    /// Bytes of the new key.
    public var byteCount: Int { difference.count }

    /// Why an announcement cannot be used.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Not the beginning of one.
        case notAnAnnouncement
        /// Of a later program.
        case version(UInt8)
        /// Cut off, or fields that contradict each other.
        case malformed
        /// Neither of its keys is in this store.
        case notForThisStore(first: KeyID, second: KeyID)
        /// Changed on the way, or not from the node.
        case forged

        /// What happened and what to do.
        public var description: String {
            switch self {
            case .notAnAnnouncement: "this is no relay announcement of Lodestar"
            case .version(let version):
                "this announcement has version \(version) of the format; this program knows "
                    + "version \(RelayAnnouncement.version)"
            case .malformed: "this announcement is cut off or damaged; fetch it again"
            case .notForThisStore(let first, let second):
                "this announcement is about keys \(first) and \(second); this store has neither"
            case .forged:
                "the tag is wrong: the announcement was changed, or does not come from the node. "
                    + "No key was burnt; fetch it again"
            }
        }
    }

    /// What the tags cover.
    var body: [UInt8] {
        var bytes = Self.magic + [Self.version, isSimulated ? 1 : 0, 0, 0, 0, 0, 0, 0] + id.bytes
        Self.add(byteCount, to: &bytes)
        for range in [first, second] {
            bytes += range.id.bytes
            Self.add(range.lane, to: &bytes)
            Self.add(range.offset, to: &bytes)
        }
        let names = [relay, firstName, secondName].map { Array($0.utf8) }
        bytes += names.map { UInt8($0.count) } + [0]
        for name in names { bytes += name }
        return bytes + difference
    }

    /// The announcement as a file.
    public var bytes: [UInt8] { body + tags }

    private static func add(_ number: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(number).littleEndian) { bytes += $0 }
    }

    init(
        id: KeyID, first: KeyRange, second: KeyRange, relay: String, firstName: String,
        secondName: String, isSimulated: Bool
    ) {
        self.id = id
        self.first = first
        self.second = second
        self.relay = relay
        self.firstName = firstName
        self.secondName = secondName
        self.isSimulated = isSimulated
        difference = []
        tags = []
    }

    /// Reads an announcement; what it says is not yet checked against any key.
    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.starts(with: Self.magic) else { throw .notAnAnnouncement }
        guard bytes.count > Self.fixedSize else { throw .malformed }
        guard bytes[8] == Self.version else { throw .version(bytes[8]) }
        func number(_ at: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
        }
        let count = number(32)
        let lengths = bytes[104..<107].map(Int.init)
        let difference = Self.fixedSize + lengths.reduce(0, +)
        guard bytes[9] <= 1, bytes[10..<16].allSatisfy({ $0 == 0 }), bytes[107] == 0,
            count >= 1, count <= UInt64(bytes.count),
            bytes.count == difference + Int(count) + 2 * Self.tagBytes,
            let id = KeyID(bytes[16..<32]),
            let first = Self.range(bytes[40..<56], lane: number(56), offset: number(64), count),
            let second = Self.range(bytes[72..<88], lane: number(88), offset: number(96), count)
        else { throw .malformed }
        var at = Self.fixedSize
        let names = lengths.map { length in
            defer { at += length }
            return String(validating: bytes[at..<(at + length)], as: UTF8.self)
        }
        guard let relay = names[0], let firstName = names[1], let secondName = names[2] else {
            throw .malformed
        }
        self.init(
            id: id, first: first, second: second, relay: relay, firstName: firstName,
            secondName: secondName, isSimulated: bytes[9] == 1)
        self.difference = Array(bytes[difference..<(difference + Int(count))])
        tags = Array(bytes.suffix(2 * Self.tagBytes))
    }

    private static func range(
        _ id: ArraySlice<UInt8>, lane: UInt64, offset: UInt64, _ count: UInt64
    ) -> KeyRange? {
        guard let id = KeyID(id), lane <= 1, offset <= UInt64(Int.max) else { return nil }
        return KeyRange(
            id: id, lane: Int(lane), offset: Int(offset), count: Int(count) + OneTimePad.overhead)
    }
}
