import Cascade
import Quantities
import Reconciliation
import Secrets
import Wire

// A block that the code could not correct goes on by Cascade: what was told of it stays counted.

extension CascadePlan {
    /// Bytes on the wire: passes (1), expected errors in parts per million (4), seed (8).
    static let encodedBytes = 13
    /// Passes of the fallback: with 16 none of 4,000 blocks was left with an error.
    static let fallbackPasses = 16

    /// The plan for a block that had more errors than the code's plan expected.
    init(after plan: ReconciliationPlan, seed: UInt64) throws(CascadeError) {
        let rate = min(2 * plan.qberPPM, Self.errorRateRangePPM.upperBound - 1)
        try self.init(
            variant: .yan, bits: plan.bits, errorRatePPM: rate, seed: seed,
            passes: Self.fallbackPasses)
    }

    init(_ reader: inout PayloadReader, bits: Int) throws(WireError) {
        let passes: UInt8 = try reader.integer()
        let rate: UInt32 = try reader.integer()
        let seed: UInt64 = try reader.integer()
        do throws(CascadeError) {
            try self.init(
                variant: .yan, bits: bits, errorRatePPM: Int(truncatingIfNeeded: rate),
                seed: seed, passes: Int(passes))
        } catch { throw .code(passes) }
    }

    func put(in writer: inout PayloadWriter) throws(WireError) {
        try writer.put(UInt8(truncatingIfNeeded: passes))
        try writer.put(UInt32(truncatingIfNeeded: errorRatePPM))
        try writer.put(seed)
    }
}

extension GroundDistiller {
    /// Begins Cascade on the block that did not decode.
    mutating func beginCascade(_ window: GroundWindow) throws(DistillationProblem) {
        guard let code = window.decoder?.plan else { throw .contradiction }
        window.codeDisclosure = window.decoder?.disclosedBits ?? window.block.count
        window.decoder = nil
        var word: UInt64 = 0
        try vaulted { () throws(VaultFault) in
            try withUnsafeMutableBytes(of: &word) { bytes throws(VaultFault) in
                try vault.random(bytes)
            }
        }
        do throws(CascadeError) {
            let plan = try CascadePlan(after: code, seed: word)
            var corrector = try CascadeCorrector(
                plan: plan, memory: SecretBytes(count: CascadeCorrector.byteCount(plan)))
            let block = window.ledger.bits.extract(window.block)
            try block.withUnsafeBytes { bytes throws(CascadeError) in try corrector.load(bytes) }
            window.corrector = consume corrector
            window.stage = .cascade
        } catch { window.stage = .disclose(from: 0) }
    }

    /// Writes the next questions about the block.
    func writeCascade(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        guard let plan = window.corrector?.plan else { throw .contradiction }
        try wire { () throws(WireError) in
            try writer.put(DistillationStep.cascade.rawValue)
            try plan.put(in: &writer)
            try writer.fill(CascadeBlock.largestMessage) { room in
                do throws(CascadeError) {
                    return try window.corrector?.nextRequest(into: room) ?? 0
                } catch { return 0 }
            }
        }
    }

    /// Takes the answers; ends the block when no parity differs any more.
    func takeCascade(
        _ reader: inout PayloadReader, window: GroundWindow
    ) throws(DistillationProblem) {
        let answer = try wire { () throws(WireError) in try reader.take(reader.left) }
        window.result.correctionMessages += 2
        do throws(CascadeError) { try window.corrector?.receive(answer) } catch {
            window.stage = .disclose(from: 0)
            return
        }
        guard window.corrector?.isFinished == true else { return }
        var corrected = SecretBytes(count: (window.block.count + 7) / 8)
        do throws(CascadeError) {
            try corrected.withUnsafeMutableBytes { bytes throws(CascadeError) in
                try window.corrector?.copyKey(into: bytes)
            }
        } catch { throw .contradiction }
        window.ledger.bits.replace(window.block, with: corrected)
        window.result.blocksByCascade += 1
        let disclosed = window.codeDisclosure + (window.corrector?.disclosedBits ?? 0)
        endBlock(
            window, disclosed: disclosed, errors: window.corrector?.correctedBits ?? 0)
    }
}

extension SatelliteDistiller {
    /// Answers questions about the block under way.
    func cascade(
        _ reader: inout PayloadReader, window: SatelliteWindow, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        guard window.encoder != nil else { throw .refused(.order) }
        let plan = try answering { () throws(WireError) in
            try CascadePlan(&reader, bits: window.block.count)
        }
        let request = try answering { () throws(WireError) in try reader.take(reader.left) }
        do throws(CascadeError) {
            if window.answerer == nil {
                var answerer = try CascadeAnswerer(
                    plan: plan, memory: SecretBytes(count: CascadeAnswerer.byteCount(plan)))
                let block = window.ledger.bits.extract(window.block)
                try block.withUnsafeBytes { bytes throws(CascadeError) in
                    try answerer.load(bytes)
                }
                window.answerer = consume answerer
            }
            guard window.answerer?.plan == plan else { throw .otherPlan }
        } catch { throw .refused(.plan) }
        let before = window.answerer?.disclosedBits ?? 0
        try answering { () throws(WireError) in
            var fault: CascadeError?
            try writer.fill(CascadeBlock.largestMessage) { room in
                do throws(CascadeError) {
                    return try window.answerer?.answer(request, into: room) ?? 0
                } catch {
                    fault = error
                    return 0
                }
            }
            guard fault == nil else { throw .payloadEnds(count: request.count) }
        }
        window.blockDisclosure += (window.answerer?.disclosedBits ?? 0) - before
    }
}
