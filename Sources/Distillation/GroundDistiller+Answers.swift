import Amplification
import Authentication
import Quantities
import Reconciliation
import Secrets
import Wire

// What the ground makes of the satellite's answers, step by step.
extension GroundDistiller {
    /// Reads what follows the status of an answer to the request under way.
    mutating func take(
        _ reader: inout PayloadReader, window: GroundWindow, now: Int64
    ) throws(DistillationProblem) {
        switch window.stage {
        case .blocks: try takeBlock(&reader, window: window)
        case .increment(let request): try take(increment: request, &reader, window: window)
        case .cascade: try takeCascade(&reader, window: window)
        case .disclose(let from): try take(disclosureFrom: from, &reader, window: window)
        case .close: window.stage = .verify
        case .verify: window.stage = .length
        case .length: window.stage = .seed(from: 0)
        case .seed(let from): try take(seedFrom: from, window: window)
        case .confirm: try takeConfirm(&reader, window: window)
        case .settle: window.end(.key, now: now)
        case .abandon: window.end(window.result.outcome, now: now)
        case .ended: throw .contradiction
        }
    }

    private mutating func takeBlock(
        _ reader: inout PayloadReader, window: GroundWindow
    ) throws(DistillationProblem) {
        guard let plan = window.decoder?.plan else { throw .contradiction }
        let disclosure = try wire { () throws(WireError) in
            try reader.take(plan.firstDisclosureBytes)
        }
        window.result.correctionMessages += 2
        try window.withBlock { block throws(DistillationProblem) in
            try corrected { () throws(ReconciliationError) in
                try window.decoder?.start(
                    UnsafeRawBufferPointer(block), disclosure: disclosure)
            }
        }
        try attempt(window)
    }

    private mutating func take(
        increment request: IncrementRequest, _ reader: inout PayloadReader, window: GroundWindow
    ) throws(DistillationProblem) {
        guard let plan = window.decoder?.plan else { throw .contradiction }
        let bytes = try wire { () throws(WireError) in try reader.take(request.bytes(plan)) }
        window.result.correctionMessages += 2
        try corrected { () throws(ReconciliationError) in try window.decoder?.add(bytes) }
        try attempt(window)
    }

    private mutating func attempt(_ window: GroundWindow) throws(DistillationProblem) {
        let outcome = try window.withBlock { block throws(DistillationProblem) in
            try corrected { () throws(ReconciliationError) in
                try window.decoder?.attempt(correcting: block)
            }
        }
        switch outcome {
        case .corrected:
            endBlock(
                window, disclosed: window.decoder?.disclosedBits ?? window.block.count,
                errors: window.decoder?.correctedErrors ?? 0)
        case .needs(let request): window.stage = .increment(request)
        case .failed, nil: try beginCascade(window)
        }
    }

    /// Counts what the satellite told of the block, which is never more than the block has.
    func endBlock(_ window: GroundWindow, disclosed: Int, errors: Int) {
        let bits = Double(Int64(widening: window.block.count))
        window.result.correctedErrors += errors
        window.result.leastDisclosure +=
            bits * BinaryEntropy.bits(Double(Int64(widening: errors)) / bits)
        window.ledger.disclosedBits += min(disclosed, window.block.count)
        window.ledger.blockedBits += window.block.count
        window.ledger.blocks += 1
        window.decoder = nil
        window.corrector = nil
        window.disclosedErrors = 0
        window.stage = .blocks
    }

    private func take(
        disclosureFrom from: Int, _ reader: inout PayloadReader, window: GroundWindow
    ) throws(DistillationProblem) {
        let count = min(window.block.count - from, Disclosure.largestBits)
        let bytes = try wire { () throws(WireError) in try reader.take((count + 7) / 8) }
        window.result.correctionMessages += 2
        let first = window.block.lowerBound + from
        for offset in 0..<count {
            let bit = bytes[offset / 8] &>> UInt8(truncatingIfNeeded: offset & 7) & 1
            if window.ledger.bits.exchange(bit, at: first + offset) != bit {
                window.disclosedErrors += 1
            }
        }
        guard from + count == window.block.count else {
            window.stage = .disclose(from: from + count)
            return
        }
        window.result.blocksDisclosed += 1
        endBlock(window, disclosed: window.block.count, errors: window.disclosedErrors)
    }

    private func take(
        seedFrom from: Int, window: GroundWindow
    ) throws(DistillationProblem) {
        guard let count = window.seed?.count else { throw .contradiction }
        let end = min(from + SeedTransfer.largestBytes, count)
        guard end == count else {
            window.stage = .seed(from: end)
            return
        }
        guard let seed = window.seed.take() else { throw .contradiction }
        do throws(AmplificationError) {
            window.key = try window.ledger.amplified(
                seed: seed, byteCount: window.result.keyBytes)
        } catch { throw .contradiction }
        window.stage = .confirm
    }

    /// The satellite holds the key and has signed so: from here on it may be used.
    private mutating func takeConfirm(
        _ reader: inout PayloadReader, window: GroundWindow
    ) throws(DistillationProblem) {
        let confirmation = try wire { () throws(WireError) in try Confirmation(&reader) }
        guard let name = window.result.key, let asked = requestSequence else {
            throw .contradiction
        }
        let value = window.ledger.confirm(
            name, .down, sequence: asked, session: parameters.session, key: transcriptKey)
        let isAuthentic = try vaulted { () throws(VaultFault) in
            try vault.accepts(confirmation, of: value, lane: 1)
        }
        guard isAuthentic else { throw .notAuthentic }
        window.result.padBytes += AuthenticationTag.size
        try vaulted { () throws(VaultFault) in try vault.advance(name, to: .available) }
        window.result.outcome = .key
        window.stage = .settle
    }
}

/// Runs `body`; what the decoder cannot take is a contradiction.
private func corrected<Result>(
    _ body: () throws(ReconciliationError) -> Result
) throws(DistillationProblem) -> Result {
    do throws(ReconciliationError) { return try body() } catch { throw .contradiction }
}

extension GroundWindow {
    /// Calls `body` with a copy of the block's bits, puts them back, and wipes the copy.
    fileprivate func withBlock<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws(DistillationProblem) -> Result
    ) throws(DistillationProblem) -> Result {
        var copy = ledger.bits.extract(block)
        let result = try copy.withUnsafeMutableBytes(body)
        ledger.bits.replace(block, with: copy)
        return result
    }
}
