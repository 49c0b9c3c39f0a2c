import Crypto
import Foundation
public import Secrets

/// The file that carries a pre-shared key to both ends: a header of 32 bytes, then the key.
public enum PreSharedKeyFile {
    static let magic = Array("LODESPSK".utf8)
    static let version: UInt8 = 1
    static let headerSize = 32
    /// Bytes of key that may be asked for.
    public static let allowedBytes = 2 * KeyStore.hashKeyBytes + 2 * KeyLayout.padBytes...1 << 24

    /// What a file holds.
    public struct Contents: ~Copyable {
        /// The key's name at both ends.
        public let id: KeyID
        /// Whether it serves simulations only.
        public let isSimulated: Bool
        /// The key.
        public let bytes: SecretBytes
    }

    /// Writes a fresh key from the operating system's generator to `path`, where nothing is yet.
    public static func create(
        _ path: String, byteCount: Int, isSimulated: Bool
    ) throws(KeyStoreError) -> KeyID {
        guard allowedBytes.contains(byteCount) else {
            throw .parameter(
                name: "length of a pre-shared key", value: "\(byteCount) bytes",
                allowed: "\(allowedBytes.lowerBound) to \(allowedBytes.upperBound)")
        }
        let id = KeyID.random()
        var file = SecretBytes(count: headerSize + byteCount)
        let key = SymmetricKey(size: SymmetricKeySize(bitCount: 8 * byteCount))
        file.withUnsafeMutableBytes { file in
            file.copyBytes(
                from: magic + [version, isSimulated ? 1 : 0, 0, 0, 0, 0, 0, 0] + id.bytes)
            key.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: file[headerSize...]).copyMemory(from: $0)
            }
        }
        try file.withUnsafeBytes { bytes throws(KeyStoreError) in
            try SystemFile.create(path, bytes)
        }
        return id
    }

    /// Reads a file; refuses one that others than its owner may read.
    public static func read(_ path: String) throws(KeyStoreError) -> Contents {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFile.failure("open", path) }
        defer { close(descriptor) }
        try SystemFile.checkPermissions(descriptor, path)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFile.failure("examine", path) }
        let count = Int(status.st_size) - headerSize
        guard allowedBytes.contains(count) else {
            throw .damaged(path: path, what: "its length is not that of a pre-shared key")
        }
        // No secret; a buffer that reads with the same errors as the key's.
        var head = SecretBytes(count: headerSize)
        let headerRead = try head.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try SystemFile.read(into: room, from: descriptor, path)
        }
        let header = head.withUnsafeBytes { Array($0) }
        guard headerRead == headerSize, header.starts(with: magic), header[8] == version,
            header[9] <= 1, let id = KeyID(header[16...])
        else { throw .damaged(path: path, what: "it does not begin as a pre-shared key does") }
        var bytes = SecretBytes(count: count)
        let bytesRead = try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try SystemFile.read(into: room, from: descriptor, path)
        }
        guard bytesRead == count else { throw .damaged(path: path, what: "it is cut off") }
        return Contents(id: id, isSimulated: header[9] == 1, bytes: bytes)
    }
}
