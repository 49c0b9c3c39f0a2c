import AravisCamera
import BoardFile

/// The checks of every instrument that a board names: found or not, and why; pure functions.
struct InstrumentChecks {
    let board: Board
    let machine: Machine

    /// Every finding about the instruments, in the file's order.
    func findings() -> [Finding] {
        var found: [Finding] = []
        let designators = self.designators()
        for (path, connection) in board.connections {
            let check = Self.instrument(path)
            // That of a detector stands beside its gate and its sensors.
            let owner = designators[check] ?? designators[Self.parent(check)]
            found += look(at: check, connection).map { finding in
                var finding = finding
                finding.designator = owner
                return finding
            }
        }
        return found + simulated() + ports()
    }

    /// The instrument's own part of a key: `tagger.connection` is that of `tagger`.
    static func instrument(_ path: String) -> String {
        path.hasSuffix(".connection") ? String(path.dropLast(".connection".count)) : path
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: ".").map { String(path[..<$0]) } ?? path
    }

    /// The reference designators by what they belong to.
    private func designators() -> [String: String] {
        var found: [String: String] = [:]
        for (path, value) in board.values where path.hasSuffix(".designator") {
            found[Self.parent(path)] = value.trimmingQuotes
        }
        return found
    }

    private func look(at check: String, _ connection: Connection) -> [Finding] {
        switch connection {
        case .usb(let vendor, let product, let serial):
            USBChecks(check: check, machine: machine, format: board.tagger.format)
                .findings(vendor, product, serial)
        case .serial(let path, _): node(check, path, ports: machine.serialPorts)
        case .video(let path): node(check, path, ports: [])
        case .gpio(let chip, let line): gpio(check, chip, line)
        case .tcp, .udp, .rotctld, .alpaca, .usbip: peer(check, connection)
        case .aravis(let name): [camera(check, name)]
        case .hwmon, .iio: sensor(check, connection)
        }
    }

    // MARK: Device files

    private func node(
        _ check: String, _ path: String, ports: [Machine.SerialPort]
    ) -> [Finding] {
        let node = machine.nodes[path] ?? Machine.Node()
        guard node.exists else {
            return [.fail(check, absence(of: path, among: ports), mend: mendAbsence(of: path))]
        }
        if let fault = permission(check, node) { return [fault] }
        if let fault = busy(check, node) { return [fault] }
        var found: [Finding] = []
        if let latency = node.latency, latency > 2 {
            found.append(
                .warn(
                    check, "slow link: the adapter keeps bytes for \(latency) ms",
                    mend:
                        "echo 1 | sudo tee /sys/class/tty/\(name(of: node.path))/device/latency_timer"
                ))
        }
        return found.isEmpty ? [.ok(check, described(path, node))] : found
    }

    private func absence(of path: String, among ports: [Machine.SerialPort]) -> String {
        let isOurs = path.hasPrefix("/dev/lodestar/")
        guard !ports.isEmpty, isOurs else { return "unplugged: there is no \(path)" }
        return "there is no \(path); serial ports without that name: "
            + ports.map(\.description).joined(separator: ", ")
    }

    private func mendAbsence(of path: String) -> String {
        guard path.hasPrefix("/dev/lodestar/") else { return "plug it in; ls \(path)" }
        // One file has the rules of both cameras.
        let name = path.hasSuffix("/coarse") ? "camera" : path.split(separator: "/").last ?? ""
        return "plug it in; its rule is udev/60-lodestar-\(name).rules, and needs its serial number"
    }

    private func described(_ path: String, _ node: Machine.Node) -> String {
        let holder = node.holders.first.map { ", held by \($0.name)" } ?? ""
        return (node.path == path ? path : "\(path), which is \(node.path)") + holder
    }

    private func name(of path: String) -> Substring { path.split(separator: "/").last ?? "" }

    private func permission(_ check: String, _ node: Machine.Node) -> Finding? {
        NodeChecks.permission(check, node, machine.rights)
    }

    private func busy(_ check: String, _ node: Machine.Node) -> Finding? {
        NodeChecks.busy(check, node)
    }

    // MARK: Cameras on the network and USB3

    private func camera(_ check: String, _ name: String) -> Finding {
        if let fault = machine.cameraLibraryFault {
            return .fail(check, fault, mend: AravisLibrary.remedy)
        }
        return .ok(
            check, "\(name): Aravis looks for it when a pass starts; `arv-tool-0.8` lists it")
    }

    // MARK: Lines

    private func gpio(_ check: String, _ chip: String, _ line: UInt32) -> [Finding] {
        let fits = machine.chips.filter { $0.name == chip || $0.label == chip }
        guard let found = fits.first else { return [absence(check, ofChip: chip)] }
        if fits.count > 1 {
            return [
                .fail(
                    check, "\(fits.count) chips are called \(chip)",
                    mend: "name it as the kernel does: " + fits.map(\.name).joined(separator: ", "))
            ]
        }
        if let fault = permission(check, found.node) { return [fault] }
        guard line < found.lines else {
            return [
                .fail(
                    check, "\(chip) has lines 0 to \(found.lines - 1), and not \(line)",
                    mend: "gpioinfo \(found.name) lists them; correct the board")
            ]
        }
        if let holder = found.holders[line], !holder.hasPrefix("lodestar") {
            let name = holder.isEmpty ? "somebody without a name" : holder
            return [
                .fail(
                    check, "busy: line \(line) of \(chip) is held by \(name)",
                    mend: "end that program; sudo fuser -v /dev/\(found.name) shows it")
            ]
        }
        let holder = found.holders[line].map { ", held by \($0)" } ?? ""
        return [.ok(check, "line \(line) of \(found.name) [\(found.label ?? "")]\(holder)")]
    }

    private func absence(_ check: String, ofChip chip: String) -> Finding {
        if let closed = machine.chips.first(where: { $0.label == nil }),
            let fault = permission(check, closed.node)
        {
            return fault
        }
        let present = machine.chips.map { "\($0.name) [\($0.label ?? "?")]" }
        return .fail(
            check,
            "there is no GPIO chip \(chip); there "
                + (present.isEmpty ? "is none at all" : "are " + present.joined(separator: ", ")),
            mend: "plug it in or load its driver; gpiodetect lists names and labels")
    }

    // MARK: Network

    private func peer(_ check: String, _ connection: Connection) -> [Finding] {
        guard let peer = machine.peers[connection] else {
            return [.ok(check, "\(connection): not looked for")]
        }
        switch peer {
        case .reached(let interface): return reached(check, connection, interface)
        case .refused:
            return [
                .fail(
                    check, "\(connection): nobody listens there", mend: mendRefusal(of: connection))
            ]
        case .silent:
            return [
                .fail(
                    check, "\(connection): no answer within a second",
                    mend: "switch it on; ping its host; does a firewall stand between?")
            ]
        case .unreachable:
            return [
                .fail(
                    check, "\(connection): there is no way to that host",
                    mend: "ip route; ip link: is the cable in, and the address set?")
            ]
        case .unknownHost:
            return [
                .fail(
                    check, "\(connection): nobody knows that host",
                    mend: "write its address into the board: in the field there is no name service")
            ]
        case .failed(let words):
            return [.fail(check, "\(connection): \(words)", mend: "ip route; ip link")]
        }
    }

    private func reached(
        _ check: String, _ connection: Connection, _ interface: String
    ) -> [Finding] {
        let link = machine.interfaces.first { $0.name == interface }
        if let link, !link.isUp {
            return [
                .fail(
                    check, "\(connection): \(interface) has no link",
                    mend: "plug the cable in; ip link set \(interface) up")
            ]
        }
        // 2 Mb/s is what sifting needs comfortably; 10 Mbit/s is an Ethernet that fell back.
        if let megabits = link?.megabits, megabits < 100 {
            return [
                .warn(
                    check, "\(connection): slow link, \(interface) runs at \(megabits) Mbit/s",
                    mend: "another cable; sudo ethtool \(interface)")
            ]
        }
        if case .udp = connection {
            let way = interface.isEmpty ? "" : " by \(interface)"
            return [.ok(check, "\(connection)\(way); whether anybody hears is seen in a pass")]
        }
        return [.ok(check, "\(connection) answers")]
    }

    private func mendRefusal(of connection: Connection) -> String {
        switch connection {
        case .rotctld(let host, let port):
            "start it: rotctld --model=NUMBER --rot-file=/dev/... --listen-addr=\(host) --port=\(port)"
        case .alpaca: "start the mount's Alpaca server"
        case .usbip: "start the server: lodestar-sim world BOARD, or usbipd"
        default: "switch the instrument on, or correct its port in the board"
        }
    }

    /// Our own UDP port must be free.
    private func ports() -> [Finding] {
        guard let port = board.modem?.port, machine.takenPorts.contains(port) else { return [] }
        return [
            .fail(
                "modem", "busy: UDP port \(port) of this machine is taken",
                mend: "sudo ss -lunp 'sport = :\(port)' shows by whom")
        ]
    }

    // MARK: Sensors

    private func sensor(_ check: String, _ connection: Connection) -> [Finding] {
        switch machine.sensors[connection] ?? .noChip {
        case .noChip:
            let names =
                machine.sensorChips.isEmpty ? "none" : machine.sensorChips.joined(separator: ", ")
            return [
                .fail(
                    check, "\(connection): there is no such chip; there: \(names)",
                    mend: "plug it in or load its driver; "
                        + "grep . /sys/class/hwmon/*/name /sys/bus/iio/devices/*/name")
            ]
        case .noAttribute:
            return [
                .fail(
                    check, "\(connection): the chip has no such value",
                    mend: "ls /sys/class/hwmon/*/ /sys/bus/iio/devices/*/; correct the board")
            ]
        case .text(let text):
            guard let number = Double(text), number.isFinite else {
                return [
                    .fail(
                        check, "\(connection): \"\(text)\" is no number",
                        mend: "switch the detector's supply on; correct the board")
                ]
            }
            return [reading(check, connection, number)]
        }
    }

    /// Values of hwmon, and `_input` of IIO, are in thousandths.
    private func reading(_ check: String, _ connection: Connection, _ number: Double) -> Finding {
        guard case .hwmon(_, let attribute) = connection, attribute.hasSuffix("_input"),
            let detectors = board.detectors
        else { return .ok(check, "\(connection): \(number)") }
        if check.hasSuffix(".bias") {
            guard number > detectors.biasHighest else {
                return .ok(check, "\(number / 1_000) V")
            }
            return .fail(
                check, "\(number / 1_000) V, above \(detectors.biasHighest / 1_000) V",
                mend: "switch the detector off; detectors.bias_highest in the board is the limit")
        }
        let degrees = number / 1_000
        let range =
            detectors
            .temperatureLowest...max(
                detectors.temperatureLowest, detectors.temperatureHighest)
        guard !range.contains(degrees) else { return .ok(check, "\(degrees) degC") }
        return .fail(
            check, "\(degrees) degC, and \(range.lowerBound) to \(range.upperBound) is allowed",
            mend: "is the cooler on? detectors.temperature_highest in the board is the limit")
    }

    // MARK: What is not connected

    private func simulated() -> [Finding] {
        var absent: [String] = []
        if board.tagger.connection == nil { absent.append("tagger") }
        if board.modem?.connection == nil { absent.append("modem") }
        if let pointing = board.pointing {
            if pointing.mirror.connection == nil { absent.append("pointing.mirror") }
            if pointing.camera.connection == nil { absent.append("pointing.camera") }
            if pointing.coarse.connection == nil { absent.append("pointing.coarse") }
            if pointing.mount.connection == nil { absent.append("pointing.mount") }
        }
        guard !absent.isEmpty else { return [] }
        if board.world != nil {
            return [.ok("simulated", absent.joined(separator: ", "))]
        }
        return absent.map {
            .warn(
                $0, "the board does not say how it is reached",
                mend: "give \($0).connection in the board; lodestar board schema lists the forms")
        }
    }
}

extension String {
    /// A text of a board file without its quotes.
    fileprivate var trimmingQuotes: String {
        hasPrefix("\"") && hasSuffix("\"") && count > 1 ? String(dropFirst().dropLast()) : self
    }
}
