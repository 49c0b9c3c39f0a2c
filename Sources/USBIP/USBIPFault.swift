/// Why a connection was closed: what came is not what the protocol has.
public enum USBIPFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// A first message of another version.
    case version(found: UInt16)
    /// A first message that nobody knows.
    case request(found: UInt16)
    /// A message to an imported device that nobody knows.
    case command(found: UInt32)
    /// A message to another device than the imported one.
    case device(found: UInt32, imported: UInt32)
    /// A direction other than out and in.
    case direction(found: UInt32)
    /// An endpoint beyond 15.
    case endpoint(found: UInt32)
    /// A transfer to the device of more bytes than the server takes.
    case length(found: UInt32, allowed: Int)
    /// A control transfer in another direction than its setup packet says.
    case setup(direction: UInt32, length: UInt32, expected: UInt16)
    /// Answers wait to be sent, and more than the server keeps.
    case unread(allowed: Int)
    /// An isochronous transfer; no emulated device has such an endpoint.
    case isochronous(packets: UInt32)
    /// More transfers at once than the server keeps.
    case tooMany(allowed: Int)
    /// Two transfers with the same number.
    case repeated(sequence: UInt32)

    /// One line that names the field, the value and what is allowed.
    public var description: String {
        switch self {
        case .version(let found):
            "version is \(Self.hex(UInt32(found))); only 0x0111 is spoken here"
        case .request(let found):
            "request is \(Self.hex(UInt32(found))); 0x8005 (list) and 0x8003 (import) are possible"
        case .command(let found): "command is \(found); 1 (submit) and 2 (unlink) are possible"
        case .device(let found, let imported):
            "device is \(Self.hex(found)); \(Self.hex(imported)) was imported"
        case .direction(let found): "direction is \(found); 0 (out) and 1 (in) are possible"
        case .endpoint(let found): "endpoint is \(found); 0 to 15 are possible"
        case .length(let found, let allowed):
            "transfer has \(found) bytes; at most \(allowed) are taken"
        case .setup(let direction, let length, let expected):
            "control transfer with direction \(direction) and \(length) bytes does not fit its "
                + "setup packet, which says \(expected) bytes the other way"
        case .unread(let allowed):
            "answers of more than \(allowed) bytes wait; the host must read"
        case .isochronous(let packets):
            "transfer has \(packets) isochronous packets; no device here has any"
        case .tooMany(let allowed): "more than \(allowed) transfers wait; the host must read"
        case .repeated(let sequence): "transfer \(sequence) waits already"
        }
    }

    private static func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
}
