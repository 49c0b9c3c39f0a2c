/// What a device says of itself when it is plugged in (USB 2.0, section 9.6).
public struct USBDescriptors: Equatable, Sendable {
    /// One endpoint other than 0.
    public struct Endpoint: Equatable, Sendable {
        /// Kind of transfers.
        public enum Kind: UInt8, Sendable {
            case bulk = 2
            case interrupt = 3
        }
        /// Number, and bit 7 set if it goes to the host.
        public var address: UInt8
        /// Kind of transfers.
        public var kind: Kind
        /// Largest packet, bytes; 512 for bulk at high speed.
        public var packetSize: UInt16
        /// How often the host asks, for interrupt endpoints only.
        public var interval: UInt8

        /// A bulk endpoint at high speed unless said otherwise.
        public init(
            address: UInt8, kind: Kind = .bulk, packetSize: UInt16 = 512, interval: UInt8 = 0
        ) {
            self.address = address
            self.kind = kind
            self.packetSize = packetSize
            self.interval = interval
        }
    }

    /// One interface with its only alternate setting.
    public struct Interface: Equatable, Sendable {
        /// Class; FF is a vendor's own.
        public var classCode: UInt8
        /// Subclass within it.
        public var subclass: UInt8
        /// Protocol within that.
        public var protocolCode: UInt8
        /// Descriptors between the interface's and its endpoints', as a class asks for them.
        public var extra: [UInt8]
        /// Its endpoints.
        public var endpoints: [Endpoint]

        /// A vendor's own interface unless said otherwise.
        public init(
            classCode: UInt8 = 0xFF, subclass: UInt8 = 0, protocolCode: UInt8 = 0,
            extra: [UInt8] = [], endpoints: [Endpoint]
        ) {
            self.classCode = classCode
            self.subclass = subclass
            self.protocolCode = protocolCode
            self.extra = extra
            self.endpoints = endpoints
        }
    }

    /// Vendor's number, from the USB Implementers Forum.
    public var vendor: UInt16
    /// The vendor's number for the product.
    public var product: UInt16
    /// Release of the device, binary-coded decimal.
    public var release: UInt16
    /// Class of the whole device; 0 leaves it to the interfaces.
    public var deviceClass: UInt8 = 0
    /// Maker, for a person; an empty text is not there, here and below.
    public var manufacturer: String
    /// Product, for a person.
    public var productName: String
    /// Serial number.
    public var serial: String
    /// The interfaces of the only configuration, which has the value 1.
    public var interfaces: [Interface]
    /// Sent in place of the configuration descriptor, to see what a host makes of a wrong one.
    public var falseConfiguration: [UInt8]?

    /// A device with one vendor's own interface.
    public init(
        vendor: UInt16, product: UInt16, release: UInt16 = 0x0100, manufacturer: String = "",
        productName: String = "", serial: String = "", interfaces: [Interface]
    ) {
        self.vendor = vendor
        self.product = product
        self.release = release
        self.manufacturer = manufacturer
        self.productName = productName
        self.serial = serial
        self.interfaces = interfaces
    }

    /// The endpoint with that address.
    func endpoint(_ address: UInt8) -> Endpoint? {
        for interface in interfaces {
            for endpoint in interface.endpoints where endpoint.address == address {
                return endpoint
            }
        }
        return nil
    }

    /// The device descriptor, 18 bytes.
    public var device: [UInt8] {
        [18, 1, 0x00, 0x02, deviceClass, 0, 0, 64] + vendor.littleEndianBytes
            + product.littleEndianBytes + release.littleEndianBytes
            + [
                manufacturer.isEmpty ? 0 : 1, productName.isEmpty ? 0 : 2, serial.isEmpty ? 0 : 3,
                1,
            ]
    }

    /// What it would be at the other speed, 10 bytes: a device of high speed has to say it.
    var qualifier: [UInt8] { [10, 6, 0x00, 0x02, deviceClass, 0, 0, 64, 1, 0] }

    /// The configuration descriptor with all that belongs to it.
    public var configuration: [UInt8] {
        if let falseConfiguration { return falseConfiguration }
        var below: [UInt8] = []
        for (number, interface) in interfaces.enumerated() {
            below += [
                9, 4, UInt8(truncatingIfNeeded: number), 0,
                UInt8(truncatingIfNeeded: interface.endpoints.count), interface.classCode,
                interface.subclass, interface.protocolCode, 0,
            ]
            below += interface.extra
            for endpoint in interface.endpoints {
                below += [7, 5, endpoint.address, endpoint.kind.rawValue]
                below += endpoint.packetSize.littleEndianBytes + [endpoint.interval]
            }
        }
        // Self-powered, and nothing is drawn from the bus.
        return [9, 2] + UInt16(truncatingIfNeeded: 9 + below.count).littleEndianBytes
            + [UInt8(truncatingIfNeeded: interfaces.count), 1, 0, 0xC0, 0] + below
    }

    /// A string descriptor; `nil` if there is no such text.
    func string(_ index: UInt8) -> [UInt8]? {
        // Language 0x0409, English (United States), is the only one.
        if index == 0 { return [4, 3, 0x09, 0x04] }
        guard 1...3 ~= index else { return nil }
        let text = [manufacturer, productName, serial][Int(index) - 1]
        guard !text.isEmpty else { return nil }
        // A length is one byte, and a character of UTF-16 two.
        let units = Array(text.utf16.prefix(126))
        return [UInt8(2 + 2 * units.count), 3] + units.flatMap(\.littleEndianBytes)
    }
}

extension FixedWidthInteger {
    /// The bytes, the lowest first.
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
    /// The bytes, the highest first.
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
