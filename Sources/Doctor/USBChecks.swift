import BoardFile

/// The checks of an instrument on USB: unplugged, closed to us, of other firmware, busy, slow.
struct USBChecks {
    let check: String
    let machine: Machine
    /// The format of the board's tagger.
    let format: String

    /// The version of the reference tagger's control protocol that the driver speaks.
    private static let controlVersion: UInt16 = 0x0100

    func findings(_ vendor: UInt16, _ product: UInt16, _ serial: String?) -> [Finding] {
        let ids = Connection.usb(vendor: vendor, product: product, serial: nil).description
        guard let plugs = machine.usb else {
            return [
                .fail(
                    check, "this machine has no USB, or no driver for it",
                    mend: "lsmod | grep hcd; in an emulated machine: modprobe vhci_hcd")
            ]
        }
        let fits = plugs.filter { ($0.vendor, $0.product) == (vendor, product) }
        guard let plug = fits.first(where: { serial == nil || $0.serial == serial }) else {
            return [absence(ids, serial, fits, plugs)]
        }
        if let fault = NodeChecks.permission(check, plug.node, machine.rights) { return [fault] }
        if let fault = NodeChecks.busy(check, plug.node) { return [fault] }
        // Who has a device open, only root sees; the service is the likely one.
        if plug.drivers.contains("usbfs"), plug.node.holders.isEmpty, !machine.runsService {
            return [
                .fail(
                    check, "busy: a program of another user has claimed it",
                    mend: "sudo fuser -v \(plug.node.path) shows it; then end that program")
            ]
        }
        var found = conditions(plug)
        if serial == nil, fits.count > 1 {
            found.append(
                .warn(
                    check, "\(fits.count) devices \(ids) are plugged in; the first is taken",
                    mend:
                        "write its serial number into the board: \(ids):\(plug.serial ?? "SERIAL")")
            )
        }
        return found.isEmpty ? [.ok(check, described(plug))] : found
    }

    private func absence(
        _ ids: String, _ serial: String?, _ fits: [Machine.USBPlug], _ plugs: [Machine.USBPlug]
    ) -> Finding {
        if let other = fits.first, let serial {
            return .fail(
                check,
                "there is one with serial number \(other.serial ?? "none"), and not \(serial)",
                mend: "plug in the one of the board, or correct the board")
        }
        if format == "fx2", plugs.contains(where: { ($0.vendor, $0.product) == (0x04B4, 0x8613) }) {
            return .fail(
                check, "wrong firmware: the FX2 is plugged in, but the tagger's is not loaded",
                mend:
                    "sudo fxload -t fx2lp -I timetag-fx2.ihx -D /dev/bus/usb/...; lsusb shows where"
            )
        }
        let others = plugs.isEmpty ? "nothing else is either" : "\(plugs.count) others are"
        return .fail(
            check, "unplugged: no \(ids) is there (\(others))",
            mend: "plug it in and switch it on; lsusb lists what is there")
    }

    /// What may be wrong with a device that is there and ours.
    private func conditions(_ plug: Machine.USBPlug) -> [Finding] {
        var found: [Finding] = []
        if format == "reference", (plug.vendor, plug.product) == (0x1209, 0x0001),
            plug.release >> 8 != Self.controlVersion >> 8
        {
            found.append(
                .fail(
                    check,
                    "wrong firmware: it speaks control protocol \(version(plug.release)), "
                        + "and this program \(version(Self.controlVersion))",
                    mend: "bring the tagger or this program up to date"))
        }
        if plug.megabits > 0, plug.megabits < 480 {
            found.append(
                .warn(
                    check, "slow link: \(plug.megabits) Mbit/s carry some 0.1 Mtag/s",
                    mend: "another cable, and a port of USB 2 or 3 without an old hub between"))
        }
        if plug.suspends {
            found.append(
                .warn(
                    check, "the kernel may suspend it, and its clock would be lost",
                    mend: "echo on | sudo tee /sys/bus/usb/devices/\(plug.port)/power/control; "
                        + "scripts/install puts a rule for it in place"))
        }
        return found
    }

    private func version(_ release: UInt16) -> String {
        let minor = String(release & 0xFF, radix: 16)
        return "\(String(release >> 8, radix: 16)).\(minor.count < 2 ? "0" : "")\(minor)"
    }

    private func described(_ plug: Machine.USBPlug) -> String {
        var parts = [plug.title.isEmpty ? "device" : plug.title]
        if let serial = plug.serial { parts.append("serial number \(serial)") }
        parts.append("at port \(plug.port)")
        if plug.megabits > 0 { parts.append("\(plug.megabits) Mbit/s") }
        if let holder = plug.node.holders.first { parts.append("held by \(holder.name)") }
        return parts.joined(separator: ", ")
    }
}
