/// What a device does with a control transfer.
public enum ControlAnswer: Equatable, Sendable {
    /// Done; these bytes go to the host, none if data went the other way.
    case done([UInt8])
    /// It cannot or will not (a stall of endpoint 0).
    case stall
    /// Nothing ever comes back, as from firmware that hangs.
    case silence
}

/// What an emulated device does beyond what every device does.
///
/// ``USBIPServer`` answers the standard requests and keeps the transfers that wait; a function has
/// its own control requests, and bytes for its endpoints.
public protocol USBFunction: Sendable {
    /// What the device says of itself; asked for whenever the host asks.
    var descriptors: USBDescriptors { get }

    /// A class or vendor request.
    ///
    /// - Parameter data: What came with it from the host.
    mutating func control(_ setup: SetupPacket, data: ArraySlice<UInt8>) -> ControlAnswer

    /// The host has configured the device anew, or has let go of it.
    mutating func reset()

    /// Bytes of a bulk or interrupt transfer to the device; `false` stalls the endpoint.
    mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool

    /// Fills a bulk or interrupt transfer to the host.
    ///
    /// - Parameters:
    ///   - length: Room of the transfer, bytes.
    ///   - packetSize: Of the endpoint, bytes.
    ///   - output: Takes the bytes at its end.
    mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer
}

/// What became of a transfer to the host.
public enum TransmitAnswer: Equatable, Sendable {
    /// It is over with the bytes that were added; fewer than asked for end in a short packet.
    case complete
    /// There is nothing to end it with yet; nothing was added.
    case wait
    /// The next packet was larger than what was left of the transfer.
    case overflow
    /// The endpoint is halted from now on.
    case stall
}
