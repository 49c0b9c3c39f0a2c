import Authentication
import Quantities
import Reconciliation
import Secrets
public import Sifting
import Wire

/// The satellite's half of distillation: requests in, answers out, keys into the vault.
///
/// It never speaks first. A request that comes again gets the same bytes again; another one under
/// the same number gets nothing. It counts for itself what it discloses and works out for itself
/// how long the key may be. A step refused ends the window.
public struct SatelliteDistiller<Vault: KeyVault>: ~Copyable {
    /// What both ends hold.
    public let parameters: DistillationParameters
    /// What did not go the straight way.
    public private(set) var counters = DistillationCounters()
    /// Where keys go and pads come from.
    public internal(set) var vault: Vault

    let transcriptKey: HashKey
    var window: SatelliteWindow?
    private var lastSequence: UInt32?
    /// The last request and its answer, whole messages.
    private let memory: UnsafeMutableRawBufferPointer
    private var requestCount = 0
    private var answerCount = 0

    /// A distiller that has heard nothing.
    ///
    /// - Throws: If the vault has no hash keys: then nothing can be authenticated.
    public init(parameters: DistillationParameters, vault: Vault) throws(VaultFault) {
        self.parameters = parameters
        self.vault = vault
        transcriptKey = try vault.transcriptKey()
        memory = .allocate(byteCount: 2 * MessageHeader.largestMessage, alignment: 16)
    }

    deinit { memory.deallocate() }

    private var request: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[..<MessageHeader.largestMessage])
    }
    private var answer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[MessageHeader.largestMessage...])
    }

    /// Takes a message from the link, whatever it is, and writes the answer.
    ///
    /// - Parameters:
    ///   - sifter: Holds the epochs.
    ///   - answer: Room for `MessageHeader.largestMessage` bytes.
    /// - Returns: Bytes of the answer; 0 if there is none.
    public mutating func receive<Holder: EpochHolder & ~Copyable>(
        _ message: UnsafeRawBufferPointer, sifter: borrowing Holder,
        answer: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(answer.count >= MessageHeader.largestMessage)
        let opened: (header: MessageHeader, payload: Range<Int>)
        do throws(WireError) { opened = try Message.open(message) } catch {
            counters.damaged &+= 1
            return 0
        }
        let header = opened.header
        guard header.session == parameters.session, header.direction == .up,
            header.type == .distillationRequest
        else {
            counters.foreign &+= 1
            return 0
        }
        if let lastSequence {
            if header.sequence == lastSequence { return repeated(message, into: answer) }
            guard header.sequence == lastSequence &+ 1 else {
                counters.outOfOrder &+= 1
                return 0
            }
        }
        for index in 0..<message.count { request[index] = message[index] }
        requestCount = message.count
        lastSequence = header.sequence
        let payload = UnsafeRawBufferPointer(rebasing: message[opened.payload])
        answerCount = process(payload, header: header, sifter: sifter)
        return copyAnswer(into: answer)
    }

    private mutating func repeated(
        _ message: UnsafeRawBufferPointer, into answer: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard
            isEqualInConstantTime(
                message, UnsafeRawBufferPointer(rebasing: request[..<requestCount]))
        else {
            counters.contradictions &+= 1
            return 0
        }
        counters.repeated &+= 1
        return copyAnswer(into: answer)
    }

    private mutating func copyAnswer(into answer: UnsafeMutableRawBufferPointer) -> Int {
        counters.sent &+= 1
        for index in 0..<answerCount { answer[index] = self.answer[index] }
        return answerCount
    }

    /// Does a step and writes its answer, a whole message.
    private mutating func process<Holder: EpochHolder & ~Copyable>(
        _ payload: UnsafeRawBufferPointer, header: MessageHeader, sifter: borrowing Holder
    ) -> Int {
        let step = payload.count > 0 ? DistillationStep(rawValue: payload[0]) : nil
        let window = step?.isOfReunion == true ? nil : window(header.epoch)
        let room = UnsafeMutableRawBufferPointer(
            rebasing: answer[
                MessageHeader.size..<MessageHeader.size + MessageHeader.largestPayload])
        var writer = PayloadWriter(room)
        var refusal: DistillationRefusal?
        do throws(SatelliteProblem) {
            guard let step else { throw .refused(.content) }
            var reader = PayloadReader(payload)
            try answering { () throws(WireError) in
                let kind: UInt8 = try reader.integer()
                try writer.put(kind)
                try writer.put(UInt8(0))
            }
            if let window {
                try perform(
                    step, &reader, payload: payload, header: header, window: window,
                    sifter: sifter, into: &writer)
            } else {
                try reunite(step, &reader, payload: payload, header: header, into: &writer)
            }
        } catch {
            refusal = error.refusal
        }
        if let refusal {
            counters.refused &+= 1
            if let window, window.stage != .committed, window.stage != .settled { window.kill() }
            room[0] = payload.count > 0 ? payload[0] : 0
            room[1] = refusal.rawValue
        }
        let count = refusal == nil ? writer.count : 2
        return seal(count, header: header)
    }

    private func seal(_ payloadCount: Int, header: MessageHeader) -> Int {
        var header = header
        header.type = .distillationAnswer
        header.direction = .down
        do throws(WireError) {
            return try Message.seal(header, payloadCount: payloadCount, in: answer)
        } catch { preconditionFailure("an answer does not fit its message") }
    }

    /// The window of a request: a new one ends the last, whatever it had come to.
    private mutating func window(_ number: UInt32) -> SatelliteWindow {
        if let window, window.ledger.window == number { return window }
        if let window, window.stage != .committed, window.stage != .settled { window.kill() }
        let next = SatelliteWindow(number, parameters: parameters, key: transcriptKey)
        // Windows ascend; one that is over does not come back.
        if let window, number < window.ledger.window { next.kill() }
        window = next
        return next
    }
}

/// Why the satellite does not do a step.
enum SatelliteProblem: Error {
    case refused(DistillationRefusal)

    var refusal: DistillationRefusal {
        switch self {
        case .refused(let refusal): refusal
        }
    }
}

/// Runs `body`; what it cannot read is refused.
func answering<Result>(_ body: () throws(WireError) -> Result) throws(SatelliteProblem) -> Result {
    do throws(WireError) { return try body() } catch { throw .refused(.content) }
}
