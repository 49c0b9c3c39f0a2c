public import Secrets

/// Messages under a one-time pad, with a tag that shows any change.
///
/// A message is a header of 48 bytes, the text XOR key, and a tag of 16 bytes over both
/// (docs/key-store.md has every field). It burns 32 bytes more than the text has.
public enum OneTimePad {
    /// Bytes of key that a message burns beyond its text: hash key and pad of the tag.
    public static let overhead = OneTimePadTag.keyBytes + OneTimePadTag.padBytes

    /// Bytes of a message beyond its text: header and tag.
    public static let messageOverhead = OneTimePadHeader.size + OneTimePadTag.padBytes

    /// Why a message cannot be read. Nothing was burnt.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Not the beginning of such a message.
        case notAMessage
        /// Of a later program.
        case version(UInt8)
        /// Cut off, or with something behind it.
        case length(found: Int, needed: String)
        /// Changed on the way, or made with other key.
        case forged

        /// What happened and what to do.
        public var description: String {
            switch self {
            case .notAMessage: "this is no one-time pad message of Lodestar"
            case .version(let version):
                "this message has version \(version) of the format; this program knows version "
                    + "\(OneTimePadHeader.version)"
            case .length(let found, let needed):
                "this message has \(found) bytes, its header says \(needed); it was cut or added to"
            case .forged:
                "the tag is wrong: the message was changed, or was not made with this key. "
                    + "Nothing was written and no key was burnt; ask for the message again"
            }
        }
    }

    /// Encrypts `text` with key that is burnt first.
    ///
    /// - Parameter key: An available key with ``overhead`` bytes more than `text` has left in the
    ///   lane that this end sends in.
    public static func encrypt(
        _ text: UnsafeRawBufferPointer, key: KeyID, store: KeyStore
    ) throws(KeyStoreError) -> [UInt8] {
        let record = try store.record(key)
        let grant = try store.takeKey(key, lane: record.sendLane, count: text.count + overhead)
        let header = OneTimePadHeader(
            range: grant.range, textCount: text.count, isSimulated: record.isSimulated)
        return seal(text, header: header.bytes, pad: grant.bytes)
    }

    /// Checks a message, lets `keep` take its text, burns the key, and returns what `keep` did.
    ///
    /// `keep` may write the text where nobody looks yet; it is released when this returns. If it
    /// throws, or the message is not genuine, nothing is burnt.
    public static func decrypt<Result: ~Copyable>(
        _ message: UnsafeRawBufferPointer, store: KeyStore,
        keep: (borrowing SecretBytes) throws -> Result
    ) throws -> Result {
        let header = try OneTimePadHeader(message, overhead: overhead)
        try store.check(isSimulated: header.isSimulated, what: "the message")
        return try store.useReceived(header.range) { pad in
            let text = try open(message, header: OneTimePadHeader.size, pad: pad)
            return try keep(text)
        }
    }

    /// The text of a message; the key is burnt when this returns.
    public static func decrypt(
        _ message: UnsafeRawBufferPointer, store: KeyStore
    ) throws -> SecretBytes {
        try decrypt(message, store: store) { text in
            var copy = SecretBytes(count: text.count)
            copy.withUnsafeMutableBytes { to in text.withUnsafeBytes { to.copyMemory(from: $0) } }
            return copy
        }
    }

    /// The key that a message says it is under; nothing is checked but its form.
    public static func key(of message: UnsafeRawBufferPointer) throws(Failure) -> KeyID {
        try OneTimePadHeader(message, overhead: overhead).range.id
    }

    /// The message of a text: `header`, text XOR the rest of `pad`, tag.
    static func seal(
        _ text: UnsafeRawBufferPointer, header: [UInt8], pad: borrowing SecretBytes
    ) -> [UInt8] {
        var message = header
        message.reserveCapacity(header.count + text.count + OneTimePadTag.padBytes)
        pad.withUnsafeBytes { pad in
            for (index, byte) in text.enumerated() { message.append(byte ^ pad[overhead + index]) }
            var tag = [UInt8](repeating: 0, count: OneTimePadTag.padBytes)
            tag.withUnsafeMutableBytes { tag in
                message.withUnsafeBytes { message in
                    OneTimePadTag.make(
                        message, secret: UnsafeRawBufferPointer(rebasing: pad[..<overhead]),
                        tag: tag)
                }
            }
            message += tag
        }
        return message
    }

    /// The text of a message whose header has `header` bytes, if its tag is right.
    static func open(
        _ message: UnsafeRawBufferPointer, header: Int, pad: borrowing SecretBytes
    ) throws(Failure) -> SecretBytes {
        let end = message.count - OneTimePadTag.padBytes
        var text = SecretBytes(count: end - header)
        let isGenuine = pad.withUnsafeBytes { pad in
            var tag = [UInt8](repeating: 0, count: OneTimePadTag.padBytes)
            return tag.withUnsafeMutableBytes { tag in
                OneTimePadTag.make(
                    UnsafeRawBufferPointer(rebasing: message[..<end]),
                    secret: UnsafeRawBufferPointer(rebasing: pad[..<overhead]), tag: tag)
                return isEqualInConstantTime(
                    UnsafeRawBufferPointer(tag), UnsafeRawBufferPointer(rebasing: message[end...]))
            }
        }
        guard isGenuine else { throw .forged }
        text.withUnsafeMutableBytes { text in
            pad.withUnsafeBytes { pad in
                for index in text.indices {
                    text[index] = message[header + index] ^ pad[overhead + index]
                }
            }
        }
        return text
    }
}
