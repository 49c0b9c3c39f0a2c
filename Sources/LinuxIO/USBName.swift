/// Which USB device is meant: `1209:0001`, or with its serial number `1209:0001:LT-7`.
public struct USBName: Equatable, Sendable, CustomStringConvertible {
    /// Number of the vendor.
    public var vendor: UInt16
    /// Number of the product, the vendor's own.
    public var product: UInt16
    /// Serial number; `nil` for the first device with these numbers.
    public var serial: String?

    /// A device by its numbers.
    public init(vendor: UInt16, product: UInt16, serial: String? = nil) {
        self.vendor = vendor
        self.product = product
        self.serial = serial
    }

    /// Reads `VVVV:PPPP` or `VVVV:PPPP:SERIAL`, the numbers as four hexadecimal digits each;
    /// `nil` if `text` is not that.
    public init?(_ text: String) {
        let parts = text.split(
            separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        // Digits alone: a number may also begin with a sign.
        guard parts.count >= 2, parts[0].utf8.count == 4, parts[1].utf8.count == 4,
            parts[0].utf8.allSatisfy({ $0 >= 0x30 }), parts[1].utf8.allSatisfy({ $0 >= 0x30 }),
            let vendor = UInt16(parts[0], radix: 16), let product = UInt16(parts[1], radix: 16)
        else { return nil }
        let serial = parts.count > 2 ? String(parts[2]) : nil
        guard serial != "" else { return nil }
        self.init(vendor: vendor, product: product, serial: serial)
    }

    /// The form that ``init(_:)`` reads.
    public var description: String {
        let numbers = "\(Self.digits(vendor)):\(Self.digits(product))"
        return serial.map { "\(numbers):\($0)" } ?? numbers
    }

    private static func digits(_ number: UInt16) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 4 - text.utf8.count) + text
    }
}
