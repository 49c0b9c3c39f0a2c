import Cascade
import Quantities
import Reconciliation

/// Efficiency, speed and messages of Cascade on random blocks with known errors.
struct CascadeBenchmark {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() throws {
        let names: [(name: String, variant: CascadeVariant)] = [
            ("original", .original), ("yan", .yan), ("martinez-mateo", .martinezMateo),
        ]
        let wanted = (options["variant"] ?? "original,yan,martinez-mateo").split(separator: ",")
        for word in wanted {
            guard let found = names.first(where: { $0.name == word }) else {
                throw BenchmarkError(
                    description: "--variant \(word) is not allowed; original, yan or "
                        + "martinez-mateo are")
            }
            for qber in (options["qber"] ?? "0.01,0.02,0.03,0.05").split(separator: ",") {
                guard let qber = Double(qber) else {
                    throw BenchmarkError(description: "--qber \(qber) is no number")
                }
                try measure(found.name, found.variant, qber: qber)
            }
        }
    }

    private func measure(_ name: String, _ variant: CascadeVariant, qber: Double) throws {
        let bits = options.count("bits", 102_400)
        let blocks = options.count("blocks", 200)
        let plan = try CascadePlan(
            variant: variant, bits: bits, errorRatePPM: Int((qber * 1e6).rounded()),
            seed: UInt64(options.count("seed", 1)),
            passes: options["passes"].flatMap { Int($0) })
        var pair = try CascadePair(plan: plan)
        var source = SplitMix(seed: UInt64(options.count("seed", 1)) &* 0xA24B_AED4_963E_E407)
        var alice = [UInt8](repeating: 0, count: plan.byteCount)
        var disclosed = 0, messages = 0, bytes = 0, failed = 0, wrong = 0
        var time = 0.0
        for _ in 0..<blocks {
            for i in alice.indices { alice[i] = UInt8(truncatingIfNeeded: source.next()) }
            if bits % 8 > 0 { alice[alice.count - 1] &= (1 << UInt8(bits % 8)) - 1 }
            var bob = alice
            for i in 0..<bits where Double(source.next() >> 11) * 0x1p-53 < qber {
                bob[i / 8] ^= 1 << UInt8(i % 8)
            }
            var result: CascadePair.Result?
            time += try seconds {
                result = try alice.withUnsafeBytes { alice in
                    try bob.withUnsafeMutableBytes { try pair.run(alice: alice, bob: $0) }
                }
            }
            guard let result else { continue }
            disclosed += result.disclosedBits
            messages += result.messages
            bytes += result.messageBytes
            if !result.finished { failed += 1 } else if bob != alice { wrong += 1 }
        }
        let entropy = Double(bits) * BinaryEntropy.bits(qber)
        // A block that is lost, or wrong as the verification hash will find, costs all its bits.
        let lost = Double(failed + wrong) * Double(bits)
        let count = Double(blocks)
        print(
            "cascade variant=\(name) qber=\(qber) bits=\(bits) blocks=\(blocks)",
            "passes=\(plan.passes)",
            "f=\(fixed((Double(disclosed) + lost) / (count * entropy), 4))",
            "f_disclosed=\(fixed(Double(disclosed) / (count * entropy), 4))",
            "mbps=\(fixed(count * Double(bits) / time / 1e6, 2))",
            "messages=\(fixed(Double(messages) / count, 1))",
            "message_bytes=\(fixed(Double(bytes) / count, 0))",
            "failed=\(failed) wrong=\(wrong)")
    }
}

/// A fixed sequence of words from a seed (Steele, Lea, Flood 2014).
private struct SplitMix {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
