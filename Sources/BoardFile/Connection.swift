/// How an instrument is reached, as a board file writes it in one text: `usb:1209:0001`.
public enum Connection: Equatable, Hashable, Sendable {
    /// A USB device by its ids, and by its serial number where several may be plugged in.
    case usb(vendor: UInt16, product: UInt16, serial: String?)
    /// A USB device behind a USB/IP server, reached without the kernel: the server and the bus id.
    case usbip(host: String, port: UInt16, bus: String)
    /// A serial line: the device's path, and its speed in baud.
    case serial(path: String, baud: UInt32)
    /// A byte stream to a server.
    case tcp(host: String, port: UInt16)
    /// Datagrams to a peer.
    case udp(host: String, port: UInt16)
    /// One line of a GPIO chip, named by its label or as the kernel does (`gpiochip0`).
    case gpio(chip: String, line: UInt32)
    /// A camera of Video4Linux, by its path.
    case video(path: String)
    /// A GigE Vision or USB3 Vision camera, by the name that Aravis gives it.
    case aravis(name: String)
    /// A mount behind Hamlib's `rotctld`.
    case rotctld(host: String, port: UInt16)
    /// A mount behind an ASCOM Alpaca server.
    case alpaca(host: String, port: UInt16)
    /// A value of a hardware monitor: the chip's name and the file, such as `temp1_input`.
    case hwmon(name: String, attribute: String)
    /// A value of an Industrial I/O device: its name and the file, such as `in_voltage0_raw`.
    case iio(name: String, attribute: String)
}

extension Connection {
    /// The kinds of connection, by the word before the first colon.
    public enum Kind: String, CaseIterable, Sendable {
        case usb, usbip, serial, tcp, udp, gpio
        case video = "v4l2"
        case aravis, rotctld, alpaca, hwmon, iio

        /// How a connection of this kind is written.
        public var form: String {
            switch self {
            case .usb: "usb:VENDOR:PRODUCT[:SERIAL]"
            case .usbip: "usbip:HOST:PORT/BUSID"
            case .serial: "serial:/dev/NAME[@BAUD]"
            case .tcp, .udp, .rotctld, .alpaca: "\(rawValue):HOST:PORT"
            case .gpio: "gpio:CHIP/LINE"
            case .video: "v4l2:/dev/videoN"
            case .aravis: "aravis:NAME"
            case .hwmon: "hwmon:NAME/temp1_input"
            case .iio: "iio:NAME/ATTRIBUTE"
            }
        }
    }

    /// Speed of a serial line that names none, baud.
    public static let usualBaud: UInt32 = 115_200
    /// Lines of the largest GPIO chip: what the kernel's GPIOLIB numbered at most.
    public static let mostLines: UInt32 = 1_024

    /// The kind of this connection.
    public var kind: Kind {
        switch self {
        case .usb: .usb
        case .usbip: .usbip
        case .serial: .serial
        case .tcp: .tcp
        case .udp: .udp
        case .gpio: .gpio
        case .video: .video
        case .aravis: .aravis
        case .rotctld: .rotctld
        case .alpaca: .alpaca
        case .hwmon: .hwmon
        case .iio: .iio
        }
    }

    /// Whether both would be the same piece of hardware, or the same address, at least possibly.
    ///
    /// Sensors may be read for more than one purpose, so two that are equal do not count.
    public func isBooked(by other: Connection) -> Bool {
        switch (self, other) {
        case (.usb(let vendor, let product, let a), .usb(let otherVendor, let otherProduct, let b)):
            (vendor, product) == (otherVendor, otherProduct) && (a == nil || b == nil || a == b)
        case (.serial(let path, _), .serial(let otherPath, _)): path == otherPath
        case (.hwmon, _), (.iio, _): false
        default: address == other.address
        }
    }

    /// What two users of one address have in common; TCP and UDP ports are apart.
    private var address: String {
        switch self {
        case .tcp(let host, let port), .rotctld(let host, let port), .alpaca(let host, let port):
            "tcp:\(host):\(port)"
        default: description
        }
    }
}

extension Connection: CustomStringConvertible {
    /// The text that a board file has; reading it gives this again.
    public var description: String {
        switch self {
        case .usb(let vendor, let product, let serial):
            "usb:\(Self.hexadecimal(vendor)):\(Self.hexadecimal(product))"
                + (serial.map { ":\($0)" } ?? "")
        case .usbip(let host, let port, let bus):
            "usbip:\(host.contains(":") ? "[\(host)]" : host):\(port)/\(bus)"
        case .serial(let path, let baud): "serial:\(path)@\(baud)"
        case .tcp(let host, let port), .udp(let host, let port), .rotctld(let host, let port),
            .alpaca(let host, let port):
            "\(kind.rawValue):\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .gpio(let chip, let line): "gpio:\(chip)/\(line)"
        case .video(let path): "v4l2:\(path)"
        case .aravis(let name): "aravis:\(name)"
        case .hwmon(let name, let attribute), .iio(let name, let attribute):
            "\(kind.rawValue):\(name)/\(attribute)"
        }
    }

    /// Four lower-case hexadecimal digits.
    static func hexadecimal(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
