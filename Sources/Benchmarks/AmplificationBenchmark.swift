import Amplification
import Secrets
import Simulator

/// Time of the Toeplitz hash on one core, memory allocated and wiped within it.
struct AmplificationBenchmark {
    private let sizes: [(inputBits: Int, outputBits: Int)]
    private let repeats: Int

    init(_ options: Options) {
        repeats = options.count("repeats", 9)
        if options["in-bits"] != nil || options["bits"] != nil {
            sizes = [(options.count("in-bits", 1_000_000), options.count("bits", 300_000))]
        } else {
            sizes = [(1_000_000, 300_000), (10_000_000, 3_000_000)]
        }
    }

    func run() throws {
        for (inputBits, outputBits) in sizes {
            let hash = try ToeplitzHash(inputBits: inputBits, outputBits: outputBits)
            let input = random(hash.inputByteCount, stream: 903)
            let seed = random(hash.seedByteCount, stream: 904)
            var output = SecretBytes(count: 0)
            var same = SecretBytes(count: 0)
            let time = try measure(
                hash, input, seed, into: &output, repeats: repeats, portably: false)
            let portable = try measure(
                hash, input, seed, into: &same, repeats: 1, portably: true)
            guard output.isEqual(to: same) else {
                throw BenchmarkError(description: "the portable path gives other bits")
            }
            print(
                "amplification in_bits=\(inputBits) bits=\(outputBits) repeats=\(repeats)",
                "seconds=\(fixed(time, 4)) portable_seconds=\(fixed(portable, 3))",
                "instruction=\(hasCarrylessInstruction())")
        }
    }

    /// The median time of `repeats` hashes, s.
    private func measure(
        _ hash: ToeplitzHash, _ input: borrowing SecretBytes, _ seed: borrowing SecretBytes,
        into output: inout SecretBytes, repeats: Int, portably: Bool
    ) throws -> Double {
        var times: [Double] = []
        for _ in 0..<repeats {
            let start = ContinuousClock.now
            output = try hash.apply(to: input, seed: seed, portably: portably)
            times.append((ContinuousClock.now - start) / .seconds(1))
        }
        return median(times)
    }

    private func random(_ count: Int, stream: UInt64) -> SecretBytes {
        var random = SeededGenerator(seed: 1, stream: stream)
        var bytes = SecretBytes(count: count)
        bytes.withUnsafeMutableBytes { room in
            for index in room.indices { room[index] = UInt8(truncatingIfNeeded: random.next()) }
        }
        return bytes
    }
}
