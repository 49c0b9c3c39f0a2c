public import Quantities

/// One vendor request to a USB device on its control endpoint.
public struct ControlRequest: Equatable, Sendable, BitwiseCopyable {
    /// What is asked (`bRequest`).
    public var request: UInt8
    /// Its first argument (`wValue`).
    public var value: UInt16
    /// Its second argument (`wIndex`).
    public var index: UInt16

    /// A request to the device as a whole, of type vendor.
    @inlinable public init(_ request: UInt8, value: UInt16 = 0, index: UInt16 = 0) {
        self.request = request
        self.value = value
        self.index = index
    }
}

/// What happened on a stream beside its bytes, counted since the device was opened.
///
/// A counter never steps back, whatever is reopened.
public struct StreamEvents: Equatable, Sendable, BitwiseCopyable {
    /// Transfers that brought bytes.
    public var transfers: Int64 = 0
    /// Bytes handed out.
    public var bytes: Int64 = 0
    /// Transfers that ended before they were full: how a device says that it has no more now.
    public var shortTransfers: Int64 = 0
    /// Times the endpoint was halted and let go on.
    public var stalls: Int64 = 0
    /// Transfers in which the device sent more than was asked for; their bytes are lost.
    public var overflows: Int64 = 0
    /// Transfers that failed otherwise, as by bit errors on the cable; their bytes are lost.
    public var failures: Int64 = 0
    /// Times the device was reset.
    public var resets: Int64 = 0
    /// Times the device was gone.
    public var unplugs: Int64 = 0

    /// Nothing happened yet.
    @inlinable public init() {}

    /// Places where bytes may be missing.
    @inlinable public var gaps: Int64 { stalls &+ overflows &+ failures &+ resets &+ unplugs }
}

/// One USB device, seen through its endpoints. Interface 0 is claimed; closed when the value goes.
///
/// **For users.** Every call returns by its deadline, which lies on the device's own clock. A
/// stalled stream is set going again by ``read(by:_:)`` itself and counted in ``events``; what
/// throws is what only ``reopen(by:)`` can mend, and it may be repeated until the device is plugged
/// in again. Requests and the stream do not disturb each other.
///
/// **For implementers.** Between ``startStream(endpoint:transferBytes:transfers:)`` and
/// ``stopStream()`` no memory is allocated, and at most `transfers` transfers are under way: a
/// caller that does not read stops the device's sending, nothing grows. A request that the device
/// stalls is ``InstrumentFault/refused``. Pass `bulkDeviceFaults` of `PayloadDoubles`.
public protocol BulkDevice: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Time on the clock of the deadlines; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// The device's serial number string; empty if it has none.
    var serial: String { get }

    /// What happened on the stream since the device was opened.
    var events: StreamEvents { get }

    /// Sends a vendor request with `bytes`, up to 4096, as its data.
    ///
    /// Not mutating, so that a `deinit` can send a last order.
    func send(
        _ request: ControlRequest, _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(Failure)

    /// Sends a vendor request and takes the answer.
    ///
    /// - Parameter answer: Filled from its start; its length, up to 4096, is that asked for.
    /// - Returns: How many bytes the device answered, which may be fewer.
    func ask(
        _ request: ControlRequest, into answer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int

    /// Sends all of `bytes` to a bulk endpoint, 0x01 to 0x0F.
    func write(_ bytes: RawSpan, to endpoint: UInt8, by deadline: Picoseconds) throws(Failure)

    /// Takes one transfer from a bulk endpoint, 0x81 to 0x8F, that is not the stream's.
    ///
    /// - Parameter buffer: A multiple of the endpoint's packet, 512 or 1024 bytes, or the device
    ///   may send more than fits, which is an error.
    /// - Returns: How many bytes came; 0 if none came by the deadline.
    func read(
        from endpoint: UInt8, into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int

    /// Begins to take what a bulk endpoint sends.
    ///
    /// - Parameters:
    ///   - endpoint: 0x81 to 0x8F.
    ///   - transferBytes: Most bytes of a transfer, a multiple of 1024 up to 1 MiB.
    ///   - transfers: How many are under way at once, 1 to 64.
    mutating func startStream(
        endpoint: UInt8, transferBytes: Int, transfers: Int
    ) throws(Failure)

    /// Waits for transfers until `deadline` and hands the bytes of each that is complete to `body`,
    /// in order and where they lie, then lets its memory be filled anew.
    ///
    /// Returns after all that was complete when it looked, at most one round of the ring.
    /// - Parameter body: The bytes hold during the call only. 1 byte or more.
    /// - Returns: How many bytes were handed out; 0 if none came by the deadline, or none that
    ///   could be used (see ``events``).
    mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int

    /// Takes no more; what was under way is thrown away. Allowed in any state.
    mutating func stopStream()

    /// Lets go of the device and opens it again, after a fault or an unplugging; if it is there but
    /// silent it is reset. The stream is stopped. Waits for it to appear until `deadline`.
    mutating func reopen(by deadline: Picoseconds) throws(Failure)
}
