import Quantities
import Secrets

/// A secret string of bits that grows: the key bits of a window, in order.
///
/// Bit i lies in byte i / 8 at bit i mod 8, least significant first, as privacy amplification
/// numbers them. It grows by pieces that stay where they are: nothing is outgrown, and nothing is
/// left behind.
public struct BitString: ~Copyable {
    /// Bits of a piece: 128 KiB.
    private static let pieceBits = 1 << 20

    /// Some of the bits; wiped when it goes.
    private final class Piece {
        var bytes = SecretBytes(count: BitString.pieceBits / 8)
    }

    /// How many bits.
    public private(set) var count = 0
    private var pieces: [Piece] = []

    /// No bits yet.
    public init() {}

    /// Adds `bit`, 0 or 1.
    public mutating func append(_ bit: UInt8) { append(CollectionOfOne(bit)) }

    /// Adds `bits`, each 0 or 1, in order.
    mutating func append(_ bits: some Sequence<UInt8>) {
        var rest = bits.makeIterator()
        var next = rest.next()
        while next != nil {
            if count == pieces.count * Self.pieceBits { pieces.append(Piece()) }
            let begin = count / Self.pieceBits * Self.pieceBits
            var place = count - begin
            pieces[begin / Self.pieceBits].bytes.withUnsafeMutableBytes { bytes in
                while place < Self.pieceBits, let bit = next {
                    bytes[place / 8] |= (bit & 1) &<< UInt8(truncatingIfNeeded: place & 7)
                    place += 1
                    next = rest.next()
                }
            }
            count = begin + place
        }
    }

    /// Puts `bit`, 0 or 1, at `index`; gives the bit that was there.
    mutating func exchange(_ bit: UInt8, at index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        let shift = UInt8(truncatingIfNeeded: index & 7)
        let place = index % Self.pieceBits / 8
        return pieces[index / Self.pieceBits].bytes.withUnsafeMutableBytes { bytes in
            let old = bytes[place]
            bytes[place] = old & ~(1 &<< shift) | (bit & 1) &<< shift
            return old &>> shift & 1
        }
    }

    /// The byte of bits 8 `index` to 8 `index` + 7; 0 behind the last piece.
    private borrowing func byte(_ index: Int) -> UInt8 {
        let bytes = Self.pieceBits / 8
        guard index / bytes < pieces.count else { return 0 }
        return pieces[index / bytes].bytes.withUnsafeBytes { $0[index % bytes] }
    }

    /// A copy of the bits of `range`, the first at bit 0; bits past the range are 0.
    borrowing func extract(_ range: Range<Int>) -> SecretBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var copy = SecretBytes(count: (range.count + 7) / 8)
        let first = range.lowerBound / 8
        let shift = UInt16(truncatingIfNeeded: range.lowerBound & 7)
        copy.withUnsafeMutableBytes { copy in
            for index in 0..<copy.count {
                let pair =
                    UInt16(truncatingIfNeeded: byte(first + index))
                    | UInt16(truncatingIfNeeded: byte(first + index + 1)) &<< 8
                copy[index] = UInt8(truncatingIfNeeded: pair &>> shift)
            }
            if range.count & 7 > 0 {
                copy[copy.count - 1] &= (1 &<< UInt8(truncatingIfNeeded: range.count & 7)) &- 1
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

    /// Calls `body` with the bytes of all bits in one place; unused high bits of the last are 0.
    public borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard pieces.count == 1 else { return try extract(0..<count).withUnsafeBytes(body) }
        let used = (count + 7) / 8
        return try pieces[0].bytes.withUnsafeBytes { bytes throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<used]))
        }
    }
}
