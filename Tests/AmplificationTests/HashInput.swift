import Amplification
import Secrets

/// The first `count` bytes of SplitMix64 from state `seed`, lowest byte of a word first.
func pseudorandomBytes(_ seed: UInt64, count: Int) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    while bytes.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
    return Array(bytes[..<count])
}

/// Bit `index` of `bytes`, lowest bit of byte 0 first.
func bit(_ bytes: [UInt8], _ index: Int) -> UInt8 { bytes[index / 8] >> UInt8(index % 8) & 1 }

/// Input and seed of a hash, with what is made of them.
struct HashInput {
    let hash: ToeplitzHash
    var input: [UInt8]
    var seed: [UInt8]

    /// Pseudorandom bytes; unused high bits of the last ones are not zero.
    init(_ inputBits: Int, _ outputBits: Int, from start: UInt64) throws {
        hash = try ToeplitzHash(inputBits: inputBits, outputBits: outputBits)
        input = pseudorandomBytes(start, count: hash.inputByteCount)
        seed = pseudorandomBytes(start + 1, count: hash.seedByteCount)
    }

    /// The output.
    func output(portably: Bool = false) throws(AmplificationError) -> [UInt8] {
        let output = try hash.apply(to: secret(input), seed: secret(seed), portably: portably)
        return output.withUnsafeBytes { Array($0) }
    }

    /// Output bit `row` straight from the definition.
    func definition(_ row: Int) -> UInt8 {
        var sum: UInt8 = 0
        for column in 0..<hash.inputBits {
            sum ^= bit(seed, row - column + hash.inputBits - 1) & bit(input, column)
        }
        return sum
    }
}

/// `bytes` as a secret.
func secret(_ bytes: [UInt8]) -> SecretBytes {
    var secret = SecretBytes(count: bytes.count)
    secret.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    return secret
}
