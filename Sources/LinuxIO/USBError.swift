public import PayloadHAL

/// Why a USB device did not do what it was asked; its text says which device, where, and what to
/// type.
public enum USBError: InstrumentError, Equatable, CustomStringConvertible {
    /// No such device is plugged in.
    case notFound(USBName)
    /// This user may not open the device at `node`.
    case notPermitted(USBName, node: String)
    /// Another program has it; `holder` is its name and number where that can be seen.
    case busy(USBName, node: String, holder: String?)
    /// A device with these numbers, but not made as expected.
    case wrongFirmware(USBName, node: String, reason: String)
    /// The device was there and is not any more.
    case gone(USBName)
    /// The device stalled the request: it does not know it, or cannot do it.
    case stalled(USBName, request: UInt8)
    /// The endpoint stays halted, or every transfer fails, after so many attempts in a row.
    case failing(USBName, endpoint: UInt8, attempts: Int)
    /// No answer by the deadline.
    case timedOut(USBName, call: String)
    /// The other call that failed, with libusb's own name for the reason.
    case system(USBName, call: String, reason: String)
    /// libusb itself could not be started.
    case noUSB(reason: String)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .timedOut: .timedOut
        case .stalled: .refused
        case .wrongFirmware: .garbled
        case .notFound, .notPermitted, .busy, .gone, .failing, .system, .noUSB: .unreachable
        }
    }

    /// One line: the device, what is wrong, and what to do.
    public var description: String {
        switch self {
        case .notFound(let name):
            "USB device \(name) is not there; plug it in, or see what is: lsusb -d \(name.numbers)"
        case .notPermitted(let name, let node):
            """
            USB device \(name) at \(node) may not be opened by this user; install the rules with \
            `sudo scripts/install`, or for now: sudo chmod a+rw \(node)
            """
        case .busy(let name, let node, let holder):
            """
            USB device \(name) at \(node) is in use by \(holder ?? "another program"); end that \
            one, found with: sudo fuser -v \(node)
            """
        case .wrongFirmware(let name, let node, let reason):
            """
            USB device \(name) at \(node) \(reason); load the firmware that the board file's \
            format is for, and compare: lsusb -v -d \(name.numbers)
            """
        case .gone(let name):
            "USB device \(name) is gone; plug it in again, or look at its cable and power"
        case .stalled(let name, let request):
            "USB device \(name) refuses request 0x\(String(request, radix: 16))"
        case .failing(let name, let endpoint, let attempts):
            """
            USB device \(name) failed \(attempts) transfers in a row on endpoint \
            0x\(String(endpoint, radix: 16)); look at its cable, then unplug it and plug it in
            """
        case .timedOut(let name, let call): "USB device \(name) did not answer in time: \(call)"
        case .system(let name, let call, let reason): "USB device \(name): \(call): \(reason)"
        case .noUSB(let reason): "USB cannot be used on this machine: \(reason)"
        }
    }
}

extension USBName {
    /// Vendor and product without the serial number, as `lsusb -d` takes it.
    var numbers: String { USBName(vendor: vendor, product: product).description }
}
