import Crypto
import Foundation
import Secrets

/// The station's key for signing calibration records: Ed25519 (RFC 8032).
///
/// The private part lies in a file of 32 bytes that its owner alone may read; it is made on first
/// use from the operating system's randomness and is never printed. The public part is in each
/// record's signature line, and beside the records for those who do not have the private part.
public struct StationKey: ~Copyable {
    /// The file's name where a directory is given.
    public static let fileName = "station-signing.key"
    private static let size = 32

    private let key: Curve25519.Signing.PrivateKey

    /// The public part, 64 hexadecimal digits.
    public var publicText: String { Hex.text(key.publicKey.rawRepresentation) }

    /// Reads the key at `path`, or makes it there if nothing is.
    public init(at path: String) throws(RecordFault) {
        var status = stat()
        if lstat(path, &status) != 0 {
            guard errno == ENOENT else { throw RecordFile.failure("examine", path) }
            try Self.make(path)
        }
        key = try Self.read(path)
    }

    /// The public part of the key at `path`; `nil` if there is none or it may not be read.
    public static func publicText(at path: String) -> String? {
        guard let key = try? read(path) else { return nil }
        return Hex.text(key.publicKey.rawRepresentation)
    }

    private static func make(_ path: String) throws(RecordFault) {
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: parent, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw .system(
                    operation: "create", path: parent,
                    message: (error as NSError).localizedDescription)
            }
        }
        // Any 32 random bytes are a key (RFC 8032, 5.1.5), so that no copy of it lies in memory of
        // the library that nobody wipes.
        var bytes = SecretBytes(count: size)
        bytes.withUnsafeMutableBytes { room in
            var generator = SystemRandomNumberGenerator()
            for index in room.indices { room[index] = generator.next() }
        }
        // Not through the array of ``RecordFile``: nothing wipes that. Linked under its name when
        // it is whole, so that no half key is ever found, and no other key replaced.
        let draft = path + ".part\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw RecordFile.failure("create", path) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let isWritten = bytes.withUnsafeBytes { writeAll($0, descriptor) }
        guard isWritten, fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else {
            throw errno == ENOSPC ? .diskFull(path: path) : RecordFile.failure("write", path)
        }
        // Another program may have made it at the same time: that one is used.
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw RecordFile.failure("create", path)
        }
        try RecordFile.synchronise(directoryOf: path)
    }

    /// Writes all of `bytes`, in as many pieces as the system takes; false with `errno` set.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Bool {
        var done = 0
        // Each turn writes a byte at least, or ends.
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if count == 0 { errno = EIO }
                return false
            }
            done += count
        }
        return true
    }

    private static func read(_ path: String) throws(RecordFault) -> Curve25519.Signing.PrivateKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordFile.failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw RecordFile.failure("examine", path) }
        guard status.st_mode & 0o177 == 0 else {
            let mode = "0" + String(status.st_mode & 0o7777, radix: 8)
            throw .keyPermissions(path: path, mode: mode)
        }
        var bytes = SecretBytes(count: size + 1)
        let count = bytes.withUnsafeMutableBytes {
            Foundation.read(descriptor, $0.baseAddress, $0.count)
        }
        guard count == size else { throw .keyLength(path: path, bytes: Int(status.st_size)) }
        let key = bytes.withUnsafeMutableBytes { room in
            try? Curve25519.Signing.PrivateKey(rawRepresentation: room.prefix(size))
        }
        guard let key else { throw .keyLength(path: path, bytes: count) }
        return key
    }

    /// The signature of `message`, 128 hexadecimal digits.
    public borrowing func sign(_ message: [UInt8]) throws(RecordFault) -> String {
        do {
            return Hex.text(try key.signature(for: message))
        } catch {
            throw .system(operation: "sign", path: "a record", message: "\(error)")
        }
    }

    /// Whether `signature` is that of `message` by the key with this public part.
    public static func isValid(
        _ signature: String, of message: [UInt8], by publicText: String
    ) -> Bool {
        guard let bytes = Hex.bytes(publicText), let signature = Hex.bytes(signature),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

/// Hexadecimal digits.
public enum Hex {
    /// `bytes` in lower case.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The bytes of an even number of digits; `nil` for anything else.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }

    /// SHA-256 of `bytes` as digits.
    public static func sha256(_ bytes: [UInt8]) -> String { text(SHA256.hash(data: bytes)) }
}
