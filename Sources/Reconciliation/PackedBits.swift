import Quantities

/// Runs of bits in bytes: bit i is bit i mod 8, least significant first, of byte i / 8.
enum PackedBits {
    /// `count` bits, 1 to 64, from bit `first` on; zero past the end of `bytes`.
    static func word(_ bytes: UnsafeRawBufferPointer, at first: Int, count: Int) -> UInt64 {
        let byte = first / 8
        let low = UInt64(widening: first % 8)
        var value: UInt64 = 0
        if byte + 9 <= bytes.count {
            value = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
            // Two shifts, for a shift by 64 is none.
            let above = UInt64(widening: bytes[byte + 8])
            value = value &>> low | (above &<< (63 &- low)) &<< 1
        } else {
            var place: UInt64 = 0
            for i in byte..<max(byte, min(bytes.count, byte + 9)) {
                let next = UInt64(widening: bytes[i])
                value |= place < low ? next &>> low : next &<< (place &- low)
                place &+= 8
                if place >= 64 &+ low { break }
            }
        }
        return count >= 64 ? value : value & mask(count)
    }

    /// Combines `count` bits, 1 to 64, of `value` by exclusive or into `bytes` from bit `first` on.
    static func toggle(
        _ value: UInt64, count: Int, in bytes: UnsafeMutableRawBufferPointer, at first: Int
    ) {
        var left = count >= 64 ? value : value & mask(count)
        var byte = first / 8
        let low = first % 8
        if byte + 9 <= bytes.count {
            let old = bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self)
            let shift = UInt64(widening: low)
            bytes.baseAddress?.storeBytes(
                of: old ^ (left &<< shift).littleEndian, toByteOffset: byte, as: UInt64.self)
            bytes[byte + 8] ^= UInt8(truncatingIfNeeded: (left &>> 1) &>> (63 &- shift))
            return
        }
        bytes[byte] ^= UInt8(truncatingIfNeeded: left &<< UInt64(widening: low))
        left &>>= UInt64(widening: 8 - low)
        byte += 1
        while left != 0, byte < bytes.count {
            bytes[byte] ^= UInt8(truncatingIfNeeded: left)
            left &>>= 8
            byte += 1
        }
    }

    /// The lowest `count` bits, 0 to 63, set.
    static func mask(_ count: Int) -> UInt64 {
        (1 &<< UInt64(widening: count)) &- 1
    }
}
