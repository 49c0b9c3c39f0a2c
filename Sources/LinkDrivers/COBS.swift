/// Consistent overhead byte stuffing: bytes without a zero, so that a zero can end them.
///
/// Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking
/// 7 (1999), section 3. The zero that ends a frame is not part of what these functions see.
public enum COBS {
    /// Most bytes that `count` bytes become.
    public static func largestEncoding(of count: Int) -> Int { count + count / 254 + 1 }

    /// Encodes `bytes`.
    ///
    /// - Parameter output: Holds ``largestEncoding(of:)`` bytes; does not overlap `bytes`.
    /// - Returns: How many bytes were written, none of them 0.
    public static func encode(
        _ bytes: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(output.count >= largestEncoding(of: bytes.count))
        // Where the length of the block that is being written belongs.
        var mark = 0
        var end = 1
        for (index, byte) in bytes.enumerated() {
            if byte != 0 {
                output[end] = byte
                end += 1
            }
            let isFull = end - mark == 255
            guard byte == 0 || isFull else { continue }
            output[mark] = UInt8(end - mark)
            // A full block at the very end needs none after it.
            if byte != 0, index + 1 == bytes.count { return end }
            mark = end
            end += 1
        }
        output[mark] = UInt8(end - mark)
        return end
    }

    /// Decodes in place; what lies behind the result is undefined.
    ///
    /// - Returns: How many bytes there are; `nil` if these are no encoding: nothing, a zero among
    ///   them, or a block that goes on beyond their end.
    public static func decode(_ bytes: UnsafeMutableRawBufferPointer) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var (next, end) = (0, 0)
        while next < bytes.count {
            let length = Int(bytes[next])
            guard length > 0, next + length <= bytes.count else { return nil }
            for index in next + 1..<next + length {
                guard bytes[index] != 0 else { return nil }
                bytes[end] = bytes[index]
                end += 1
            }
            next += length
            // Each block but a full one and the last stands before a zero.
            if length < 255, next < bytes.count {
                bytes[end] = 0
                end += 1
            }
        }
        return end
    }
}
