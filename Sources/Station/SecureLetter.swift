import KeyStore
import Secrets
import Wire

/// A message under a one-time pad that crosses the link in the pass that made its key.
///
/// One message is a letter, repeated until the other end's own letter proves that it was read.
struct SecureLetter {
    /// What became of the letter.
    struct Outcome: Equatable {
        /// The key that it was encrypted with.
        var key: KeyID
        /// Stream time at which it was first sent, ps.
        var sentAt: Int64
        /// Stream time at which the other end's answer was read, ps; `nil` if none was.
        var readAt: Int64?
        /// The other end's answer.
        var answer: String?
    }

    private let text: String
    private let store: KeyStore
    private let session: UInt32
    private let retry: Int64
    private var sealed: [UInt8] = []
    private var due: Int64 = 0
    private(set) var outcome: Outcome?
    /// Why the letter could not be made or read, if it could not.
    private(set) var problem: String?

    /// A letter that waits for the first key.
    init(_ text: String, store: KeyStore, session: UInt32, retry: Int64) {
        self.text = text
        self.store = store
        self.session = session
        self.retry = retry
    }

    /// Whether an answer may still come.
    func isWaiting(forKey key: KeyID?) -> Bool {
        problem == nil && outcome?.readAt == nil && (key != nil || outcome != nil)
    }

    /// The letter, if a key is there and it is time to send it; its length, or 0.
    mutating func poll(
        now: Int64, key: KeyID?, into message: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard problem == nil, outcome?.readAt == nil else { return 0 }
        if sealed.isEmpty {
            guard let key else { return 0 }
            do {
                sealed = try Array(text.utf8).withUnsafeBytes {
                    try OneTimePad.encrypt($0, key: key, store: store)
                }
            } catch {
                problem = "\(error)"
                return 0
            }
            outcome = Outcome(key: key, sentAt: now)
            due = now
        }
        guard now >= due else { return 0 }
        due = now + retry
        return Self.seal(sealed, direction: .up, session: session, into: message)
    }

    /// Reads the other end's letter.
    mutating func receive(_ message: UnsafeRawBufferPointer, now: Int64) {
        guard outcome != nil, outcome?.readAt == nil,
            let payload = Self.open(message, direction: .down, session: session)
        else { return }
        do {
            let answer = try OneTimePad.decrypt(payload, store: store)
            outcome?.answer = answer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            outcome?.readAt = now
        } catch {
            // A forged letter is no answer: the true one may still come.
        }
    }

    fileprivate static func seal(
        _ bytes: [UInt8], direction: MessageDirection, session: UInt32,
        into message: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard bytes.count <= MessageHeader.largestPayload else { return 0 }
        UnsafeMutableRawBufferPointer(rebasing: message[MessageHeader.size...])
            .copyBytes(from: bytes)
        let header = MessageHeader(
            type: .letter, direction: direction, session: session, sequence: 0, epoch: 0)
        return (try? Message.seal(header, payloadCount: bytes.count, in: message)) ?? 0
    }

    fileprivate static func open(
        _ message: UnsafeRawBufferPointer, direction: MessageDirection, session: UInt32
    ) -> UnsafeRawBufferPointer? {
        guard let opened = try? Message.open(message), opened.header.type == .letter,
            opened.header.direction == direction, opened.header.session == session
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: message[opened.payload])
    }
}

/// The satellite's end: reads a letter once and answers under the same key.
struct LetterReader {
    private let store: KeyStore
    private let session: UInt32
    private var lastLetter: [UInt8] = []
    private var lastAnswer: [UInt8] = []

    init(store: KeyStore, session: UInt32) {
        self.store = store
        self.session = session
    }

    /// Reads `message`, and writes the answer; its length, or 0 if there is none.
    mutating func receive(
        _ message: UnsafeRawBufferPointer, answer: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let payload = SecureLetter.open(message, direction: .up, session: session) else {
            return 0
        }
        if !payload.elementsEqual(lastLetter) {
            guard let sealed = try? read(payload) else { return 0 }
            lastLetter = Array(payload)
            lastAnswer = sealed
        }
        return SecureLetter.seal(lastAnswer, direction: .down, session: session, into: answer)
    }

    private func read(_ payload: UnsafeRawBufferPointer) throws -> [UInt8] {
        let text = try OneTimePad.decrypt(payload, store: store)
        // The name of the key lies there in every message that could be read.
        guard let key = KeyID(payload[16..<32]) else { throw OneTimePad.Failure.notAMessage }
        let answer = text.withUnsafeBytes {
            Array("Read: ".utf8) + Array($0)
        }
        return try answer.withUnsafeBytes { try OneTimePad.encrypt($0, key: key, store: store) }
    }
}
