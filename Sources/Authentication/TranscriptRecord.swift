/// What a record of the transcript is, beside its content: none of it may be exchanged unseen.
public struct TranscriptRecord: Equatable, Sendable, BitwiseCopyable {
    /// Bytes that it takes before the content: two blocks of the hash.
    public static let size = 32

    /// What the content is; the protocol's own numbers.
    public var kind: UInt8
    /// Who sent it; the protocol's own number, 0 up and 1 down in `MessageDirection`.
    public var direction: UInt8
    /// The window of slots that it belongs to, numbered from 0.
    public var window: UInt32
    /// Its number among the sender's.
    public var sequence: UInt64
    /// The session; of another one nothing may count.
    public var session: UInt64

    /// A record with every field given.
    public init(
        kind: UInt8, direction: UInt8, window: UInt32, sequence: UInt64, session: UInt64
    ) {
        self.kind = kind
        self.direction = direction
        self.window = window
        self.sequence = sequence
        self.session = session
    }
}
