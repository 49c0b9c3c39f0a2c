import Distillation
import FiniteKey
import KeyStore

/// What became of the sifted bits: keys, and everything that was subtracted on the way.
public struct DistillationSummary: Codable, Equatable, Sendable {
    /// Finite-key method, tail bound and clamp.
    public var method = ""
    /// Secrecy parameter of each key.
    public var epsilonSecrecy = 0.0
    /// Correctness parameter of each key.
    public var epsilonCorrectness = 0.0
    /// Bits of all keys.
    public var keyBits: Int64 = 0
    /// The same over all sifted bits of both bases.
    public var keyBitsPerSiftedBit = 0.0
    /// Bits disclosed by error correction over the least that the errors of each block need, f.
    public var efficiency: Double?
    /// Windows, in order.
    public var windows: [Window] = []
    /// Bits of authentication key burnt, both directions.
    public var authenticationBits: Int64 = 0
    /// Bytes of authentication key left at the station, for messages up and down.
    public var stockBytes: [Int64] = []
    /// What one window over the whole pass would have given, where several were declared.
    public var singleWindowKeyBits: Int64?
    /// Keys of which the satellite's store was compared with the station's, byte for byte by
    /// digest; known to a simulation only.
    public var keysCompared = 0
    /// Keys that differ between the ends; known to a simulation only.
    public var keysDiffering = 0
    /// The message that was sent under the first key while the pass ran, if one was to be.
    public var letter: Letter?
    /// Why the station's store last refused, if it did.
    public var storeFault: String?

    /// A message under a one-time pad.
    public struct Letter: Codable, Equatable, Sendable {
        /// `read` when the satellite's answer proves that it read it, or why not.
        public var outcome: String
        /// The key that both messages were encrypted with.
        public var keyId: String?
        /// Stream time at which it was first sent, s.
        public var sentS: Double?
        /// Stream time at which the satellite's answer was read, s.
        public var readS: Double?
        /// Whether that was before the last light of the pass.
        public var isWithinPass = false
        /// The satellite's answer.
        public var answer: String?
    }

    /// One window.
    public struct Window: Codable, Equatable, Sendable {
        /// Number of the window.
        public var window: Int64
        /// `key`, or why there is none.
        public var outcome: String
        /// Name of the key, a UUID.
        public var keyId: String?
        /// Bits of the key; 0 if there is none.
        public var keyBits: Int64
        /// Of these, bits that replenish the authentication stock.
        public var replenishmentBits: Int64
        /// Sifted bits of the key basis.
        public var siftedBits: Int64
        /// Blocks of error correction.
        public var blocks: Int64
        /// Of these, blocks that did not decode and were corrected by Cascade.
        public var blocksByCascade: Int64
        /// Of these, blocks that neither corrected, and that were disclosed.
        public var blocksDisclosed: Int64
        /// Errors corrected.
        public var correctedErrors: Int64
        /// Bits disclosed over the least needed; `nil` without errors.
        public var efficiency: Double?
        /// Messages of error correction per block, both directions.
        public var messagesPerBlock: Double?
        /// Messages of the whole window, both directions, repeats not counted.
        public var messages: Int64
        /// Everything that was subtracted, and what it was subtracted from.
        public var balance: Balance?
        /// Stream time at which the last epoch was settled, s.
        public var closedS: Double
        /// Time from there until the station could use the key, s: on the link, and for computing.
        public var readyAfterS: Double
        /// Of this, host time that both ends computed, s.
        public var computingS: Double
    }

    /// The balance of a window: `keyBits = s0 + s1 - phaseErrors - reconciliation - verification -
    /// secrecy - correctness`, rounded down to whole bytes.
    public struct Balance: Codable, Equatable, Sendable {
        /// Vacuum events, at least.
        public var s0: Double
        /// Single-photon events, at least.
        public var s1: Double
        /// Phase error rate, at most.
        public var phi: Double
        /// Bits for what the phase errors may have told.
        public var phaseErrors: Double
        /// Bits that error correction disclosed.
        public var reconciliation: Double
        /// Bits of the verification tag beyond those that correctness subtracts.
        public var verification: Double
        /// Bits for secrecy.
        public var secrecy: Double
        /// Bits for correctness.
        public var correctness: Double
    }
}

extension DistillationSummary {
    init(
        _ distillation: PassDistillation, satelliteNotes: StoreVault.Notes?, siftedBits: Int64
    ) {
        let proof = distillation.parameters.proof
        let results = distillation.results
        method = proof.name
        epsilonSecrecy = proof.secrecy
        epsilonCorrectness = proof.correctness
        keyBits = distillation.keyBits
        if siftedBits > 0 { keyBitsPerSiftedBit = Double(keyBits) / Double(siftedBits) }
        let least = results.reduce(0) { $0 + $1.leastDisclosure }
        let disclosed = results.reduce(0) { $0 + $1.disclosedBits }
        if least > 0 { efficiency = Double(disclosed) / least }
        windows = zip(results, distillation.computing).map {
            Window($0, parameters: distillation.parameters, computing: $1)
        }
        authenticationBits = results.reduce(8 * Int64(distillation.reunionPadBytes)) {
            $0 + 8 * Int64($1.padBytes)
        }
        stockBytes = (0...1).map { Int64((try? distillation.store.padBytesLeft(lane: $0)) ?? 0) }
        if results.count > 1 {
            singleWindowKeyBits = DistillationParameters.combinedKeyBits(
                of: results, parameters: distillation.parameters)
        }
        storeFault = distillation.notes.fault.map { "\($0)" }
        guard let satelliteNotes else { return }
        for (id, digest) in distillation.notes.fingerprints {
            guard (try? distillation.store.state(of: id)) == .available else { continue }
            keysCompared += 1
            if satelliteNotes.fingerprints[id] != digest { keysDiffering += 1 }
        }
    }
}

extension DistillationSummary.Window {
    init(_ result: WindowResult, parameters: DistillationParameters, computing: Double) {
        let hasKey = result.outcome == .key
        window = Int64(result.window)
        outcome = result.outcome.words
        keyId = result.key.map { KeyID($0).description }
        keyBits = hasKey ? 8 * Int64(result.keyBytes) : 0
        replenishmentBits = hasKey ? 8 * Int64(parameters.replenishment) : 0
        siftedBits = Int64(result.siftedBits)
        blocks = Int64(result.blocks)
        blocksByCascade = Int64(result.blocksByCascade)
        blocksDisclosed = Int64(result.blocksDisclosed)
        correctedErrors = Int64(result.correctedErrors)
        efficiency = result.efficiency
        if result.blocks > 0 {
            messagesPerBlock = Double(result.correctionMessages) / Double(result.blocks)
        }
        messages = Int64(result.messages)
        balance = result.length.map {
            DistillationSummary.Balance($0, reconciliation: result.disclosedBits)
        }
        closedS = Double(result.closedAt) * 1e-12
        readyAfterS = Double(result.endedAt - result.closedAt) * 1e-12 + computing
        computingS = computing
    }
}

extension DistillationSummary.Letter {
    init(_ letter: SecureLetter, lightEndsAt end: Int64) {
        let result = letter.outcome
        outcome =
            letter.problem
            ?? (result == nil
                ? "no key to send it under" : result?.readAt == nil ? "no answer" : "read")
        keyId = result?.key.description
        sentS = result.map { Double($0.sentAt) * 1e-12 }
        readS = result?.readAt.map { Double($0) * 1e-12 }
        isWithinPass = (result?.readAt).map { $0 < end } ?? false
        answer = result?.answer
    }
}

extension DistillationSummary.Balance {
    init(_ length: KeyLength, reconciliation: Int) {
        s0 = length.s0
        s1 = length.s1
        phi = length.phi
        phaseErrors = length.phaseErrorBits
        self.reconciliation = Double(reconciliation)
        verification = length.leakBits - Double(reconciliation)
        secrecy = length.secrecyBits
        correctness = length.correctnessBits
    }
}

extension WindowOutcome {
    /// What a report says.
    var words: String { words(station: "the station", satellite: "the satellite") }

    /// What a report says of two ends called so.
    func words(station: String, satellite: String) -> String {
        switch self {
        case .key: "key"
        case .noKey(.noBits): "no sifted bits"
        case .noKey(.counts): "the counts are outside what the proof covers"
        case .noKey(.nothingLeft): "nothing left after all subtractions"
        case .noKey(.onlyReplenishment): "no more left than the authentication stock needs"
        case .refused(let reason): "\(satellite) refused: \(reason)"
        case .notAuthentic: "\(satellite)'s authentication tag is wrong"
        case .contradiction: "\(satellite)'s answers make no sense"
        case .vault(let fault): "\(station)'s key store failed: \(fault)"
        case .stopped: "the security monitors ended key making"
        case .unsettled: "the link ended before both ends were sure"
        }
    }
}
