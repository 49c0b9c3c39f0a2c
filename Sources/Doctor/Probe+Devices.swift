import BoardFile
import Foundation

// What is plugged in, from the kernel's own lists; nothing is opened but GPIO chips, to be named.
extension Probe {
    /// USB devices without hubs; `nil` if the kernel has no USB.
    func usb() -> [Machine.USBPlug]? {
        let folder = "/sys/bus/usb/devices"
        guard tree.status(folder) != nil else { return nil }
        return tree.names(folder).compactMap { name in
            // Interfaces have a colon in their names, hosts begin with "usb"; hubs are class 09.
            let device = "\(folder)/\(name)"
            guard !name.contains(":"), let vendor = number(device + "/idVendor"),
                let product = number(device + "/idProduct"),
                number(device + "/bDeviceClass") != 9
            else { return nil }
            var plug = Machine.USBPlug()
            plug.vendor = vendor
            plug.product = product
            plug.serial = tree.text(device + "/serial").flatMap { $0.isEmpty ? nil : $0 }
            plug.title = ["manufacturer", "product"]
                .compactMap { tree.text("\(device)/\($0)") }.joined(separator: " ")
            plug.port = name
            plug.release = number(device + "/bcdDevice") ?? 0
            // 1.5 Mbit/s is the only one with a fraction.
            plug.megabits = tree.text(device + "/speed").flatMap { Double($0) }.map { Int($0) } ?? 0
            plug.suspends = tree.text(device + "/power/control") == "auto"
            plug.drivers = tree.names(folder).filter { $0.hasPrefix(name + ":") }
                .compactMap { tree.target("\(folder)/\($0)/driver") }
            plug.node = node(busNode(device))
            return plug
        }
    }

    private func busNode(_ device: String) -> String {
        func digits(_ file: String) -> String {
            let text = tree.text("\(device)/\(file)") ?? ""
            return String(repeating: "0", count: max(0, 3 - text.count)) + text
        }
        return "/dev/bus/usb/\(digits("busnum"))/\(digits("devnum"))"
    }

    private func number(_ path: String) -> UInt16? {
        tree.text(path).flatMap { UInt16($0, radix: 16) }
    }

    /// Serial ports on USB adapters, and what tells the adapters apart.
    func serialPorts() -> [Machine.SerialPort] {
        tree.names("/sys/class/tty")
            .filter { $0.hasPrefix("ttyUSB") || $0.hasPrefix("ttyACM") }
            .map { name in
                // The device itself is some folders above its interface.
                var folder = tree.resolved("/sys/class/tty/\(name)/device") ?? ""
                while !folder.isEmpty, tree.text(folder + "/idVendor") == nil {
                    folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
                }
                let ids = ["idVendor", "idProduct"].compactMap {
                    folder.isEmpty ? nil : tree.text("\(folder)/\($0)")
                }
                return Machine.SerialPort(
                    path: "/dev/\(name)", ids: ids.joined(separator: ":"),
                    serial: folder.isEmpty ? "" : tree.text(folder + "/serial") ?? "")
            }
    }

    /// A device file and who may use it.
    func node(_ path: String) -> Machine.Node {
        var node = Machine.Node()
        node.path = tree.resolved(path) ?? path
        guard let status = tree.status(path) else { return node }
        node.exists = true
        node.isAccessible = tree.isAccessible(path, R_OK | W_OK)
        node.group = status.group
        node.owner = "\(status.owner):\(status.group), \(octal(status.mode))"
        let name = node.path.split(separator: "/").last ?? ""
        node.latency = tree.text("/sys/class/tty/\(name)/device/latency_timer").flatMap { Int($0) }
        return node
    }

    /// Which programs have which device files open, as far as this user may see.
    func openFiles() -> [String: [Machine.Holder]] {
        var holders: [String: [Machine.Holder]] = [:]
        for process in tree.names("/proc") {
            guard let number = Int32(process), number != getpid() else { continue }
            var seen: Set<String> = []
            for file in tree.names("/proc/\(process)/fd") {
                guard let path = tree.link("/proc/\(process)/fd/\(file)"),
                    path.hasPrefix("/dev/"), seen.insert(path).inserted
                else { continue }
                let name = tree.text("/proc/\(process)/comm") ?? "process"
                holders[path, default: []].append(Machine.Holder(name: name, process: number))
            }
        }
        return holders
    }

    // MARK: Sensors

    /// The folders of hwmon chips and IIO devices, with their names.
    func sensorChips() -> [(kind: Connection.Kind, name: String, folder: String)] {
        let places: [(Connection.Kind, String)] = [
            (.hwmon, "/sys/class/hwmon"), (.iio, "/sys/bus/iio/devices"),
        ]
        return places.flatMap { kind, place in
            tree.names(place).compactMap { entry in
                tree.text("\(place)/\(entry)/name").map { (kind, $0, "\(place)/\(entry)") }
            }
        }
    }

    /// What a sensor says.
    func sensor(_ kind: Connection.Kind, _ name: String, _ file: String) -> Machine.Sensor {
        let chips = sensorChips().filter { $0.kind == kind && $0.name == name }
        guard !chips.isEmpty else { return .noChip }
        for chip in chips {
            if let text = tree.text("\(chip.folder)/\(file)") { return .text(text) }
        }
        return .noAttribute
    }
}
