public import Quantities

/// Bytes to and from one instrument, however it is reached. Closed when the value goes away.
///
/// **For users.** Every call returns by its deadline, which lies on the connection's own clock:
/// `connection.now` plus what you allow. After a time-out or a garbled answer, a late answer may
/// still be on its way and would be taken for that of the next order: ``reopen(by:)`` first.
///
/// **For implementers.** The clock never steps back and starts near zero. Pass
/// `connectionFaults` of `PayloadDoubles`.
public protocol ByteConnection: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Time on the clock of the deadlines; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// Sends all of `bytes`, or fails by `deadline`; how much went out is then unknown.
    ///
    /// Not mutating, so that a `deinit` can send a last order.
    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure)

    /// Waits for bytes until `deadline`; one in the past only takes what is there.
    ///
    /// - Parameter buffer: Filled from its start. At least 1 byte.
    /// - Returns: How many bytes came; 0 if none came by the deadline.
    /// - Throws: If the other end is gone; what it sent before was returned first.
    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int

    /// Drops what is under way in both directions and starts afresh, by `deadline`.
    ///
    /// A network connection is made anew, a serial line is emptied. A failed call may be repeated.
    mutating func reopen(by deadline: Picoseconds) throws(Failure)
}

extension Picoseconds {
    /// A span of `count` whole milliseconds, less than 2^53 ps.
    @inlinable public static func milliseconds(_ count: Int64) -> Picoseconds {
        Picoseconds(count * 1_000_000_000)
    }

    /// This time and a span later; stays at the end of time instead of overflowing.
    @inlinable public func later(by span: Picoseconds) -> Picoseconds {
        let (sum, overflow) = count.addingReportingOverflow(span.count)
        return Picoseconds(overflow ? .max : sum)
    }
}
