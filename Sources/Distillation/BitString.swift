import Quantities
import Secrets

/// A secret string of bits that grows: the key bits of a window, in order.
///
/// Bit i lies in byte i / 8 at bit i mod 8, least significant first, as privacy amplification
/// numbers them. Memory that it outgrows is wiped.
public struct BitString: ~Copyable {
    /// How many bits.
    public private(set) var count = 0
    private var bytes: SecretBytes

    /// No bits yet, with room for `capacity` of them.
    public init(capacity: Int = 1 << 20) {
        bytes = SecretBytes(count: Self.byteCount(capacity))
    }

    /// Bytes of memory for `bits` bits: whole words of 64 bits.
    static func byteCount(_ bits: Int) -> Int { (bits + 63) / 64 * 8 }

    /// Adds `bit`, 0 or 1.
    public mutating func append(_ bit: UInt8) {
        if count == 8 * bytes.count { grow() }
        let index = count
        bytes.withUnsafeMutableBytes { $0[index / 8] |= (bit & 1) &<< UInt8(index & 7) }
        count += 1
    }

    private mutating func grow() {
        var larger = SecretBytes(count: max(2 * bytes.count, 64))
        bytes.withUnsafeBytes { old in
            larger.withUnsafeMutableBytes { new in
                for index in 0..<old.count { new[index] = old[index] }
            }
        }
        bytes = larger
    }

    /// Puts `bit`, 0 or 1, at `index`; gives the bit that was there.
    mutating func exchange(_ bit: UInt8, at index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        let shift = UInt8(truncatingIfNeeded: index & 7)
        return bytes.withUnsafeMutableBytes { bytes in
            let old = bytes[index / 8]
            bytes[index / 8] = old & ~(1 &<< shift) | (bit & 1) &<< shift
            return old &>> shift & 1
        }
    }

    /// A copy of the bits of `range`, the first at bit 0; bits past the range are 0.
    borrowing func extract(_ range: Range<Int>) -> SecretBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var copy = SecretBytes(count: (range.count + 7) / 8)
        bytes.withUnsafeBytes { bytes in
            copy.withUnsafeMutableBytes { copy in
                let shift = UInt16(truncatingIfNeeded: range.lowerBound & 7)
                for index in 0..<copy.count {
                    let at = range.lowerBound / 8 + index
                    let next = at + 1 < bytes.count ? bytes[at + 1] : 0
                    let pair =
                        UInt16(truncatingIfNeeded: bytes[at])
                        | UInt16(truncatingIfNeeded: next) &<< 8
                    copy[index] = UInt8(truncatingIfNeeded: pair &>> shift)
                }
                if range.count & 7 > 0 {
                    copy[copy.count - 1] &=
                        (1 &<< UInt8(truncatingIfNeeded: range.count & 7)) &- 1
                }
            }
        }
        return copy
    }

    /// Puts back what ``extract(_:)`` gave.
    mutating func replace(_ range: Range<Int>, with copy: borrowing SecretBytes) {
        precondition(range.upperBound <= count && copy.count == (range.count + 7) / 8)
        copy.withUnsafeBytes { copy in
            for offset in 0..<range.count {
                let bit = copy[offset / 8] &>> UInt8(truncatingIfNeeded: offset & 7) & 1
                _ = exchange(bit, at: range.lowerBound + offset)
            }
        }
    }

    /// Calls `body` with the bytes of all bits; unused high bits of the last are 0.
    public borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let used = (count + 7) / 8
        return try bytes.withUnsafeBytes { bytes throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<used]))
        }
    }
}
