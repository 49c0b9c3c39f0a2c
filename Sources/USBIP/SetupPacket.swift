/// The eight bytes that begin a control transfer (USB 2.0, table 9-2).
public struct SetupPacket: Equatable, Sendable, BitwiseCopyable {
    /// Direction (bit 7: to the host), type (bits 6:5) and recipient (bits 4:0).
    public var requestType: UInt8
    /// What is asked for.
    public var request: UInt8
    /// Meaning depends on the request.
    public var value: UInt16
    /// Meaning depends on the request; often an interface or an endpoint.
    public var index: UInt16
    /// Bytes of the data stage at most.
    public var length: UInt16

    /// A request with all fields given.
    public init(
        requestType: UInt8, request: UInt8, value: UInt16 = 0, index: UInt16 = 0,
        length: UInt16 = 0
    ) {
        self.requestType = requestType
        self.request = request
        self.value = value
        self.index = index
        self.length = length
    }

    /// The packet in the first eight of `bytes`, which has as many.
    init(_ bytes: ArraySlice<UInt8>) {
        let at = bytes.startIndex
        func word(_ offset: Int) -> UInt16 {
            UInt16(bytes[at + offset]) | UInt16(bytes[at + offset + 1]) << 8
        }
        self.init(
            requestType: bytes[at], request: bytes[at + 1], value: word(2), index: word(4),
            length: word(6))
    }

    /// Whether the data stage goes to the host.
    public var isToHost: Bool { requestType & 0x80 != 0 }
    /// Whether the request is one of chapter 9 of USB 2.0, and not of a class or a vendor.
    public var isStandard: Bool { requestType & 0x60 == 0 }
}
