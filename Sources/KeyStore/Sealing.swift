import Crypto
import Foundation
import Secrets

/// Encryption of what lies on the disk: AES-256-GCM, the random nonce first and the tag last.
enum Sealing {
    /// Bytes that sealing adds.
    static let overhead = 12 + 16

    static func seal(
        _ plaintext: UnsafeRawBufferPointer, key: SymmetricKey, context: [UInt8]
    ) throws -> Data {
        let box = try AES.GCM.seal(plaintext, using: key, authenticating: context)
        guard let sealed = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return sealed
    }

    /// Calls `body` with the plaintext, which is wiped after; `nil` if it was not sealed so.
    static func open<Result>(
        _ sealed: Data, key: SymmetricKey, context: [UInt8],
        body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            var plaintext = try? AES.GCM.open(box, using: key, authenticating: context)
        else { return nil }
        // The only reference to this buffer, so that the zeros land in it and in no copy.
        defer { plaintext.withUnsafeMutableBytes { wipe($0) } }
        return try plaintext.withUnsafeBytes(body)
    }
}
