public import PayloadHAL
public import Quantities
import TimeTags

/// Whole messages over packets that may be lost, as UDP: docs/formats/link.md.
///
/// A message goes out in fragments of at most 1200 bytes, each with a CRC-32C, and is handed out
/// once, if all of them came. Nothing is repeated: who needs a message sends it again. Both ends
/// are alike.
public struct DatagramLink<Connection: DatagramConnection & ~Copyable>: MessageLink, ~Copyable {
    /// This driver's own error.
    public typealias Failure = LinkError<Connection.Failure>

    /// What has happened on the link since it was made.
    public private(set) var counters = LinkCounters()

    private var connection: Connection
    private let session: UInt32
    private var number: UInt32 = 0
    private var assembler = MessageAssembler()
    private let outgoing = LinkMemory(count: Fragment.largestPacket)
    /// One byte more than a packet has, so that a longer one is seen to be no packet of ours.
    private let incoming = LinkMemory(count: Fragment.largestPacket + 1)

    /// How long a packet may wait for room on its way out.
    private static var sendPatience: Picoseconds { .milliseconds(20) }
    /// Packets that a call looks at after its deadline.
    private static var packetsAtOnce: Int { 64 }

    /// Takes over a connection to the other end.
    ///
    /// - Parameter session: Tells this run of this end from all others; random, 0 counts as 1.
    public init(_ connection: consuming Connection, session: UInt32) {
        self.connection = connection
        self.session = max(session, 1)
    }

    /// The connection's clock.
    public var now: Picoseconds { connection.now }

    /// Sends a message in as many packets as it needs.
    public mutating func send(_ message: UnsafeRawBufferPointer) throws(Failure) {
        try Failure.check(message)
        var fragment = Fragment(
            session: session, number: number, length: message.count,
            checksum: CRC32C.of(message), index: 0)
        // Even if it fails half-way: another message must not take this one's number.
        number &+= 1
        for index in 0..<Fragment.count(of: message.count) {
            fragment.index = index
            let size = fragment.write(message, to: outgoing.bytes)
            do throws(Connection.Failure) {
                try connection.send(
                    outgoing[0..<size].bytes, by: now.later(by: Self.sendPatience))
            } catch { throw .connection(error) }
            counters.bytesSent += Int64(size)
        }
        counters.messagesSent += 1
    }

    /// Waits for the next whole message until `deadline`.
    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        precondition(buffer.count >= LinkLimits.largestMessage)
        var late = 0
        while late < Self.packetsAtOnce {
            var room = incoming.bytes.mutableBytes
            let size: Int
            do throws(Connection.Failure) {
                size = try connection.receive(into: &room, by: deadline)
            } catch { throw .connection(error) }
            guard size > 0 else { return 0 }
            counters.bytesReceived += Int64(size)
            if let message = take(incoming[0..<size]) {
                buffer.put(assembler.bytes(message), at: 0)
                counters.messagesReceived += 1
                return message.count
            }
            if now >= deadline { late += 1 }
        }
        return 0
    }

    /// Makes the connection anew.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        do throws(Connection.Failure) {
            try connection.reopen(by: deadline)
        } catch { throw .connection(error) }
    }

    private mutating func take(_ packet: UnsafeRawBufferPointer) -> Range<Int>? {
        let fragment: Fragment
        do throws(Fragment.Fault) {
            fragment = try Fragment(packet)
        } catch {
            switch error {
            case .damaged: counters.damaged += 1
            case .malformed: counters.malformed += 1
            }
            return nil
        }
        // An echo of our own.
        guard fragment.session != session else {
            counters.malformed += 1
            return nil
        }
        let start = Fragment.headerSize
        let content = packet[start..<(start + fragment.range.count)]
        return assembler.take(
            fragment, content: UnsafeRawBufferPointer(rebasing: content), at: now,
            counters: &counters)
    }
}
