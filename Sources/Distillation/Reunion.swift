import Authentication
import Quantities
import Wire

/// What an end holds under the name of a key, as it tells the other.
public enum KeyStanding: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// This end never had such a key.
    case unknown = 0
    /// See ``KeyAgreement/pending``.
    case pending = 1
    /// See ``KeyAgreement/committed``.
    case committed = 2
    /// See ``KeyAgreement/available``.
    case available = 3
    /// Every byte was used.
    case exhausted = 4
    /// Given up before use.
    case abandoned = 5
    /// Its bytes were destroyed on order.
    case destroyed = 6
}

/// How far the ground has come with keys that earlier sessions left open.
struct Reunion {
    /// Keys in one message.
    static let largestKeyCount = 64
    /// Exchanges under a tag in one session: somebody who forges names of keys in the satellite's
    /// unsigned answer can spend no more pads than these.
    static let largestRoundCount = 4
    /// What the epoch field of its messages holds.
    static let epoch = UInt32.max

    enum Stage: Equatable {
        /// Which keys is the satellite not sure of?
        case meet
        /// Each end says under a tag what it holds of `keys`.
        case reunite
        /// Windows may begin.
        case over
    }

    var stage = Stage.meet
    var rounds = 0
    var keys: [KeyIdentifier] = []

    /// What an end signs: the ground its list, the satellite that list and its answer.
    ///
    /// - Parameters:
    ///   - request: The ground's payload up to its tag.
    ///   - answer: The satellite's payload up to its tag; `nil` where the ground signs.
    static func value(
        request: UnsafeRawBufferPointer, answer: UnsafeRawBufferPointer?, sequence: UInt32,
        session: UInt32, key: borrowing HashKey
    ) -> HashValue {
        var transcript = TranscriptHash()
        var record = TranscriptRecord(
            kind: WindowLedger.Entry.reunion.rawValue, direction: MessageDirection.up.rawValue,
            window: epoch, sequence: UInt64(widening: sequence),
            session: UInt64(widening: session))
        transcript.append(record, request, key: key)
        if let answer {
            record.direction = MessageDirection.down.rawValue
            transcript.append(record, answer, key: key)
        }
        return transcript.value(key: key)
    }
}

// What the ground asks and hears of keys that earlier sessions left open.
extension GroundDistiller {
    /// Writes the payload of the next request, unless none is needed any more.
    mutating func writeReunion(
        into writer: inout PayloadWriter
    ) throws(DistillationProblem) -> Bool {
        switch reunion.stage {
        case .meet:
            try wire { () throws(WireError) in
                try writer.put(DistillationStep.meet.rawValue)
            }
        case .reunite: try writeStandings(into: &writer)
        case .over: return false
        }
        return true
    }

    /// What the ground holds of each key, under its tag.
    private mutating func writeStandings(
        into writer: inout PayloadWriter
    ) throws(DistillationProblem) {
        try wire { () throws(WireError) in
            try writer.put(DistillationStep.reunite.rawValue)
            try writer.put(UInt8(truncatingIfNeeded: reunion.keys.count))
        }
        for name in reunion.keys {
            let standing = try vaulted { () throws(VaultFault) in try vault.standing(of: name) }
            try wire { () throws(WireError) in
                try writer.put(name)
                try writer.put(standing.rawValue)
            }
        }
        let value = Reunion.value(
            request: writer.written, answer: nil, sequence: sequence,
            session: parameters.session, key: transcriptKey)
        let confirmation = try vaulted { () throws(VaultFault) in try vault.confirm(value) }
        reunionPadBytes += AuthenticationTag.size
        try wire { () throws(WireError) in try confirmation.put(in: &writer) }
    }

    /// Reads what follows the status of an answer.
    ///
    /// - Parameters:
    ///   - request: Payload of the request.
    ///   - payload: Payload of the answer, which `reader` reads.
    mutating func takeReunion(
        _ reader: inout PayloadReader, request: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer, sequence: UInt32
    ) throws(DistillationProblem) {
        switch reunion.stage {
        case .meet: try takeMeeting(&reader)
        case .reunite:
            try takeStandings(&reader, request: request, payload: payload, sequence: sequence)
        case .over: throw .contradiction
        }
    }

    /// The satellite's open keys join the ground's own. Its list is not signed: all that follows
    /// from it is which keys are asked about.
    private mutating func takeMeeting(
        _ reader: inout PayloadReader
    ) throws(DistillationProblem) {
        var keys = try vaulted { () throws(VaultFault) in
            try vault.unsettled(limit: Reunion.largestKeyCount)
        }
        try wire { () throws(WireError) in
            let count: UInt8 = try reader.integer()
            for _ in 0..<count {
                let name = try reader.keyIdentifier()
                if !keys.contains(name), keys.count < Reunion.largestKeyCount {
                    keys.append(name)
                }
            }
            try reader.end()
        }
        reunion.keys = keys
        let isNeeded = !keys.isEmpty && reunion.rounds < Reunion.largestRoundCount
        reunion.stage = isNeeded ? .reunite : .over
    }

    private mutating func takeStandings(
        _ reader: inout PayloadReader, request: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer, sequence: UInt32
    ) throws(DistillationProblem) {
        let (standings, confirmation) = try wire { () throws(WireError) in
            let standings = try reader.take(reunion.keys.count)
            let confirmation = try Confirmation(&reader)
            try reader.end()
            return (standings, confirmation)
        }
        let value = Reunion.value(
            request: request.beforeConfirmation, answer: payload.beforeConfirmation,
            sequence: sequence, session: parameters.session, key: transcriptKey)
        let isAuthentic = try vaulted { () throws(VaultFault) in
            try vault.accepts(confirmation, of: value, lane: 1)
        }
        guard isAuthentic else { throw .notAuthentic }
        reunionPadBytes += AuthenticationTag.size
        for (name, byte) in zip(reunion.keys, standings) {
            guard let standing = KeyStanding(rawValue: byte) else { throw .contradiction }
            try vaulted { () throws(VaultFault) in try vault.settle(name, peer: standing) }
        }
        reunion.rounds += 1
        // A key that only the ground has taken further is still open at the satellite.
        reunion.stage = .meet
    }
}

// What the satellite says and hears of them.
extension SatelliteDistiller {
    /// Does a step of the reunion, which comes before all windows, and writes what follows the
    /// status.
    mutating func reunite(
        _ step: DistillationStep, _ reader: inout PayloadReader, payload: UnsafeRawBufferPointer,
        header: MessageHeader, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        guard window == nil else { throw .refused(.order) }
        guard step == .reunite else { return try meet(&reader, into: &writer) }
        let (names, standings) = try readStandings(&reader, payload: payload, header: header)
        for (name, standing) in zip(names, standings) {
            let own = try kept { () throws(VaultFault) in
                try vault.settle(name, peer: standing)
                return try vault.standing(of: name)
            }
            try answering { () throws(WireError) in try writer.put(own.rawValue) }
        }
        let value = Reunion.value(
            request: payload.beforeConfirmation, answer: writer.written,
            sequence: header.sequence, session: parameters.session, key: transcriptKey)
        let confirmation = try kept { () throws(VaultFault) in try vault.confirm(value) }
        try answering { () throws(WireError) in try confirmation.put(in: &writer) }
    }

    private func meet(
        _ reader: inout PayloadReader, into writer: inout PayloadWriter
    ) throws(SatelliteProblem) {
        let keys = try kept { () throws(VaultFault) in
            try vault.unsettled(limit: Reunion.largestKeyCount)
        }
        try answering { () throws(WireError) in
            try reader.end()
            try writer.put(UInt8(truncatingIfNeeded: keys.count))
            for name in keys { try writer.put(name) }
        }
    }

    /// What the ground holds; nothing is returned unless its tag is right.
    private mutating func readStandings(
        _ reader: inout PayloadReader, payload: UnsafeRawBufferPointer, header: MessageHeader
    ) throws(SatelliteProblem) -> ([KeyIdentifier], [KeyStanding]) {
        var names: [KeyIdentifier] = []
        var standings: [KeyStanding] = []
        let confirmation = try answering { () throws(WireError) in
            let count: UInt8 = try reader.integer()
            for _ in 0..<count {
                names.append(try reader.keyIdentifier())
                let byte: UInt8 = try reader.integer()
                if let standing = KeyStanding(rawValue: byte) { standings.append(standing) }
            }
            let confirmation = try Confirmation(&reader)
            try reader.end()
            return confirmation
        }
        guard names.count <= Reunion.largestKeyCount, standings.count == names.count else {
            throw .refused(.content)
        }
        let value = Reunion.value(
            request: payload.beforeConfirmation, answer: nil, sequence: header.sequence,
            session: parameters.session, key: transcriptKey)
        do throws(VaultFault) {
            guard try vault.accepts(confirmation, of: value, lane: 0) else { throw .padUnknown }
        } catch { throw .refused(error == .padUnknown ? .tag : error.refusal) }
        return (names, standings)
    }
}

/// Runs `body`; a fault of the vault refuses the step.
private func kept<Result>(
    _ body: () throws(VaultFault) -> Result
) throws(SatelliteProblem) -> Result {
    do throws(VaultFault) { return try body() } catch { throw .refused(error.refusal) }
}

extension PayloadReader {
    fileprivate mutating func keyIdentifier() throws(WireError) -> KeyIdentifier {
        KeyIdentifier(low: try integer(), high: try integer())
    }
}

extension PayloadWriter {
    fileprivate mutating func put(_ name: KeyIdentifier) throws(WireError) {
        try put(name.low)
        try put(name.high)
    }
}

extension UnsafeRawBufferPointer {
    /// A payload that ends with a tag, without it.
    fileprivate var beforeConfirmation: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[..<(count - Confirmation.size)])
    }
}
