import CUSB
import Glibc

/// One USB device that is plugged in, as anyone may see it.
public struct USBDeviceEntry: Equatable, Sendable {
    /// Vendor, product, and serial number if it has one.
    public var name: USBName
    /// What the maker calls it, maker first; empty if it does not say.
    public var title: String
    /// Where it is plugged in: bus, then a port per hub, such as `1-2.3`.
    public var port: String
    /// Its file, such as `/dev/bus/usb/001/004`.
    public var node: String
    /// Speed of its link, Mbit/s; 0 if not known.
    public var megabits: Int
    /// Whether this user may open it.
    public var isAccessible: Bool
    /// Version of the device as its maker counts (`bcdDevice`).
    public var release: UInt16
}

/// What is plugged in to this machine's USB.
public enum USBDeviceList {
    /// All devices, hubs left out; empty if there is none, also on a machine without USB.
    public static func all() throws(USBError) -> [USBDeviceEntry] {
        var entries: [USBDeviceEntry] = []
        let context = try USBContext.start()
        USBContext.forEachDevice(of: context) { device in
            if let entry = entry(of: device) { entries.append(entry) }
        }
        libusb_exit(context)
        return entries
    }

    /// Those with the numbers, and the serial number if given, of `name`.
    public static func devices(named name: USBName) throws(USBError) -> [USBDeviceEntry] {
        try all().filter { $0.name.isMatched(by: name) }
    }

    /// What is known of `device` without opening it.
    static func entry(of device: OpaquePointer) -> USBDeviceEntry? {
        var descriptor = libusb_device_descriptor()
        guard libusb_get_device_descriptor(device, &descriptor) == 0,
            descriptor.bDeviceClass != UInt8(LIBUSB_CLASS_HUB.rawValue)
        else { return nil }
        let port = port(of: device)
        let node = node(of: device)
        let serial = attribute("serial", at: port)
        let title = [attribute("manufacturer", at: port), attribute("product", at: port)]
            .compactMap(\.self).joined(separator: " ")
        return USBDeviceEntry(
            name: USBName(
                vendor: descriptor.idVendor, product: descriptor.idProduct, serial: serial),
            title: title, port: port, node: node, megabits: megabits(of: device),
            isAccessible: access(node, R_OK | W_OK) == 0, release: descriptor.bcdDevice)
    }

    /// The file of `device`.
    static func node(of device: OpaquePointer) -> String {
        func digits(_ number: UInt8) -> String {
            String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0) + "\(number)"
        }
        let bus = digits(libusb_get_bus_number(device))
        return "/dev/bus/usb/\(bus)/\(digits(libusb_get_device_address(device)))"
    }

    private static func port(of device: OpaquePointer) -> String {
        // Seven is the deepest that USB 3 allows.
        var ports = [UInt8](repeating: 0, count: 7)
        let count = libusb_get_port_numbers(device, &ports, 7)
        let path = ports.prefix(Int(max(0, count))).map { String($0) }.joined(separator: ".")
        return "\(libusb_get_bus_number(device))-\(path)"
    }

    private static func megabits(of device: OpaquePointer) -> Int {
        switch UInt32(bitPattern: libusb_get_device_speed(device)) {
        case 1: 1
        case 2: 12
        case 3: 480
        case 4: 5000
        case 5: 10_000
        default: 0
        }
    }

    /// A text that the kernel read from the device; `nil` if it has none.
    private static func attribute(_ name: String, at port: String) -> String? {
        guard let tree = try? SysfsTree(folder: "/sys/bus/usb/devices/\(port)"),
            let text = try? tree.read(name), !text.isEmpty
        else { return nil }
        return text
    }
}

extension USBName {
    /// Whether a device of this name is what `wanted` asks for.
    func isMatched(by wanted: USBName) -> Bool {
        vendor == wanted.vendor && product == wanted.product
            && (wanted.serial == nil || wanted.serial == serial)
    }
}

/// libusb's start, and the devices that it sees then.
enum USBContext {
    /// Starts libusb, which looks at what is plugged in; ended by `libusb_exit`.
    static func start() throws(USBError) -> OpaquePointer {
        var pointer: OpaquePointer?
        let result = libusb_init(&pointer)
        guard result == 0, let pointer else { throw .noUSB(reason: reason(result)) }
        return pointer
    }

    /// Calls `body` with every device that is plugged in; a device holds during the call only.
    static func forEachDevice(of context: OpaquePointer, _ body: (OpaquePointer) -> Void) {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = libusb_get_device_list(context, &list)
        guard count >= 0, let list else { return }
        for index in 0..<count {
            if let device = list[index] { body(device) }
        }
        libusb_free_device_list(list, 1)
    }
}

/// libusb's words for one of its results.
func reason(_ result: Int32) -> String {
    String(cString: libusb_error_name(result))
}
