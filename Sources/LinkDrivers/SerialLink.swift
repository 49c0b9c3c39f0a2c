public import PayloadHAL
public import Quantities

/// Whole messages in order and without loss over a line of bytes that may damage, lose and add
/// some: docs/formats/link.md.
///
/// Frames between zeros by byte stuffing (COBS), CRC-32C, a window of 32 parts of up to 480 bytes
/// under way, selective acknowledgements and repeats. Both ends are alike, and find each other by
/// their sessions: if one begins afresh, the other sends it again what it has not acknowledged.
/// All of it happens within ``receive(into:by:)``, and sending also in ``send(_:)``.
public struct SerialLink<Connection: ByteConnection & ~Copyable>: MessageLink, ~Copyable {
    /// This driver's own error.
    public typealias Failure = LinkError<Connection.Failure>

    /// What the line is like.
    public struct Settings: Equatable, Sendable {
        /// What the line carries, bytes per second; baud / 10 for a serial line with 8N1. `nil`
        /// for one with flow control of its own, such as TCP.
        public var bytesPerSecond: Int?

        /// Settings with everything given.
        ///
        /// - Parameter bytesPerSecond: 1 or more.
        public init(bytesPerSecond: Int? = nil) {
            precondition(bytesPerSecond ?? 1 > 0)
            self.bytesPerSecond = bytesPerSecond
        }
    }

    /// What has happened on the link since it was made.
    public private(set) var counters = LinkCounters()
    /// The session of the other end; 0 before it was found.
    public private(set) var peer: UInt32 = 0

    private var connection: Connection
    private let session: UInt32
    private let settings: Settings
    private var past = PastSessions()
    private var sending = SendWindow()
    private var receiving = ReceiveWindow()
    private var timer = RetransmissionTimer()
    private var scanner = FrameScanner(capacity: SerialFrame.largest)
    private let frame = LinkMemory(count: SerialFrame.largest)
    private let line = LinkMemory(count: SerialFrame.largestOnLine)
    /// 4096 bytes: what a serial line of Linux holds at most.
    private let incoming = LinkMemory(count: 4096)
    /// Whether the other end is to be told what has come.
    private var owesAcknowledgement = false
    /// To whom a hello is due as an answer; 0 for nobody.
    private var owesHello: UInt32 = 0
    private var helloAt = Picoseconds.zero
    private var answerableAt = Picoseconds(.min)
    /// When the line will have carried all that was handed to it.
    private var lineFreeAt = Picoseconds.zero

    /// How long handing a frame to the line may take.
    private static var sendPatience: Picoseconds { .milliseconds(200) }
    /// How often an end that hears nobody says hello, and at most answers one.
    private static var helloInterval: Picoseconds { .milliseconds(250) }
    private static var answerInterval: Picoseconds { .milliseconds(50) }
    /// The line is handed so much ahead, so that it does not run dry while nobody calls; at
    /// 115,200 baud 1.2 kB, which the system holds for us.
    private static var lineAhead: Picoseconds { .milliseconds(100) }
    /// Readings of the line that a call makes after its deadline: 256 kB.
    private static var readingsAtOnce: Int { 64 }

    /// Takes over a connection to the other end.
    ///
    /// - Parameter session: Tells this run of this end from all others; random, 0 counts as 1.
    public init(
        _ connection: consuming Connection, session: UInt32, settings: Settings = Settings()
    ) {
        self.connection = connection
        self.session = max(session, 1)
        self.settings = settings
    }

    /// The connection's clock.
    public var now: Picoseconds { connection.now }

    /// Messages that the other end has not acknowledged whole.
    public var messagesWaiting: Int { sending.messages }

    /// Puts a message in the queue, and hands the line what it takes now.
    public mutating func send(_ message: UnsafeRawBufferPointer) throws(Failure) {
        try Failure.check(message)
        guard sending.append(message) else {
            counters.messagesRefused += 1
            throw .full(messages: sending.messages)
        }
        counters.messagesSent += 1
        try transmit()
    }

    /// Waits for the next whole message until `deadline`, and meanwhile sends what is due.
    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        precondition(buffer.count >= LinkLimits.largestMessage)
        var late = 0
        while true {
            try transmit()
            if let length = deliver(into: buffer) { return length }
            guard late < Self.readingsAtOnce else { return 0 }
            let isAny = try read(by: min(deadline, nextTimer()))
            if now >= deadline { late = isAny ? late + 1 : Self.readingsAtOnce }
        }
    }

    /// Opens the line afresh; nothing that was taken for sending is lost.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        do throws(Connection.Failure) {
            try connection.reopen(by: deadline)
        } catch { throw .connection(error) }
        scanner.reset()
        timer.reset()
        sending.resendAll()
        lineFreeAt = now
        helloAt = now
    }

    /// Hands out the next message, if it is whole; returns its length.
    private mutating func deliver(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard let message = receiving.nextMessage(counters: &counters) else { return nil }
        buffer.put(message, at: 0)
        counters.messagesReceived += 1
        return message.count
    }
}

// What comes in.
extension SerialLink where Connection: ~Copyable {
    /// Reads once and takes the frames that have come; says whether there was anything.
    private mutating func read(by deadline: Picoseconds) throws(Failure) -> Bool {
        var room = incoming.bytes.mutableBytes
        let count: Int
        do throws(Connection.Failure) {
            count = try connection.receive(into: &room, by: deadline)
        } catch { throw .connection(error) }
        counters.bytesReceived += Int64(count)
        for index in 0..<count {
            if let length = scanner.take(incoming.bytes[index], counters: &counters) {
                take(scanner.frame(length))
            }
        }
        return count > 0
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        let frame: SerialFrame
        do throws(SerialFrame.Fault) {
            frame = try SerialFrame(bytes)
        } catch {
            switch error {
            case .damaged: counters.damaged += 1
            case .malformed: counters.malformed += 1
            }
            return
        }
        guard frame.from != session else {
            // An echo of our own.
            counters.malformed += 1
            return
        }
        guard !past.contains(frame.from) else {
            counters.stale += 1
            return
        }
        guard frame.to == session else {
            // Somebody who does not know us, or knows who we were.
            owesHello = frame.from
            return
        }
        if frame.from != peer { adopt(frame.from) }
        if frame.kind == .hello {
            owesAcknowledgement = true
            return
        }
        guard let left = sending.acknowledge(expected: frame.expected, held: frame.held) else {
            counters.malformed += 1
            return
        }
        let now = now
        if left <= now { timer.take(Picoseconds(now.count - left.count)) }
        guard frame.kind == .data else { return }
        let end = bytes.count - SerialFrame.trailerSize
        let content = bytes[SerialFrame.headerSize..<end]
        receiving.take(
            frame, content: UnsafeRawBufferPointer(rebasing: content), counters: &counters)
        owesAcknowledgement = true
    }

    /// Takes somebody for the other end who has shown that they know us.
    private mutating func adopt(_ newcomer: UInt32) {
        if peer != 0 { counters.peerRestarts += 1 }
        past.add(peer)
        peer = newcomer
        owesHello = 0
        owesAcknowledgement = true
        sending.restart()
        receiving.restart()
        timer.reset()
    }
}

// What goes out.
extension SerialLink where Connection: ~Copyable {
    /// Hands the line what is due, as far as it takes it.
    private mutating func transmit() throws(Failure) {
        let now = now
        try greet(at: now)
        guard peer != 0 else { return }
        if hasRoom(at: now), let left = sending.oldestLeft(),
            left.later(by: timer.timeout) <= now
        {
            sending.resendOldest()
            timer.backOff()
        }
        // Each turn sends one of at most 256 parts, or ends.
        while hasRoom(at: self.now), let number = sending.due() {
            let part = sending[number]
            var header = SerialFrame(.data, from: session, to: peer)
            header.sequence = sending.sequence(number)
            header.isFirst = part.isFirst
            header.isLast = part.isLast
            if part.times > 0 { counters.retransmissions += 1 }
            try hand(&header, sending.content(number))
            sending.noteSent(number, at: lineFreeAt)
        }
        if owesAcknowledgement, hasRoom(at: self.now) {
            var header = SerialFrame(.acknowledgement, from: session, to: peer)
            try hand(&header, UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// Says hello while nobody answers, and to those who ask.
    private mutating func greet(at now: Picoseconds) throws(Failure) {
        let isAsked = owesHello != 0 && answerableAt <= now
        guard isAsked || (peer == 0 && helloAt <= now) else { return }
        guard hasRoom(at: now) else { return }
        var header = SerialFrame(.hello, from: session, to: owesHello)
        owesHello = 0
        if isAsked { answerableAt = now.later(by: Self.answerInterval) }
        helloAt = now.later(by: Self.helloInterval)
        try hand(&header, UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private func hasRoom(at now: Picoseconds) -> Bool {
        lineFreeAt.count &- now.count <= Self.lineAhead.count
    }

    /// Writes a frame to the line, with what has come noted in it.
    private mutating func hand(
        _ header: inout SerialFrame, _ content: UnsafeRawBufferPointer
    ) throws(Failure) {
        if header.kind != .hello {
            header.expected = receiving.expected
            header.held = receiving.held
            owesAcknowledgement = false
        }
        let size = header.write(content, to: frame.bytes)
        // A zero before it ends whatever noise the other end has taken for a frame.
        line.bytes[0] = 0
        let encoded = COBS.encode(
            frame[0..<size], to: UnsafeMutableRawBufferPointer(rebasing: line.bytes[1...]))
        line.bytes[encoded + 1] = 0
        let now = now
        let span = settings.bytesPerSecond.map {
            Picoseconds(Int64(encoded + 2) * 1_000_000_000_000 / Int64($0))
        }
        lineFreeAt = max(lineFreeAt, now).later(by: span ?? .zero)
        do throws(Connection.Failure) {
            try connection.send(
                line[0..<(encoded + 2)].bytes, by: now.later(by: Self.sendPatience))
        } catch { throw .connection(error) }
        counters.bytesSent += Int64(encoded + 2)
    }

    /// When something is due that no byte from the other end would bring about; not before the
    /// line has room for it.
    private func nextTimer() -> Picoseconds {
        var next = Picoseconds(.max)
        if owesHello != 0 {
            next = answerableAt
        } else if peer == 0 {
            next = helloAt
        }
        if peer != 0, sending.due() != nil || owesAcknowledgement { next = .zero }
        if peer != 0, let left = sending.oldestLeft() {
            next = min(next, left.later(by: timer.timeout))
        }
        return max(next, Picoseconds(lineFreeAt.count &- Self.lineAhead.count))
    }
}
