import Quantities
import Reconciliation

/// Efficiency, speed and messages of reconciliation on random blocks with known errors.
struct ReconciliationBenchmark {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() throws {
        let blocks = options.count("blocks", 100)
        let bits = options.count("bits", 102_400)
        for qber in (options["qber"] ?? "0.01,0.02,0.03,0.05").split(separator: ",") {
            guard let qber = Double(qber) else {
                throw BenchmarkError(description: "--qber \(qber) is no number")
            }
            try measure(qber: qber, bits: bits, blocks: blocks)
        }
    }

    private func measure(qber: Double, bits: Int, blocks: Int) throws {
        let plan = try ReconciliationPlan(
            bits: bits, qberPPM: Int((qber * 1e6).rounded()),
            marginPercent: Int(
                options.number("margin", Double(ReconciliationPlan.marginPercentStandard))))
        var ends = try BlockReconciliation(plan: plan)
        var source = SplitMix(seed: UInt64(options.count("seed", 1)))
        let words = (bits + 63) / 64
        let alice = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: words)
        let bob = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: words)
        defer {
            alice.deallocate()
            bob.deallocate()
        }
        let aliceBytes = UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(alice)[..<plan.keyBytes])
        let bobBytes = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(bob)[..<plan.keyBytes])
        var disclosed = 0, messages = 0, sweeps = 0, failed = 0, wrong = 0, retried = 0
        var time = 0.0
        for _ in 0..<blocks {
            for i in 0..<words { alice[i] = source.next() }
            for i in 0..<words { bob[i] = alice[i] }
            for i in 0..<bits where Double(source.next() >> 11) * 0x1p-53 < qber {
                bob[i / 64] ^= 1 << UInt64(i % 64)
            }
            var result: BlockReconciliation.Result?
            time += try seconds { result = try ends.run(alice: aliceBytes, bob: bobBytes) }
            guard let result else { continue }
            disclosed += result.disclosedBits
            messages += result.messages
            sweeps += result.sweeps
            if result.messages > 2 { retried += 1 }
            if !result.corrected {
                failed += 1
            } else if zip(alice, bob).contains(where: { $0 != $1 }) {
                wrong += 1
            }
        }
        let entropy = Double(bits) * BinaryEntropy.bits(qber)
        // A block that is wrong, as the verification hash will find, costs all its bits too; one
        // that failed is counted as wholly disclosed already.
        let lost = Double(wrong) * Double(bits)
        let count = Double(blocks)
        print(
            "reconciliation qber=\(qber) bits=\(bits) blocks=\(blocks)",
            "f=\(fixed((Double(disclosed) + lost) / (count * entropy), 4))",
            "first_f=\(fixed(Double(plan.firstDisclosureBits) / entropy, 4))",
            "mbps=\(fixed(count * Double(bits) / time / 1e6, 2))",
            "messages=\(fixed(Double(messages) / count, 2)) retried=\(retried)",
            "sweeps=\(fixed(Double(sweeps) / count, 1)) failed=\(failed) wrong=\(wrong)",
            "rows=\(plan.rows)+\(plan.splitRows)")
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
