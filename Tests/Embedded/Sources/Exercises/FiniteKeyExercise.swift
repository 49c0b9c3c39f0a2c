import FiniteKey
import Quantities

/// Key lengths of a two-decoy and a one-decoy block of falling size, with both tails.
func finiteKeyExercise() -> UInt64 {
    var digest = Digest()
    for step in Int64(1)...40 {
        let block = sampleBlock(1_600_000 / step)
        for method in 0..<4 {
            var input = block
            input.tail = method & 1 == 0 ? .hoeffding : .chernoff
            input.method = method & 2 == 0 ? .lim2014 : .wiesemann2024
            if method & 2 != 0 {
                input.probabilities = PerIntensity(0.5, 0.5, 0)
                input.key.dropThird()
                input.test.dropThird()
            }
            do throws(KeyLengthFault) {
                let length = try input.keyLength()
                digest.add(length.keyBits)
                digest.add(length.phi, inStepsOf: 1e-7)
            } catch {
                preconditionFailure("a good block was refused")
            }
        }
    }
    return digest.value
}

/// A block with `n` signal detections in each basis.
private func sampleBlock(_ n: Int64) -> KeyLengthInput {
    let counts = BasisCounts(
        detections: PerIntensity(n, n / 16 + 1, n / 800 + 1),
        errors: PerIntensity(n / 100, n / 900, n / 1_600))
    return KeyLengthInput(
        method: .lim2014, clamp: .vclamp, intensities: PerIntensity(0.8, 0.1, 0),
        probabilities: PerIntensity(0.5, 0.25, 0.25), key: counts, test: counts,
        leak: .efficiency(1.16), secrecy: 1e-9, correctness: 1e-15)
}

extension BasisCounts {
    /// Leaves two intensities.
    fileprivate mutating func dropThird() {
        detections.third = 0
        errors.third = 0
    }
}
