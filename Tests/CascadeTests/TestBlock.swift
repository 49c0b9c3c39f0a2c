import Cascade
import Glibc

/// A random block and a copy of it with random errors.
struct TestBlock {
    let alice: [UInt8]
    let bob: [UInt8]
    let errors: Int
    let bits: Int

    init(bits: Int, errorRatePPM: Int, seed: UInt64) {
        var source = Sequence(state: seed)
        var key = [UInt8](repeating: 0, count: (bits + 7) / 8)
        for i in key.indices { key[i] = UInt8(truncatingIfNeeded: source.next()) }
        if bits % 8 != 0 { key[key.count - 1] &= (1 << UInt8(bits % 8)) - 1 }
        var other = key
        var errors = 0
        for i in 0..<bits where source.next() % 1_000_000 < UInt64(errorRatePPM) {
            other[i / 8] ^= 1 << UInt8(i % 8)
            errors += 1
        }
        (alice, bob, self.errors, self.bits) = (key, other, errors, bits)
    }

    /// What the errors that there are cost at least, bits.
    var entropyBits: Double {
        let rate = Double(errors) / Double(bits)
        return -Double(bits) * (rate * log2(rate) + (1 - rate) * log2(1 - rate))
    }

    /// Runs both ends on the block.
    func reconciled(
        _ plan: CascadePlan, tap: ((UnsafeRawBufferPointer) -> Void)? = nil
    ) throws -> (CascadePair.Result, [UInt8]) {
        var pair = try CascadePair(plan: plan)
        return try reconciled(with: &pair, tap: tap)
    }

    /// Runs the two ends `pair` on the block.
    func reconciled(
        with pair: inout CascadePair, tap: ((UnsafeRawBufferPointer) -> Void)? = nil
    ) throws -> (CascadePair.Result, [UInt8]) {
        var corrected = bob
        let result = try alice.withUnsafeBytes { alice in
            try corrected.withUnsafeMutableBytes { try pair.run(alice: alice, bob: $0, tap: tap) }
        }
        return (result, corrected)
    }
}

/// A fixed sequence of words from a seed: splitmix64, whose stream is not that of the shuffles.
struct Sequence {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state &* 0xDA94_2042_E4DD_58B5
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
