import Authentication
import FiniteKey
import Quantities
import Reconciliation
import Secrets
import Sifting
import Wire

// What the ground asks, step by step.
extension GroundDistiller {
    /// Writes the payload of the window's next request.
    ///
    /// - Returns: `false` if there is none yet: more epochs have to settle.
    mutating func write(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) -> Bool {
        switch window.stage {
        case .blocks: return try writeBlock(window, into: &writer)
        case .increment(let request): try write(increment: request, into: &writer)
        case .cascade: try writeCascade(window, into: &writer)
        case .disclose(let from): try write(disclosureFrom: from, of: window, into: &writer)
        case .close: try writeClose(window, into: &writer)
        case .verify: try writeVerify(window, into: &writer)
        case .length: try writeLength(window, into: &writer)
        case .seed(let from): try write(seedFrom: from, of: window, into: &writer)
        case .confirm: try writeConfirm(window, into: &writer)
        case .settle: try writeSettle(window, into: &writer)
        case .abandon: try put(.abandon, into: &writer)
        case .ended: return false
        }
        return true
    }

    private func put(
        _ step: DistillationStep, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try wire { () throws(WireError) in try writer.put(step.rawValue) }
    }

    /// Tells which epochs have settled; what was said about those kept enters the transcript.
    private func putExtension(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        let told = EpochExtension(
            first: window.ledger.nextEpoch, kept: window.untold.map { $0.isKept })
        try wire { () throws(WireError) in try told.put(in: &writer) }
        for (offset, epoch) in window.untold.enumerated() {
            let number = told.first + UInt32(truncatingIfNeeded: offset)
            for index in epoch.firstHash..<epoch.firstHash + epoch.hashCount {
                window.ledger.note(
                    window.hashes[index], ofEpoch: number, session: parameters.session,
                    key: transcriptKey)
            }
        }
        window.ledger.nextEpoch += UInt32(truncatingIfNeeded: window.untold.count)
        window.untold.removeAll(keepingCapacity: true)
        window.hashes.removeAll(keepingCapacity: true)
    }

    private func writeBlock(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) -> Bool {
        guard let bits = window.nextBlockBits(aim: parameters.blockBits) else {
            guard window.isComplete else { return false }
            window.stage = .close
            try writeClose(window, into: &writer)
            return true
        }
        let first = window.ledger.blockedBits
        window.block = first..<first + bits
        guard try isWorthCorrecting(window) else { return false }
        let plan: ReconciliationPlan
        do throws(ReconciliationError) {
            plan = try ReconciliationPlan(
                bits: bits, qberPPM: window.expectedErrorRate(of: window.block))
            window.decoder = try BlockDecoder(plan: plan)
        } catch { throw .noKey(.counts) }
        try put(.block, into: &writer)
        try putExtension(window, into: &writer)
        try wire { () throws(WireError) in
            let room = try writer.reserve(ReconciliationPlan.encodedBytes)
            do throws(ReconciliationError) { try plan.encode(into: room) } catch {
                throw .room(needed: ReconciliationPlan.encodedBytes, given: room.count)
            }
        }
        return true
    }

    /// Whether the window's next block is corrected now.
    ///
    /// One so noisy that its like gives no key (11 %, Shor and Preskill, Phys. Rev. Lett. 85, 441,
    /// 2000) waits for the others. Once their counts leave no key whatever correction costs, none is.
    private func isWorthCorrecting(_ window: GroundWindow) throws(DistillationProblem) -> Bool {
        if window.isComplete {
            _ = try keyBytes(window)
            return true
        }
        return window.expectedErrorRate(of: window.block)
            < ReconciliationPlan.qberRangePPM.upperBound
    }

    private func write(
        increment request: IncrementRequest, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try put(.increment, into: &writer)
        try wire { () throws(WireError) in
            let room = try writer.reserve(IncrementRequest.encodedBytes)
            do throws(ReconciliationError) { try request.encode(into: room) } catch {
                throw .room(needed: IncrementRequest.encodedBytes, given: room.count)
            }
        }
    }

    private func write(
        disclosureFrom from: Int, of window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try put(.disclose, into: &writer)
        let count = min(window.block.count - from, Disclosure.largestBits)
        try wire { () throws(WireError) in
            try writer.put(UInt32(truncatingIfNeeded: from))
            try writer.put(UInt32(truncatingIfNeeded: count))
        }
    }

    private func writeClose(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try put(.close, into: &writer)
        try putExtension(window, into: &writer)
        try wire { () throws(WireError) in
            try writer.put(UInt64(widening: window.ledger.bits.count))
            try writer.put(UInt64(widening: window.ledger.disclosedBits))
            window.ledger.counts.put(in: try writer.reserve(SiftCounts.size))
        }
    }

    /// A public key for the verification hash, drawn only now that the bits cannot change any more.
    private mutating func writeVerify(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try put(.verify, into: &writer)
        let key = try wire { () throws(WireError) in try writer.reserve(HashKey.size) }
        try vaulted { () throws(VaultFault) in try vault.random(key) }
        let room = try wire { () throws(WireError) in try writer.reserve(VerificationTag.size) }
        do throws(AuthenticationError) {
            let tag = try window.ledger.verificationTag(publicKey: UnsafeRawBufferPointer(key))
            try tag.put(in: room)
        } catch { throw .contradiction }
    }

    private mutating func writeLength(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        let bytes = try keyBytes(window)
        var name: (UInt64, UInt64) = (0, 0)
        try vaulted { () throws(VaultFault) in
            try withUnsafeMutableBytes(of: &name) { name throws(VaultFault) in
                try vault.random(name)
                // Version 4, variant 1 of RFC 9562: a random UUID.
                name[6] = name[6] & 0x0F | 0x40
                name[8] = name[8] & 0x3F | 0x80
            }
        }
        let key = KeyIdentifier(
            low: UInt64(littleEndian: name.0), high: UInt64(littleEndian: name.1))
        window.result.key = key
        window.result.keyBytes = bytes
        try put(.length, into: &writer)
        try wire { () throws(WireError) in
            try writer.put(key.low)
            try writer.put(key.high)
            try writer.put(UInt32(truncatingIfNeeded: bytes))
        }
        try drawSeed(window, keyBytes: bytes)
    }

    /// Whole bytes of the key that the counts allow.
    private func keyBytes(_ window: GroundWindow) throws(DistillationProblem) -> Int {
        let length: KeyLength
        do throws(KeyLengthFault) {
            length = try parameters.proof.keyLength(
                counts: window.ledger.counts, keyBasis: parameters.keyBasis,
                disclosedBits: window.ledger.disclosedBits)
        } catch { throw .noKey(.counts) }
        window.result.length = length
        let bytes = Int(truncatingIfNeeded: length.keyBits / 8)
        guard bytes > 0 else { throw .noKey(.nothingLeft) }
        guard bytes > parameters.replenishment else { throw .noKey(.onlyReplenishment) }
        return bytes
    }

    /// Draws the seed of privacy amplification, now that the data are fixed.
    private mutating func drawSeed(
        _ window: GroundWindow, keyBytes: Int
    ) throws(DistillationProblem) {
        var seed = SecretBytes(
            count: SeedTransfer.byteCount(bits: window.ledger.bits.count, keyBytes: keyBytes))
        try vaulted { () throws(VaultFault) in
            try seed.withUnsafeMutableBytes { bytes throws(VaultFault) in
                try vault.random(bytes)
            }
        }
        window.seed = consume seed
    }

    private func write(
        seedFrom from: Int, of window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try put(.seed, into: &writer)
        guard window.seed != nil else { throw .contradiction }
        try wire { () throws(WireError) in
            try writer.put(UInt32(truncatingIfNeeded: from))
            try window.seed?.withUnsafeBytes { seed throws(WireError) in
                let end = min(from + SeedTransfer.largestBytes, seed.count)
                try writer.put(UnsafeRawBufferPointer(rebasing: seed[from..<end]))
            }
        }
    }

    /// Keeps the key, then says so under a tag: after this the other end may hold it too.
    private mutating func writeConfirm(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        guard let name = window.result.key else { throw .contradiction }
        let record = DistilledKey(
            identifier: name, session: parameters.session, window: window.ledger.window,
            byteCount: window.result.keyBytes, padBytesPerLane: parameters.padBytesPerLane,
            siftedBits: window.ledger.bits.count, disclosedBits: window.ledger.disclosedBits,
            efficiency: window.currentEfficiency, proof: parameters.proof)
        guard let key = window.key.take() else { throw .contradiction }
        try put(.confirm, into: &writer)
        try sign(window, name, into: &writer)
        try vaulted { () throws(VaultFault) in
            try vault.keep(key, as: .pending, record: record)
        }
    }

    private mutating func writeSettle(
        _ window: GroundWindow, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        guard let name = window.result.key else { throw .contradiction }
        try put(.settle, into: &writer)
        try sign(window, name, into: &writer)
    }

    private mutating func sign(
        _ window: GroundWindow, _ name: KeyIdentifier, into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        let value = window.ledger.confirm(
            name, .up, sequence: sequence, session: parameters.session, key: transcriptKey)
        let confirmation = try vaulted { () throws(VaultFault) in try vault.confirm(value) }
        window.result.padBytes += AuthenticationTag.size
        try wire { () throws(WireError) in
            try writer.put(name.low)
            try writer.put(name.high)
            try confirmation.put(in: &writer)
        }
    }
}
