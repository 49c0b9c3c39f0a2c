import Cascade
import Foundation
import Quantities
import TagFiles

extension DistilCommand {
    /// Bits of a block, about: more are hardly more efficient.
    private static let cascadeBits = 102_400

    /// Reconciles the first `total` bits of `a` and `b` by Cascade.
    func reconcileByCascade(_ a: Data, _ b: Data, total: Int) throws -> Summary {
        let blocks = max(1, (total + Self.cascadeBits / 2) / Self.cascadeBits)
        // Whole bytes, all blocks but the last of one size.
        let size = (total + 8 * blocks - 1) / (8 * blocks) * 8
        var summary = Summary(
            method: .cascade, bits: total, unusedBits: 8 * a.count - total, qber: qber,
            errorsBefore: 0, disclosedBits: 0, f: 0, messages: 0, residualErrors: 0, blocks: 0,
            failedBlocks: 0, seconds: 0, mbitPerS: 0)
        var lost = 0
        var transcript: [UInt8] = []
        var pair: CascadePair?
        for start in stride(from: 0, to: total, by: size) {
            let bits = min(size, total - start)
            if pair?.plan.bits != bits {
                pair = try CascadePair(plan: cascade.plan(bits: bits, qber: qber))
            }
            let alice = bytes(of: a, from: start, bits: bits)
            var bob = bytes(of: b, from: start, bits: bits)
            summary.blocks += 1
            summary.errorsBefore += differences(alice, bob)
            let begin = ContinuousClock.now
            let result = try reconcile(alice, &bob, by: &pair, transcript: &transcript)
            summary.seconds += (ContinuousClock.now - begin) / .seconds(1)
            let wrong = differences(alice, bob)
            summary.disclosedBits += result?.disclosedBits ?? 0
            summary.messages += result?.messages ?? 0
            if result?.finished == true {
                summary.residualErrors += wrong
                if wrong > 0 { lost += bits }
            } else {
                summary.failedBlocks += 1
                lost += bits
            }
        }
        if let path = cascade.transcript { try keep(transcript, in: path) }
        summary.f =
            Double(summary.disclosedBits + lost) / (Double(total) * BinaryEntropy.bits(qber))
        summary.mbitPerS = Double(total) / 1e6 / max(summary.seconds, 1e-9)
        return summary
    }

    private func reconcile(
        _ alice: [UInt8], _ bob: inout [UInt8], by pair: inout CascadePair?,
        transcript: inout [UInt8]
    ) throws -> CascadePair.Result? {
        var messages: [UInt8] = []
        let keepsMessages = cascade.transcript != nil
        let result = try alice.withUnsafeBytes { alice in
            try bob.withUnsafeMutableBytes { bob in
                try pair?.run(alice: alice, bob: bob) { message in
                    guard keepsMessages else { return }
                    withUnsafeBytes(of: UInt32(message.count).littleEndian) {
                        messages.append(contentsOf: $0)
                    }
                    messages.append(contentsOf: message)
                }
            }
        }
        transcript += messages
        return result
    }

    private func keep(_ transcript: [UInt8], in path: String) throws {
        try tellingTagErrors {
            var file = try OutputFile(path: path, permissions: 0o600)
            try file.write(transcript)
            try file.commit()
        }
    }

    /// Bits `start ..< start + bits` of `data`; `start` is a multiple of 8.
    private func bytes(of data: Data, from start: Int, bits: Int) -> [UInt8] {
        var bytes = [UInt8](data.dropFirst(start / 8).prefix((bits + 7) / 8))
        if bits % 8 > 0 { bytes[bytes.count - 1] &= (1 << UInt8(bits % 8)) - 1 }
        return bytes
    }

    private func differences(_ a: [UInt8], _ b: [UInt8]) -> Int {
        zip(a, b).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    }
}
