/// The layout of the USB/IP protocol, version 1.1.1.
///
/// Source: Linux, Documentation/usb/usbip_protocol.rst. All numbers are big-endian; setup packets
/// and what is in transfers are as USB has them, little-endian.
enum USBIPMessage {
    /// The version in the messages that come before a device is imported.
    static let version: UInt16 = 0x0111
    /// Bytes of a bus id, filled up with 0.
    static let busIDSize = 32
    /// Bytes of a device's description, without its interfaces.
    static let deviceSize = 312
    /// Bytes of every message once a device is imported, without a transfer's data.
    static let headerSize = 48
    /// Speed code of USB 2.0 high speed.
    static let highSpeed: UInt32 = 3

    /// First messages, as a client sends them; the answers lack bit 15.
    enum Request: UInt16 {
        case importDevice = 0x8003
        case deviceList = 0x8005
    }

    /// Messages of an imported device.
    enum Command: UInt32 {
        case submit = 1
        case unlink = 2
        case submitted = 3
        case unlinked = 4
    }

    /// Results of a transfer: numbers of Linux's errors, negative.
    enum Result: Int32 {
        case done = 0
        /// EPIPE: the endpoint is halted, or a request is refused.
        case stalled = -32
        /// ECONNRESET: taken back.
        case unlinked = -104
        /// EREMOTEIO: shorter than the host allowed.
        case short = -121
        /// EOVERFLOW: a packet did not fit.
        case overflow = -75
    }

    /// The answer to a submitted transfer, with its data.
    ///
    /// - Parameter packets: As in the submit: the document asks for all ones, Linux has 0.
    static func submitted(
        _ sequence: UInt32, _ result: Result, packets: UInt32, length: Int,
        data: ArraySlice<UInt8> = [], into output: inout [UInt8]
    ) {
        put([Command.submitted.rawValue, sequence, 0, 0, 0], into: &output)
        put(
            [
                UInt32(bitPattern: result.rawValue), UInt32(truncatingIfNeeded: length), 0,
                packets, 0, 0, 0,
            ], into: &output)
        output.append(contentsOf: data)
    }

    /// The answer to a transfer that was taken back.
    static func unlinked(_ sequence: UInt32, _ result: Result, into output: inout [UInt8]) {
        put([Command.unlinked.rawValue, sequence, 0, 0, 0], into: &output)
        put([UInt32(bitPattern: result.rawValue), 0, 0, 0, 0, 0, 0], into: &output)
    }

    static func put(_ words: [UInt32], into output: inout [UInt8]) {
        for word in words { output.append(contentsOf: word.bigEndianBytes) }
    }

    /// A text filled up with zeros; the last byte is always one.
    static func padded(_ text: String, to size: Int) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(size - 1))
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }
}

/// What every message of an imported device begins with.
struct USBIPHeader: Equatable {
    var command: UInt32
    var sequence: UInt32
    var device: UInt32
    var direction: UInt32
    var endpoint: UInt32
    /// Of a submit: flags. Of an unlink: the sequence number of what is taken back.
    var first: UInt32
    /// Of a submit: bytes of the transfer.
    var length: UInt32
    /// Of a submit: packets, 0 or all ones if the transfer is not isochronous.
    var packets: UInt32
    var setup: SetupPacket

    /// The header in `bytes`, which has 48.
    init(_ bytes: ArraySlice<UInt8>) {
        func word(_ index: Int) -> UInt32 {
            let at = bytes.startIndex + 4 * index
            return bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        command = word(0)
        sequence = word(1)
        device = word(2)
        direction = word(3)
        endpoint = word(4)
        first = word(5)
        length = word(6)
        packets = word(8)
        setup = SetupPacket(bytes[(bytes.startIndex + 40)...])
    }

    /// The transfer fails if it ends short (URB_SHORT_NOT_OK).
    var refusesShort: Bool { first & 1 != 0 }
}
