public import PayloadHAL

/// Why a device behind a USB/IP server did not do what it was asked.
public enum USBIPError<Wire: InstrumentError>: InstrumentError, CustomStringConvertible {
    /// The connection to the server failed.
    case wire(Wire)
    /// The server does not hand the device out; its status: 2 another has it, 4 there is none.
    case notExported(bus: String, status: UInt32)
    /// The server sent what the protocol does not have.
    case protocolBroken(String)
    /// The device stalled the request: it does not know it, or cannot do it.
    case stalled(request: UInt8)
    /// Transfers of the endpoint failed so often in a row.
    case failing(endpoint: UInt8, attempts: Int)
    /// No answer by the deadline.
    case timedOut(String)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .wire(let error): error.fault
        case .notExported, .failing: .unreachable
        case .protocolBroken: .garbled
        case .stalled: .refused
        case .timedOut: .timedOut
        }
    }

    /// One line: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .wire(let error): "the USB/IP server is not reached: \(error)"
        case .notExported(let bus, 2):
            "another program has the USB/IP device \(bus); end that one, or detach it there"
        case .notExported(let bus, let status):
            "the USB/IP server has no device \(bus) (status \(status)); `usbip list` says what it has"
        case .protocolBroken(let what): "the USB/IP server sent \(what); is it one?"
        case .stalled(let request):
            "the device refuses request 0x\(String(request, radix: 16))"
        case .failing(let endpoint, let attempts):
            "\(attempts) transfers in a row failed on endpoint 0x\(String(endpoint, radix: 16))"
        case .timedOut(let call): "no answer in time to \(call)"
        }
    }
}
