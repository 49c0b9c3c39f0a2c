public import Secrets

/// Secret bytes that were burnt in the store before they were handed out.
public struct KeyGrant: ~Copyable {
    /// Which they are; the other end needs this to find its own.
    public let range: KeyRange
    /// The bytes, which exist nowhere else at this end.
    public let bytes: SecretBytes

    init(range: KeyRange, bytes: consuming SecretBytes) {
        self.range = range
        self.bytes = bytes
    }
}
