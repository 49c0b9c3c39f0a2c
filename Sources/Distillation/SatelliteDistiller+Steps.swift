import Amplification
import Authentication
import FiniteKey
import Quantities
import Reconciliation
import Secrets
import Sifting
import Wire

// What the satellite does, step by step.
extension SatelliteDistiller {
    /// Does `step` and writes what follows the status.
    mutating func perform<Holder: EpochHolder & ~Copyable>(
        _ step: DistillationStep, _ reader: inout PayloadReader, payload: UnsafeRawBufferPointer,
        header: MessageHeader, window: SatelliteWindow,
        sifter: borrowing Holder, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        guard window.allows(step) else { throw .refused(.order) }
        if step == .block || step == .close { try extend(window, &reader, sifter: sifter) }
        let isSigned = step == .confirm || step == .settle
        if !isSigned { note(payload, header: header, direction: .up, window: window) }
        switch step {
        case .block: try beginBlock(&reader, window: window, into: &writer)
        case .increment: try increment(&reader, window: window, into: &writer)
        case .cascade: try cascade(&reader, window: window, into: &writer)
        case .disclose: try disclose(&reader, window: window, into: &writer)
        case .close: try close(&reader, window: window)
        case .verify: try verify(&reader, window: window)
        case .length: try settleLength(&reader, window: window)
        case .seed: try takeSeed(&reader, window: window)
        case .confirm: try confirm(&reader, header: header, window: window, into: &writer)
        case .settle: try settle(&reader, header: header, window: window)
        case .abandon: window.kill()
        case .meet, .reunite: throw .refused(.order)
        }
        try answering { () throws(WireError) in try reader.end() }
        if !isSigned { note(writer.written, header: header, direction: .down, window: window) }
    }

    private func note(
        _ payload: UnsafeRawBufferPointer, header: MessageHeader, direction: MessageDirection,
        window: SatelliteWindow
    ) {
        window.ledger.note(
            .message, direction, sequence: header.sequence, payload,
            session: parameters.session, key: transcriptKey)
    }

    /// Takes in the epochs that the ground has settled.
    private func extend<Holder: EpochHolder & ~Copyable>(
        _ window: SatelliteWindow, _ reader: inout PayloadReader, sifter: borrowing Holder
    ) throws(SatelliteProblem) {
        let told = try answering { () throws(WireError) in try EpochExtension(&reader) }
        let end = UInt64(widening: told.first) + UInt64(widening: told.kept.count)
        let last = parameters.endEpoch(ofWindow: window.ledger.window)
        guard told.first == window.ledger.nextEpoch, end <= UInt64(widening: last) else {
            throw .refused(.order)
        }
        for (offset, isKept) in told.kept.enumerated() where isKept {
            let epoch = told.first + UInt32(truncatingIfNeeded: offset)
            let counts = sifter.eachHeld(
                ofEpoch: epoch,
                part: {
                    window.ledger.note(
                        $0, ofEpoch: epoch, session: parameters.session, key: transcriptKey)
                },
                bit: { window.ledger.bits.append($0) })
            guard let counts else { throw .refused(.epochMissing) }
            window.ledger.counts.add(counts)
        }
        window.ledger.nextEpoch = UInt32(truncatingIfNeeded: end)
    }

    private func beginBlock(
        _ reader: inout PayloadReader, window: SatelliteWindow, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        window.endBlock()
        let bytes = try answering { () throws(WireError) in
            try reader.take(ReconciliationPlan.encodedBytes)
        }
        let first = window.ledger.blockedBits
        do throws(ReconciliationError) {
            let plan = try ReconciliationPlan(encoded: bytes)
            let left = window.ledger.bits.count - first
            guard plan.bits <= left else { throw .bitsOutOfRange(plan.bits) }
            let block = window.ledger.bits.extract(first..<first + plan.bits)
            var encoder = try SyndromeEncoder(plan: plan)
            try block.withUnsafeBytes { bits throws(ReconciliationError) in
                try encoder.load(bits)
            }
            let room = try reconciling { () throws(WireError) in
                try writer.reserve(plan.firstDisclosureBytes)
            }
            try encoder.firstDisclosure(into: room)
            window.block = first..<first + plan.bits
            window.ledger.blockedBits += plan.bits
            window.ledger.blocks += 1
            window.blockDisclosure = plan.firstDisclosureBits
            window.encoder = consume encoder
        } catch { throw .refused(.plan) }
    }

    private func increment(
        _ reader: inout PayloadReader, window: SatelliteWindow, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        let bytes = try answering { () throws(WireError) in
            try reader.take(IncrementRequest.encodedBytes)
        }
        do throws(ReconciliationError) {
            guard let plan = window.encoder?.plan else { throw .bitsOutOfRange(0) }
            let request = try IncrementRequest(encoded: bytes)
            let room = try reconciling { () throws(WireError) in
                try writer.reserve(request.bytes(plan))
            }
            try window.encoder?.increment(request, into: room)
            window.blockDisclosure = max(
                window.blockDisclosure, plan.disclosedBits(after: request))
        } catch { throw .refused(.plan) }
    }

    private func disclose(
        _ reader: inout PayloadReader, window: SatelliteWindow, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        guard window.encoder != nil else { throw .refused(.order) }
        let (from, count) = try answering { () throws(WireError) in
            (try reader.integer(UInt32.self), try reader.integer(UInt32.self))
        }
        let first = UInt64(widening: from)
        let end = first + UInt64(widening: count)
        guard count > 0, UInt64(widening: count) <= UInt64(widening: Disclosure.largestBits),
            end <= UInt64(widening: window.block.count)
        else { throw .refused(.content) }
        let start = window.block.lowerBound + Int(truncatingIfNeeded: first)
        let range = start..<start + Int(truncatingIfNeeded: count)
        let bits = window.ledger.bits.extract(range)
        window.blockDisclosure = window.block.count
        try answering { () throws(WireError) in
            try bits.withUnsafeBytes { bytes throws(WireError) in try writer.put(bytes) }
        }
    }

    /// The window is over: both ends hold the same number of bits of each class, all of them in
    /// blocks, and have counted the same disclosure.
    private func close(
        _ reader: inout PayloadReader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        window.endBlock()
        let (bits, disclosed) = try answering { () throws(WireError) in
            (try reader.integer(UInt64.self), try reader.integer(UInt64.self))
        }
        let counts = try answering { () throws(WireError) in
            SiftCounts(try reader.take(SiftCounts.size))
        }
        var own = window.ledger.counts
        own.testErrors = counts.testErrors
        guard own == counts, bits == UInt64(widening: window.ledger.bits.count),
            window.ledger.blockedBits == window.ledger.bits.count,
            disclosed == UInt64(widening: window.ledger.disclosedBits)
        else { throw .refused(.countsDiffer) }
        window.ledger.counts = counts
        window.stage = .closed
    }

    private func verify(
        _ reader: inout PayloadReader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        let isEqual = try answering { () throws(WireError) in
            let key = try reader.take(HashKey.size)
            let tag = try reader.take(VerificationTag.size)
            do throws(AuthenticationError) {
                let own = try window.ledger.verificationTag(publicKey: key)
                return own.isEqual(to: try VerificationTag(tag))
            } catch { throw .payloadEnds(count: tag.count) }
        }
        guard isEqual else { throw .refused(.bitsDiffer) }
        window.stage = .verified
    }

    private func settleLength(
        _ reader: inout PayloadReader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        let (low, high, bytes) = try answering { () throws(WireError) in
            (
                try reader.integer(UInt64.self), try reader.integer(UInt64.self),
                try reader.integer(UInt32.self)
            )
        }
        let allowed: Int64
        do throws(KeyLengthFault) {
            allowed = try parameters.proof.keyLength(
                counts: window.ledger.counts, keyBasis: parameters.keyBasis,
                disclosedBits: window.ledger.disclosedBits
            ).keyBits
        } catch { throw .refused(.length) }
        let asked = Int64(widening: bytes)
        guard asked > Int64(widening: parameters.replenishment), 8 * asked <= allowed else {
            throw .refused(.length)
        }
        window.name = KeyIdentifier(low: low, high: high)
        window.keyBytes = Int(truncatingIfNeeded: bytes)
        window.seed = SecretBytes(
            count: SeedTransfer.byteCount(
                bits: window.ledger.bits.count, keyBytes: window.keyBytes))
        window.stage = .seed(received: 0)
    }

    private func takeSeed(
        _ reader: inout PayloadReader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        guard case .seed(let received) = window.stage, let total = window.seed?.count else {
            throw .refused(.order)
        }
        let count = min(SeedTransfer.largestBytes, total - received)
        let piece = try answering { () throws(WireError) in
            let from: UInt32 = try reader.integer()
            guard UInt64(widening: from) == UInt64(widening: received) else {
                throw .count(stated: Int(truncatingIfNeeded: from), present: received)
            }
            return try reader.take(count)
        }
        window.seed?.withUnsafeMutableBytes { seed in
            for index in 0..<count { seed[received + index] = piece[index] }
        }
        guard received + count == total else {
            window.stage = .seed(received: received + count)
            return
        }
        guard let seed = window.seed.take() else { throw .refused(.order) }
        do throws(AmplificationError) {
            window.key = try window.ledger.amplified(seed: seed, byteCount: window.keyBytes)
        } catch { throw .refused(.length) }
        window.stage = .seeded
    }

    /// The ground holds the key and has signed so: keep it, then answer under an own tag.
    private mutating func confirm(
        _ reader: inout PayloadReader, header: MessageHeader, window: SatelliteWindow,
        into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        try check(&reader, header: header, window: window)
        let value = window.ledger.confirm(
            window.name, .down, sequence: header.sequence, session: parameters.session,
            key: transcriptKey)
        let record = DistilledKey(
            identifier: window.name, session: parameters.session, window: window.ledger.window,
            byteCount: window.keyBytes, padBytesPerLane: parameters.padBytesPerLane,
            siftedBits: window.ledger.bits.count, disclosedBits: window.ledger.disclosedBits,
            proof: parameters.proof)
        guard let key = window.key.take() else { throw .refused(.order) }
        let confirmation: Confirmation
        do throws(VaultFault) {
            confirmation = try vault.confirm(value)
            try vault.keep(key, as: .committed, record: record)
        } catch { throw .refused(error.refusal) }
        window.stage = .committed
        try answering { () throws(WireError) in try confirmation.put(in: &writer) }
    }

    private mutating func settle(
        _ reader: inout PayloadReader, header: MessageHeader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        try check(&reader, header: header, window: window)
        do throws(VaultFault) { try vault.advance(window.name, to: .available) } catch {
            throw .refused(error.refusal)
        }
        window.stage = .settled
    }

    /// Checks the ground's tag on all that was said so far and on the key's name.
    private mutating func check(
        _ reader: inout PayloadReader, header: MessageHeader, window: SatelliteWindow
    ) throws(SatelliteProblem) {
        let (name, confirmation) = try answering { () throws(WireError) in
            (
                KeyIdentifier(low: try reader.integer(), high: try reader.integer()),
                try Confirmation(&reader)
            )
        }
        guard name == window.name else { throw .refused(.content) }
        let value = window.ledger.confirm(
            name, .up, sequence: header.sequence, session: parameters.session,
            key: transcriptKey)
        do throws(VaultFault) {
            guard try vault.accepts(confirmation, of: value, lane: 0) else {
                throw .padUnknown
            }
        } catch { throw .refused(error == .padUnknown ? .tag : error.refusal) }
    }
}

extension SatelliteWindow {
    /// Whether `step` may follow what was done.
    func allows(_ step: DistillationStep) -> Bool {
        switch step {
        case .block, .increment, .cascade, .disclose, .close: stage == .blocks
        case .verify: stage == .closed
        case .length: stage == .verified
        case .seed: if case .seed = stage { true } else { false }
        case .confirm: stage == .seeded
        case .settle: stage == .committed
        case .abandon: stage != .committed && stage != .settled
        case .meet, .reunite: false
        }
    }
}

extension VaultFault {
    /// What the other end is told of it.
    var refusal: DistillationRefusal {
        switch self {
        case .stockEmpty, .padUnknown: .stock
        case .keyState, .storage: .storage
        }
    }
}

/// Runs `body`; no room is a plan that cannot be followed.
private func reconciling<Result>(
    _ body: () throws(WireError) -> Result
) throws(ReconciliationError) -> Result {
    do throws(WireError) { return try body() } catch {
        throw .wrongLength(bytes: 0, expected: MessageHeader.largestPayload)
    }
}
