public import Quantities

/// Whole messages to and from the satellite's terminal.
///
/// **For users.** A message arrives as it was sent or not at all: never damaged, never in part.
/// An unreliable link may lose, repeat, delay and reorder messages; its users repeat what matters.
/// Call ``receive(into:by:)`` often, also when nothing is expected: links that repeat lost packets
/// do so from there. After an error `unreachable`, ``reopen(by:)``.
///
/// **For implementers.** No allocation after the link was made. Memory is bounded whatever the
/// other end sends. Pass `linkFaults` of `PayloadDoubles`.
public protocol MessageLink: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Time on the clock of the deadlines; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// What has happened on the link since it was made.
    var counters: LinkCounters { get }

    /// Sends a message or puts it in the queue; does not wait for the other end.
    ///
    /// - Parameter message: 1 to ``LinkLimits/largestMessage`` bytes.
    /// - Throws: `outOfRange` for another length, `refused` if the queue is full; nothing was sent
    ///   then, and the link goes on. After another error the message may have been taken or not.
    mutating func send(_ message: UnsafeRawBufferPointer) throws(Failure)

    /// Waits for the next whole message until `deadline`; one in the past only takes what is
    /// there.
    ///
    /// - Parameter buffer: Filled from its start; at least ``LinkLimits/largestMessage`` bytes.
    /// - Returns: The length of the message; 0 if none came by the deadline.
    mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, by deadline: Picoseconds
    ) throws(Failure) -> Int

    /// Opens the connection under the link afresh, by `deadline`; a failed call may be repeated.
    ///
    /// Messages that wait in a reliable link's queue are sent after it.
    mutating func reopen(by deadline: Picoseconds) throws(Failure)
}

/// What all links to the satellite have in common.
public enum LinkLimits {
    /// Longest message, bytes: that of the sifting protocol, docs/protocol.md.
    public static let largestMessage = 16_384
}

/// What has happened on a link since it was made; counts, from 0.
public struct LinkCounters: Equatable, Sendable, BitwiseCopyable {
    /// Messages handed over for sending, and taken.
    public var messagesSent: Int64 = 0
    /// Whole messages handed out.
    public var messagesReceived: Int64 = 0
    /// Bytes that went to the connection, framing and repeats included.
    public var bytesSent: Int64 = 0
    /// Bytes that came from the connection, framing, repeats and noise included.
    public var bytesReceived: Int64 = 0
    /// Messages that were not taken, because the queue was full.
    public var messagesRefused: Int64 = 0
    /// Packets or messages thrown away because a checksum did not match.
    public var damaged: Int64 = 0
    /// Packets thrown away because they make no sense, by length, version or field.
    public var malformed: Int64 = 0
    /// Packets or messages that had come already.
    public var duplicates: Int64 = 0
    /// Packets of messages that were given up, or that lie outside the window.
    public var stale: Int64 = 0
    /// Messages of which a part came, given up for newer ones or for age.
    public var incomplete: Int64 = 0
    /// Packets sent again.
    public var retransmissions: Int64 = 0
    /// Times that the other end began afresh.
    public var peerRestarts: Int64 = 0

    /// Nothing happened yet.
    public init() {}
}
