public import Authentication
import Quantities
import Secrets
public import Sifting
import Wire

/// The ground's half of distillation: sifted epochs in, requests out, answers in, keys into the
/// vault.
///
/// It has no clock and no link of its own. One request at a time is under way; the satellite's
/// answer to it is awaited, the request repeated. Windows are worked on one after the other: blocks
/// of error correction while the pass runs, the rest when the window's last epoch is settled.
/// Before them the two ends settle the keys of which an earlier session left them unsure.
/// Messages may be lost, repeated, delayed or damaged. Every window ends in a ``WindowResult``.
public struct GroundDistiller<Vault: KeyVault>: ~Copyable {
    /// What both ends hold.
    public let parameters: DistillationParameters
    /// What did not go the straight way.
    public private(set) var counters = DistillationCounters()
    /// Windows of which every epoch is settled so far.
    public private(set) var completeWindows = 0
    /// Where keys go and pads come from.
    public internal(set) var vault: Vault

    /// Bytes of authentication key burnt at this end, both lanes, to settle keys left open.
    public internal(set) var reunionPadBytes = 0

    let transcriptKey: HashKey
    var reunion = Reunion()
    /// Windows that have not ended, ascending.
    private var windows: [GroundWindow] = []
    private var results: [WindowResult] = []
    private var lastEpoch: UInt32?
    /// The first window that gives no key because key making was ended.
    private var stoppedFrom: UInt32?

    /// The request under way: its whole message.
    private let request: UnsafeMutableRawBufferPointer
    private var requestCount = 0
    private var requestHeader: MessageHeader?
    private var due: Int64 = 0
    private var tries = 0
    private(set) var sequence: UInt32 = 0
    /// Number of the request whose answer is being read.
    private(set) var requestSequence: UInt32?

    /// A distiller that has seen nothing.
    ///
    /// - Throws: If the vault has no hash keys: then nothing can be authenticated.
    public init(parameters: DistillationParameters, vault: Vault) throws(VaultFault) {
        self.parameters = parameters
        self.vault = vault
        transcriptKey = try vault.transcriptKey()
        request = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
    }

    deinit { request.deallocate() }

    // MARK: Epochs

    /// Takes in an epoch that has ended; epochs come ascending.
    ///
    /// - Parameters:
    ///   - clicks: What both ends keep of it; none unless it was sifted.
    ///   - hashes: Of its parts, by ``GroundSifter/eachPartOfNextEpoch(_:)``.
    ///   - now: Time on any clock that does not step, ps.
    public mutating func take(
        _ epoch: EpochResult, _ clicks: UnsafeBufferPointer<SiftedClick>,
        hashes: UnsafeBufferPointer<PartHashes>, now: Int64
    ) {
        if let lastEpoch, epoch.epoch <= lastEpoch { return counters.outOfOrder &+= 1 }
        lastEpoch = epoch.epoch
        let number = parameters.window(ofEpoch: epoch.epoch)
        if let stoppedFrom, number >= stoppedFrom { return }
        complete(before: number, now: now)
        let window = openWindow(number)
        window.settle(upTo: epoch.epoch)
        if epoch.outcome == .sifted {
            window.untold.append(
                GroundWindow.UntoldEpoch(
                    isKept: true, firstHash: window.hashes.count, hashCount: hashes.count))
            window.hashes.append(contentsOf: hashes)
            window.take(clicks, counts: epoch.counts, keyBasis: parameters.keyBasis)
        } else {
            window.settle(upTo: epoch.epoch + 1)
        }
        if epoch.epoch + 1 == parameters.endEpoch(ofWindow: number) {
            complete(before: number + 1, now: now)
        }
    }

    /// Says that no epoch will come any more: the last window is complete.
    public mutating func finish(now: Int64) { complete(before: .max, now: now) }

    /// Ends every window that has not ended: the link is gone. Keys of which the two ends are not
    /// sure stay in the vault as they are.
    public mutating func giveUp(now: Int64) {
        finish(now: now)
        if reunion.stage != .over { endReunion() }
        for window in windows where window.stage != .ended {
            window.end(window.outcomeWithoutLink, now: now)
        }
        collect()
    }

    /// Ends, without a key, the windows from that of `epoch` on, and makes none any more; the
    /// satellite is told. A window that both ends are about to confirm is complete and goes on.
    ///
    /// - Parameter now: As given to ``take(_:_:hashes:now:)``, ps.
    public mutating func stop(from epoch: UInt32, now: Int64) {
        let number = parameters.window(ofEpoch: epoch)
        guard stoppedFrom == nil else { return }
        stoppedFrom = number
        for window in windows where window.ledger.window >= number {
            switch window.stage {
            case .confirm, .settle, .abandon, .ended: continue
            default: break
            }
            if !window.isComplete {
                window.isComplete = true
                completeWindows += 1
                window.result.closedAt = now
            }
            fail(window, .stopped, now: now)
        }
    }

    /// Whether every window so far has ended.
    public var isIdle: Bool { windows.isEmpty }

    /// The next window that has ended, in order.
    public mutating func nextResult() -> WindowResult? {
        results.isEmpty ? nil : results.removeFirst()
    }

    private mutating func openWindow(_ number: UInt32) -> GroundWindow {
        if let last = windows.last, last.ledger.window == number { return last }
        let window = GroundWindow(number, parameters: parameters, key: transcriptKey)
        windows.append(window)
        return window
    }

    private mutating func complete(before number: UInt32, now: Int64) {
        for window in windows where window.ledger.window < number && !window.isComplete {
            window.isComplete = true
            completeWindows += 1
            window.result.closedAt = now
            // Nothing was said about it, so there is nothing to take back.
            if window.ledger.bits.count == 0, window.ledger.blocks == 0 {
                window.end(.noKey(.noBits), now: now)
            }
        }
        collect()
    }

    private mutating func collect() {
        while let first = windows.first, first.stage == .ended {
            results.append(first.result)
            windows.removeFirst()
            if requestHeader?.epoch == first.ledger.window { requestHeader = nil }
        }
    }

    // MARK: Link

    /// The next message to send, if one is due.
    ///
    /// - Parameters:
    ///   - now: As given to ``take(_:_:hashes:now:)``, ps.
    ///   - message: Room for `MessageHeader.largestMessage` bytes.
    /// - Returns: Bytes of the message; 0 if none is due.
    public mutating func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
        precondition(message.count >= MessageHeader.largestMessage)
        if requestHeader == nil { prepare(now: now) }
        guard requestHeader != nil, now >= due else { return 0 }
        counters.sent &+= 1
        counters.repeated &+= tries > 0 ? 1 : 0
        due = now &+ parameters.retry &<< Int64(widening: min(tries, 3))
        tries += 1
        for index in 0..<requestCount { message[index] = request[index] }
        return requestCount
    }

    /// Makes the next request, if the reunion or the first window has one.
    private mutating func prepare(now: Int64) {
        var writer = PayloadWriter(payloadRoom)
        do throws(DistillationProblem) {
            if try writeReunion(into: &writer) {
                return seal(epoch: Reunion.epoch, payloadCount: writer.count, now: now)
            }
        } catch { endReunion() }
        while let window = windows.first {
            var writer = PayloadWriter(payloadRoom)
            do throws(DistillationProblem) {
                guard try write(window, into: &writer) else { return }
            } catch {
                fail(window, error.outcome, now: now)
                continue
            }
            return seal(window, payloadCount: writer.count, now: now)
        }
    }

    private var payloadRoom: UnsafeMutableRawBufferPointer {
        let end = MessageHeader.size + MessageHeader.largestPayload
        return UnsafeMutableRawBufferPointer(rebasing: request[MessageHeader.size..<end])
    }

    private mutating func seal(_ window: GroundWindow, payloadCount: Int, now: Int64) {
        // A request with a tag in it is not a part of what the tag signs.
        if window.stage != .confirm, window.stage != .settle {
            let payload = UnsafeRawBufferPointer(
                rebasing: request[MessageHeader.size..<MessageHeader.size + payloadCount])
            window.ledger.note(
                .message, .up, sequence: sequence, payload, session: parameters.session,
                key: transcriptKey)
        }
        window.result.messages += 1
        seal(epoch: window.ledger.window, payloadCount: payloadCount, now: now)
    }

    private mutating func seal(epoch: UInt32, payloadCount: Int, now: Int64) {
        let header = MessageHeader(
            type: .distillationRequest, direction: .up, session: parameters.session,
            sequence: sequence, epoch: epoch)
        do throws(WireError) {
            requestCount = try Message.seal(header, payloadCount: payloadCount, in: request)
        } catch { preconditionFailure("a request does not fit its message") }
        requestHeader = header
        sequence &+= 1
        due = now
        tries = 0
    }

    /// Goes on to the windows. Keys that are still open stay so until the next session.
    private mutating func endReunion() {
        reunion.stage = .over
        requestHeader = nil
    }

    /// Ends `window` without a key; the satellite is told, if it has heard of it.
    mutating func fail(_ window: GroundWindow, _ outcome: WindowOutcome, now: Int64) {
        window.result.outcome = outcome
        if window.stage == .abandon || window.result.messages == 0 {
            window.end(outcome, now: now)
        } else {
            window.decoder = nil
            window.stage = .abandon
        }
        collect()
    }

    /// Takes a message from the link, whatever it is.
    public mutating func receive(_ message: UnsafeRawBufferPointer, now: Int64) {
        let opened: (header: MessageHeader, payload: Range<Int>)
        do throws(WireError) { opened = try Message.open(message) } catch {
            return counters.damaged &+= 1
        }
        let header = opened.header
        guard header.session == parameters.session, header.direction == .down,
            header.type == .distillationAnswer
        else { return counters.foreign &+= 1 }
        guard let asked = requestHeader, tries > 0, header.sequence == asked.sequence,
            header.epoch == asked.epoch
        else { return counters.outOfOrder &+= 1 }
        let payload = UnsafeRawBufferPointer(rebasing: message[opened.payload])
        if reunion.stage != .over { return readReunion(payload, sequence: asked.sequence) }
        guard let window = windows.first else { return counters.outOfOrder &+= 1 }
        requestHeader = nil
        requestSequence = asked.sequence
        window.result.messages += 1
        // Asked before the window was given up: what is answered does not matter any more.
        let isAbandoning = request[MessageHeader.size] == DistillationStep.abandon.rawValue
        guard window.stage != .abandon || isAbandoning else { return }
        do throws(DistillationProblem) {
            try read(payload, header: header, window: window, now: now)
        } catch {
            fail(window, error.outcome, now: now)
        }
        collect()
    }

    /// An answer that is wrong ends the reunion; nothing was changed by it.
    private mutating func readReunion(_ payload: UnsafeRawBufferPointer, sequence: UInt32) {
        requestHeader = nil
        let asked = UnsafeRawBufferPointer(
            rebasing: request[MessageHeader.size..<requestCount - MessageHeader.trailerSize])
        do throws(DistillationProblem) {
            var reader = try afterStatus(of: payload)
            try takeReunion(&reader, request: asked, payload: payload, sequence: sequence)
        } catch { endReunion() }
    }

    /// A reader of what follows the status of an answer, which is 0.
    private mutating func afterStatus(
        of payload: UnsafeRawBufferPointer
    ) throws(DistillationProblem) -> PayloadReader {
        var reader = PayloadReader(payload)
        let step: UInt8 = try wire { () throws(WireError) in try reader.integer() }
        let status: UInt8 = try wire { () throws(WireError) in try reader.integer() }
        guard step == request[MessageHeader.size] else { throw .contradiction }
        guard status == 0 else {
            counters.refused &+= 1
            guard let refusal = DistillationRefusal(rawValue: status) else {
                throw .contradiction
            }
            throw .refused(refusal)
        }
        return reader
    }

    private mutating func read(
        _ payload: UnsafeRawBufferPointer, header: MessageHeader, window: GroundWindow, now: Int64
    ) throws(DistillationProblem) {
        var reader = try afterStatus(of: payload)
        if window.stage != .confirm, window.stage != .settle {
            window.ledger.note(
                .message, .down, sequence: header.sequence, payload,
                session: parameters.session, key: transcriptKey)
        }
        try take(&reader, window: window, now: now)
        try wire { () throws(WireError) in try reader.end() }
    }
}

extension GroundWindow {
    /// Notes that no epoch below `epoch` will be kept but those already there.
    func settle(upTo epoch: UInt32) {
        let told = ledger.nextEpoch + UInt32(truncatingIfNeeded: untold.count)
        guard epoch > told else { return }
        for _ in told..<epoch {
            untold.append(UntoldEpoch(isKept: false, firstHash: hashes.count, hashCount: 0))
        }
    }
}

/// Why a window cannot go on.
enum DistillationProblem: Error {
    case refused(DistillationRefusal)
    case vault(VaultFault)
    case noKey(WindowShortfall)
    case notAuthentic
    /// What the other end says makes no sense.
    case contradiction

    var outcome: WindowOutcome {
        switch self {
        case .refused(let refusal): .refused(refusal)
        case .vault(let fault): .vault(fault)
        case .noKey(let shortfall): .noKey(shortfall)
        case .notAuthentic: .notAuthentic
        case .contradiction: .contradiction
        }
    }
}

/// Runs `body`; what it cannot read is a contradiction.
func wire<Result>(_ body: () throws(WireError) -> Result) throws(DistillationProblem) -> Result {
    do throws(WireError) { return try body() } catch { throw .contradiction }
}

/// Runs `body`; a fault of the vault ends the window.
func vaulted<Result: ~Copyable>(
    _ body: () throws(VaultFault) -> Result
) throws(DistillationProblem) -> Result {
    do throws(VaultFault) { return try body() } catch { throw .vault(error) }
}

extension KeyVault {
    /// The key of the transcript, the second of the two hash keys.
    func transcriptKey() throws(VaultFault) -> HashKey { try hashKey(1) }

    /// The key of the parts' hashes, the first of the two.
    public func partKey() throws(VaultFault) -> HashKey { try hashKey(0) }

    private func hashKey(_ index: Int) throws(VaultFault) -> HashKey {
        var both: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        defer { withUnsafeMutableBytes(of: &both) { wipe($0) } }
        return try withUnsafeMutableBytes(of: &both) { keys throws(VaultFault) in
            try hashKeys(into: keys)
            let own = keys[HashKey.size * index..<HashKey.size * (index + 1)]
            do throws(AuthenticationError) {
                return try HashKey(copying: UnsafeRawBufferPointer(rebasing: own))
            } catch { throw .storage }
        }
    }
}
