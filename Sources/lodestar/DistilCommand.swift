import ArgumentParser
import Foundation
import Quantities
import Reconciliation

/// `lodestar distil`: reconciles two bit files and says what it took.
struct DistilCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distil",
        abstract: "Correct Bob's bits to Alice's and report every disclosed bit.",
        discussion: """
            Bit i of a file is bit i mod 8, least significant first, of byte i/8. The residual \
            errors are counted by comparing the files, which only a measurement can do. A block \
            that is not corrected counts as wholly disclosed. The bits are cut into blocks of at \
            most \(ReconciliationPlan.bitsPreferred), all about as long; with --bits the rest of the \
            files is left out, and the output says how much that is.
            """)

    @Option(help: "Alice's bits.") var alice: String
    @Option(help: "Bob's bits, as many.") var bob: String
    @Option(help: "Expected error rate, more than 0 and less than 0.11.") var qber: Double
    @Option(help: "Use only this many bits, from the first on; all if not given.") var bits: Int?
    @Option(help: "How: \(Method.all).") var method = Method.ldpc
    @OptionGroup var cascade: CascadeOptions
    @Option(help: "Write the first block's plan (16 bytes) and Alice's first disclosure here.")
    var syndrome: String?
    @Flag(help: "Print JSON.") var json = false

    /// How the blocks are reconciled.
    enum Method: String, ExpressibleByArgument, Encodable, CaseIterable {
        case ldpc, cascade
        static let all = "ldpc (one way) or cascade (many rounds, fewer bits)"
    }

    /// What is printed.
    struct Summary: Encodable {
        var method = Method.ldpc
        var bits: Int
        var unusedBits: Int
        var qber: Double
        var errorsBefore: Int
        var disclosedBits: Int
        var f: Double
        var messages: Int
        var residualErrors: Int
        var blocks: Int
        var failedBlocks: Int
        var seconds: Double
        var mbitPerS: Double
    }

    func validate() throws {
        if method != .cascade { try cascade.refuseAll() }
        guard qber > 0, qber < 0.11 else {
            throw ValidationError(
                "--qber \(qber) is not allowed; give more than 0 and less than 0.11, "
                    + "at and above which no key is left")
        }
    }

    func run() throws {
        let a = try contents(alice)
        let b = try contents(bob)
        guard a.count == b.count else {
            throw ValidationError(
                "\(alice) has \(a.count) bytes and \(bob) \(b.count); both must be equally long")
        }
        let total = bits ?? 8 * a.count
        guard total >= 1, total <= 8 * a.count else {
            throw ValidationError(
                "\(total) bits are not allowed; 1 to what the files hold, \(8 * a.count)")
        }
        if let syndrome { try writeSyndrome(of: a, total: total, to: syndrome) }
        let summary =
            switch method {
            case .ldpc: try reconcile(a, b, total: total)
            case .cascade: try reconcileByCascade(a, b, total: total)
            }
        json ? print(try jsonText(summary)) : show(summary)
    }

    private func contents(_ path: String) throws -> Data {
        do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    private func reconcile(_ a: Data, _ b: Data, total: Int) throws -> Summary {
        let blocks = blockCount(total)
        var summary = Summary(
            bits: total, unusedBits: 8 * a.count - total, qber: qber, errorsBefore: 0,
            disclosedBits: 0, f: 0, messages: 0,
            residualErrors: 0, blocks: blocks, failedBlocks: 0, seconds: 0, mbitPerS: 0)
        var lost = 0
        var ends: BlockReconciliation?
        for block in 0..<blocks {
            let range = (block * total / blocks)..<((block + 1) * total / blocks)
            if ends?.plan.bits != range.count {
                ends = try BlockReconciliation(plan: plan(bits: range.count))
            }
            let alice = bytes(of: a, range)
            var bob = bytes(of: b, range)
            summary.errorsBefore += differences(alice, bob)
            let start = ContinuousClock.now
            let result = try alice.withUnsafeBytes { alice in
                try bob.withUnsafeMutableBytes { try ends?.run(alice: alice, bob: $0) }
            }
            summary.seconds += (ContinuousClock.now - start) / .seconds(1)
            guard let result else { continue }
            summary.disclosedBits += result.disclosedBits
            summary.messages += result.messages
            if result.corrected {
                let wrong = differences(alice, bob)
                summary.residualErrors += wrong
                if wrong > 0 { lost += range.count }
            } else {
                summary.failedBlocks += 1
            }
        }
        summary.f =
            Double(summary.disclosedBits + lost) / (Double(total) * BinaryEntropy.bits(qber))
        summary.mbitPerS = Double(total) / 1e6 / max(summary.seconds, 1e-9)
        return summary
    }

    private func blockCount(_ total: Int) -> Int {
        let preferred = ReconciliationPlan.bitsPreferred
        return (total + preferred - 1) / preferred
    }

    private func writeSyndrome(of alice: Data, total: Int, to path: String) throws {
        let bits = total / blockCount(total)
        let plan = try plan(bits: bits)
        var satellite = try SyndromeEncoder(plan: plan)
        try bytes(of: alice, 0..<bits).withUnsafeBytes { try satellite.load($0) }
        var head = [UInt8](repeating: 0, count: ReconciliationPlan.encodedBytes)
        try head.withUnsafeMutableBytes { try plan.encode(into: $0) }
        var disclosure = [UInt8](repeating: 0, count: plan.firstDisclosureBytes)
        try disclosure.withUnsafeMutableBytes { try satellite.firstDisclosure(into: $0) }
        do { try Data(head + disclosure).write(to: URL(fileURLWithPath: path)) } catch {
            throw ValidationError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func plan(bits: Int) throws -> ReconciliationPlan {
        // Below and above what the codes are made for, the nearest that they are.
        let range = ReconciliationPlan.qberRangePPM
        let ppm = Int((qber * 1e6).rounded())
        return try ReconciliationPlan(
            bits: bits, qberPPM: min(range.upperBound, max(range.lowerBound, ppm)))
    }

    private func bytes(of data: Data, _ range: Range<Int>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (range.count + 7) / 8)
        for (i, bit) in range.enumerated()
        where data[data.startIndex + bit / 8] >> UInt8(bit % 8) & 1 == 1 {
            bytes[i / 8] |= 1 << UInt8(i % 8)
        }
        return bytes
    }

    private func differences(_ a: [UInt8], _ b: [UInt8]) -> Int {
        zip(a, b).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    }

    private func show(_ s: Summary) {
        print("method            \(s.method.rawValue)")
        print("bits              \(s.bits) in \(s.blocks) blocks, \(s.errorsBefore) errors before")
        if s.unusedBits > 0 { print("left out          \(s.unusedBits) bits, as --bits says") }
        print("disclosed         \(s.disclosedBits) bits")
        print("f                 \(String(format: "%.4f", s.f)) at the given error rate \(s.qber)")
        print("messages          \(s.messages)")
        print("residual errors   \(s.residualErrors), by comparing the files")
        print("failed blocks     \(s.failedBlocks)")
        print(String(format: "time              %.3f s, %.2f Mbit/s", s.seconds, s.mbitPerS))
    }
}
