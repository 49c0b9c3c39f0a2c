public import PayloadHAL
public import Quantities

/// One step of a conversation with an instrument that is only written down.
public enum TranscriptStep: Equatable, Sendable {
    /// The driver sends exactly these characters, in however many calls.
    case sends(String)
    /// The instrument sends these characters.
    case answers(String)
    /// The instrument sends these bytes.
    case answersBytes([UInt8])
    /// The instrument says nothing more until the driver's deadline passes.
    case staysSilent
    /// The connection breaks; every call fails until it is reopened.
    case breaks
    /// The driver opens the connection afresh.
    case reopens
}

/// How a ``ScriptedConnection`` cuts what the instrument sends.
public enum Delivery: CaseIterable, Sendable {
    /// Each answer in a piece of its own.
    case whole
    /// Answers that follow each other in one piece.
    case joined
    /// One byte at a time.
    case byteByByte
}

/// What happened on a ``ScriptedConnection``; shared with the test that looks at it.
public final class Transcript: @unchecked Sendable {
    /// Steps not yet played.
    public internal(set) var remaining: [TranscriptStep]
    /// What the driver did that the script does not have; empty if all went by it.
    public internal(set) var faults: [String] = []
    /// What is sent after the script ended, as by a `deinit`.
    public internal(set) var afterwards = ""
    /// Time that passed, by waiting only.
    public internal(set) var now = Picoseconds.zero
    /// Whether the connection was broken and not reopened.
    var isBroken = false
    /// What the driver sent of a step that it has not finished.
    var partlySent: [UInt8] = []

    /// A transcript of which nothing was played yet.
    public init(_ steps: [TranscriptStep]) { remaining = steps }

    /// Lets time pass without waiting, as between two rounds of a loop.
    public func pass(_ span: Picoseconds) { now = now.later(by: span) }

    /// Whether all steps were played and nothing else was done.
    public var isFinished: Bool { remaining.isEmpty && faults.isEmpty }
}

extension Transcript {
    /// Checks what the driver sends against the steps that are due.
    func take(_ bytes: [UInt8]) throws(ScriptedConnection.Failure) {
        guard !isBroken else { throw .broken }
        partlySent += bytes
        while !partlySent.isEmpty {
            guard let index = sendingIndex, case .sends(let text) = remaining[index] else {
                return try takeUnscripted()
            }
            let wanted = Array(text.utf8)
            guard wanted.starts(with: partlySent.prefix(wanted.count)) else {
                faults.append(
                    "sent \(String(reflecting: sentText)), not \(String(reflecting: text))")
                partlySent = []
                throw .offScript
            }
            guard partlySent.count >= wanted.count else { return }
            partlySent.removeFirst(wanted.count)
            remaining.remove(at: index)
        }
    }

    /// Where the step that is due for sending stands: first, but for answers not yet read.
    private var sendingIndex: Int? {
        guard let index = remaining.firstIndex(where: { !$0.isAnswer }),
            case .sends = remaining[index]
        else { return nil }
        return index
    }

    private var sentText: String { String(decoding: partlySent, as: UTF8.self) }

    /// Takes what is sent after the script's last order.
    private func takeUnscripted() throws(ScriptedConnection.Failure) {
        let text = sentText
        partlySent = []
        guard remaining.isEmpty else {
            faults.append("sent \(String(reflecting: text)), not in the script")
            throw .offScript
        }
        afterwards += text
    }
}

/// A connection that plays a script, checks what is sent, and has a clock of its own: a wait for
/// an answer that does not come ends at once, at the deadline.
public struct ScriptedConnection: ByteConnection, ~Copyable {
    /// Why a call on a ``ScriptedConnection`` failed.
    public enum Failure: InstrumentError, Equatable {
        /// The script broke the connection.
        case broken
        /// The script has no such step here.
        case offScript

        /// The coarse meaning of this error.
        public var fault: InstrumentFault { self == .broken ? .unreachable : .garbled }
    }

    /// What happened so far.
    public let transcript: Transcript
    private let delivery: Delivery

    /// A connection that plays `transcript`.
    public init(_ transcript: Transcript, delivery: Delivery = .whole) {
        self.transcript = transcript
        self.delivery = delivery
    }

    /// Time that passed, by waiting only.
    public var now: Picoseconds { transcript.now }

    /// Sends all of `bytes`, or fails by `deadline`.
    public func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {
        try transcript.take(bytes.withUnsafeBytes { Array($0) })
    }

    /// Waits for bytes until `deadline`; returns how many came, 0 if none did.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        guard !transcript.isBroken else { throw .broken }
        // A poll does not wait, so it only sees what a script puts right here.
        switch transcript.remaining.first {
        case .answers, .answersBytes:
            return deliver(into: &buffer)
        case .breaks:
            transcript.remaining.removeFirst()
            transcript.isBroken = true
            throw .broken
        case .staysSilent where deadline > transcript.now:
            transcript.remaining.removeFirst()
            transcript.now = deadline
            return 0
        default:
            transcript.now = max(transcript.now, deadline)
            return 0
        }
    }

    /// Opens afresh, if the script has it here.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        guard transcript.remaining.first == .reopens else {
            transcript.faults.append("reopened, which the script does not have here")
            throw .offScript
        }
        transcript.remaining.removeFirst()
        transcript.isBroken = false
        transcript.partlySent = []
    }
}

extension ScriptedConnection {
    private func deliver(into buffer: inout MutableRawSpan) -> Int {
        var bytes: [UInt8] = []
        while let step = transcript.remaining.first {
            switch step {
            case .answers(let text): bytes += Array(text.utf8)
            case .answersBytes(let more): bytes += more
            default: break
            }
            guard step.isAnswer else { break }
            transcript.remaining.removeFirst()
            if delivery != .joined { break }
        }
        let limit = delivery == .byteByByte ? 1 : buffer.byteCount
        let count = min(bytes.count, limit)
        for index in 0..<count {
            buffer.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
        }
        if count < bytes.count {
            transcript.remaining.insert(.answersBytes(Array(bytes[count...])), at: 0)
        }
        return count
    }
}

extension TranscriptStep {
    fileprivate var isAnswer: Bool {
        switch self {
        case .answers, .answersBytes: true
        default: false
        }
    }
}
