public import Quantities

/// Packets to and from one other end, each whole or lost. Closed when the value goes away.
///
/// **For users.** Packets may be lost, repeated, delayed and reordered, and a damaged one may slip
/// through: check what comes.
///
/// **For implementers.** The other end's absence is silence, no error: it may come back by itself.
/// No allocation in ``send(_:by:)`` and ``receive(into:by:)``.
public protocol DatagramConnection: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Time on the clock of the deadlines; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// Hands one packet to the network by `deadline`.
    ///
    /// - Parameter packet: 1 to 1400 bytes, which no usual network splits.
    func send(_ packet: RawSpan, by deadline: Picoseconds) throws(Failure)

    /// Waits for a packet until `deadline`; one in the past only takes what is there.
    ///
    /// - Parameter buffer: Filled from its start. A longer packet is cut off at its end.
    /// - Returns: How many bytes came; 0 if no packet came by the deadline.
    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int

    /// Makes the connection anew, by `deadline`. A failed call may be repeated.
    mutating func reopen(by deadline: Picoseconds) throws(Failure)
}
