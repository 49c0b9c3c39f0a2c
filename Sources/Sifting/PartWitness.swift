public import Authentication
import Quantities
import Wire

/// Hashes each announcement and each reply whole under a secret key, for authentication.
///
/// The values of an epoch's parts stand for all that both ends said about it; they are as secret
/// as the key. A later hash under another key covers them (see `TranscriptHash`).
public struct PartWitness: ~Copyable {
    private let key: HashKey

    /// A witness under `key`.
    public init(key: consuming HashKey) { self.key = key }

    /// The value of a whole message after a context that both ends hold.
    ///
    /// - Parameter context: As long in all messages of a session.
    public borrowing func value(
        of message: UnsafeRawBufferPointer, context: UnsafeRawBufferPointer
    ) -> HashValue {
        var hash = PolynomialHash()
        hash.append(context, key: key)
        hash.append(message, key: key)
        return hash.close(key: key)
    }

    /// The value of one message about a part.
    borrowing func value(
        of payload: UnsafeRawBufferPointer, header: MessageHeader, parameters: SiftParameters
    ) -> HashValue {
        var hash = PolynomialHash()
        PartDigest.withContext(of: header, parameters: parameters) { context in
            hash.append(context, key: key)
        }
        hash.append(payload, key: key)
        return hash.close(key: key)
    }
}

/// What both ends said about one part of an epoch, hashed by a ``PartWitness``.
public struct PartHashes: Sendable, BitwiseCopyable {
    /// Of the announcement.
    public var announcement = HashValue(low: 0, high: 0)
    /// Of the reply.
    public var reply = HashValue(low: 0, high: 0)

    /// The values given.
    public init(
        announcement: HashValue = HashValue(low: 0, high: 0),
        reply: HashValue = HashValue(low: 0, high: 0)
    ) {
        self.announcement = announcement
        self.reply = reply
    }

    /// Bytes of both values.
    public static let size = 2 * HashValue.size

    /// Writes both values at the front of `bytes`.
    public func put(in bytes: UnsafeMutableRawBufferPointer) {
        bytes.put(announcement.low, at: 0)
        bytes.put(announcement.high, at: 8)
        bytes.put(reply.low, at: 16)
        bytes.put(reply.high, at: 24)
    }
}
