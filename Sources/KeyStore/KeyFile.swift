import Foundation
public import Secrets

/// Key as a file, for another program: JSON with its name, its range and base64.
public enum KeyFile {
    /// The text of the file.
    ///
    /// - Parameter isRaw: Whether to give the bare bytes, which a simulated key refuses because
    ///   they have no place to say so.
    public static func text(
        _ bytes: borrowing SecretBytes, range: KeyRange, record: KeyRecord, isRaw: Bool
    ) throws(KeyStoreError) -> SecretBytes {
        if isRaw {
            guard !record.isSimulated else {
                throw .parameter(
                    name: "form of a simulated key", value: "raw", allowed: "JSON, which says so")
            }
            var copy = SecretBytes(count: bytes.count)
            copy.withUnsafeMutableBytes { to in bytes.withUnsafeBytes { to.copyMemory(from: $0) } }
            return copy
        }
        let before = Array(
            """
            {
              "key_id": "\(range.id)",
              "lane": \(range.lane),
              "offset": \(range.offset),
              "bytes": \(range.count),
              "simulated": \(record.isSimulated),
              "key": "
            """.utf8)
        let after = Array("\"\n}\n".utf8)
        let length = (bytes.count + 2) / 3 * 4
        var text = SecretBytes(count: before.count + length + after.count)
        text.withUnsafeMutableBytes { text in
            text.copyBytes(from: before)
            bytes.withUnsafeBytes { bytes in
                base64(
                    bytes,
                    to: UnsafeMutableRawBufferPointer(
                        rebasing: text[before.count...].prefix(length)))
            }
            UnsafeMutableRawBufferPointer(rebasing: text[(before.count + length)...])
                .copyBytes(from: after)
        }
        return text
    }

    /// Base64 of RFC 4648 with padding.
    private static func base64(
        _ bytes: UnsafeRawBufferPointer, to text: UnsafeMutableRawBufferPointer
    ) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for group in 0..<(text.count / 4) {
            var word = 0
            for index in 0..<3 {
                let at = 3 * group + index
                word = word << 8 | (at < bytes.count ? Int(bytes[at]) : 0)
            }
            for index in 0..<4 {
                let isPadding = 3 * group + index > bytes.count
                let digit = digits[word >> (18 - 6 * index) & 63]
                text[4 * group + index] = isPadding ? UInt8(ascii: "=") : digit
            }
        }
    }
}
