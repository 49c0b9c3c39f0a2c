/// Bits in words of the processor, bit i being bit i mod 64 (or 32) of word i / 64 (or 32).
///
/// On a little-endian processor that is bit i mod 8 of byte i / 8, as in messages and files. Owns
/// nothing. Positions are checked by the callers: every one comes from a checked message or a table.
struct BitRow {
    static let wordBits = UInt.bitWidth
    let words: UnsafeMutablePointer<UInt>

    /// Words for `bits` bits.
    static func wordCount(_ bits: Int) -> Int { (bits + wordBits - 1) / wordBits }

    init(_ words: UnsafeMutablePointer<UInt>) { self.words = words }

    @inline(__always) private static func shift(_ i: Int) -> UInt {
        UInt(bitPattern: i) & UInt(bitPattern: wordBits - 1)
    }

    /// Bit `i`.
    @inline(__always) subscript(i: Int) -> Bool {
        words[i / Self.wordBits] &>> Self.shift(i) & 1 != 0
    }

    @inline(__always) func set(_ i: Int) { words[i / Self.wordBits] |= 1 &<< Self.shift(i) }

    @inline(__always) func clear(_ i: Int) { words[i / Self.wordBits] &= ~(1 &<< Self.shift(i)) }

    @inline(__always) func flip(_ i: Int) { words[i / Self.wordBits] ^= 1 &<< Self.shift(i) }

    /// Exchanges bits `i` and `j`.
    @inline(__always) func swap(_ i: Int, _ j: Int) {
        let (at, to) = (i / Self.wordBits, j / Self.wordBits)
        let difference =
            (words[at] &>> Self.shift(i) ^ words[to] &>> Self.shift(j)) & 1
        words[at] ^= difference &<< Self.shift(i)
        words[to] ^= difference &<< Self.shift(j)
    }

    /// The first bit set at or behind `i` and before `end`; `end` if there is none.
    func next(from i: Int, before end: Int) -> Int {
        guard i < end else { return end }
        var at = i / Self.wordBits
        var word = words[at] & (~0 &<< Self.shift(i))
        let last = (end - 1) / Self.wordBits
        while word == 0 {
            at += 1
            if at > last { return end }
            word = words[at]
        }
        return min(end, at * Self.wordBits + word.trailingZeroBitCount)
    }

    /// The last bit set at or before `i`; 0 if there is none.
    func previous(from i: Int) -> Int {
        var at = i / Self.wordBits
        var word = words[at] & (~0 &>> (UInt(bitPattern: Self.wordBits - 1) - Self.shift(i)))
        while word == 0 {
            if at == 0 { return 0 }
            at -= 1
            word = words[at]
        }
        return at * Self.wordBits + Self.wordBits - 1 - word.leadingZeroBitCount
    }

    /// The parity of bits `start ..< end`, which are not none.
    func parity(_ start: Int, _ end: Int) -> Bool {
        let first = start / Self.wordBits
        let last = (end - 1) / Self.wordBits
        let head = ~0 &<< Self.shift(start)
        let tail = ~0 &>> (UInt(bitPattern: Self.wordBits - 1) - Self.shift(end - 1))
        if first == last { return (words[first] & head & tail).nonzeroBitCount & 1 == 1 }
        var sum = words[first] & head ^ words[last] & tail
        var at = first + 1
        while at < last {
            sum ^= words[at]
            at += 1
        }
        return sum.nonzeroBitCount & 1 == 1
    }

    /// Puts in place of each of the first `count` words' bits the parity of it and all before.
    func accumulate(wordCount count: Int) {
        var carry: UInt = 0
        for at in 0..<count {
            var word = words[at]
            var step: UInt = 1
            while step < UInt(bitPattern: Self.wordBits) {
                word ^= word &<< step
                step &*= 2
            }
            word ^= carry
            words[at] = word
            carry = 0 &- (word &>> UInt(bitPattern: Self.wordBits - 1))
        }
    }

    /// Takes `bits` bits from `bytes`, which has as many bytes as they need; clears the rest.
    func take(_ bytes: UnsafeRawBufferPointer, bits: Int) {
        let count = Self.wordCount(bits)
        words.update(repeating: 0, count: count)
        guard let start = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(words).copyMemory(from: start, byteCount: bytes.count)
        let used = bits % Self.wordBits
        if used > 0 { words[count - 1] &= ~(~0 &<< UInt(bitPattern: used)) }
    }
}
