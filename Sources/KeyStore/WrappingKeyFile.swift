import Crypto
import Foundation
import Secrets

/// The file of the wrapping key: 32 random bytes that all keys in the store are encrypted under.
///
/// Only its owner may read it. It belongs on another medium than the store, so that a disk that is
/// lost tells nothing.
enum WrappingKeyFile {
    /// Bytes of the key, for AES-256.
    static let size = 32
    /// The name in the store's directory where none is given.
    static let defaultName = "wrapping.key"

    /// Where a new key waits while the store is encrypted under it.
    static func replacement(of path: String) -> String { path + ".new" }

    /// Reads the key; refuses a file that others may read.
    static func read(_ path: String) throws(KeyStoreError) -> SymmetricKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFile.failure("open the wrapping key", path) }
        defer { close(descriptor) }
        try SystemFile.checkPermissions(descriptor, path)
        var bytes = SecretBytes(count: size + 1)
        return try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            let count = try SystemFile.read(into: room, from: descriptor, path)
            guard count == size else {
                var status = stat()
                fstat(descriptor, &status)
                throw .wrappingKeyLength(path: path, bytes: max(count, Int(status.st_size)))
            }
            return SymmetricKey(data: UnsafeRawBufferPointer(rebasing: room[..<size]))
        }
    }

    /// Makes a new key at `path`, where nothing is yet.
    static func create(_ path: String) throws(KeyStoreError) -> SymmetricKey {
        let key = SymmetricKey(size: .bits256)
        let result = key.withUnsafeBytes { bytes in
            Result { () throws(KeyStoreError) in try SystemFile.create(path, bytes) }
        }
        try result.get()
        return key
    }
}
