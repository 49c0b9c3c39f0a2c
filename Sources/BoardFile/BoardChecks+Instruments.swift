// The checks of what the instruments are connected to.
extension BoardChecks {
    /// Taggers whose USB ids are known: format, ids, and whether others may speak the format.
    private static let knownTaggers:
        [(format: String, vendor: UInt16, product: UInt16, isExclusive: Bool)] = [
            // pid.codes' id for tests and private use: a product has its own.
            ("reference", 0x1209, 0x0001, false),
            ("nox", 0x221A, 0x0100, true),
            ("fx2", 0x04B4, 0x1004, true),
        ]

    /// The tagger speaks its format over its own kind of connection, with its own ids.
    mutating func checkTagger() {
        let format = board.tagger.format
        guard can("tagger.format"), can("tagger.connection"),
            let connection = board.tagger.connection
        else { return }
        let live = Self.knownTaggers.map(\.format) + ["tdc1"]
        guard live.contains(format) else {
            report(
                "tagger.format", "is read from recordings only; no driver reads it live",
                allowed: live.joined(separator: ", "))
            return
        }
        if can("tagger.control"), (board.tagger.control == nil) == (format == "nox") {
            report(
                "tagger.control",
                format == "nox"
                    ? "is the serial line that starts a nox tagger, and is not given"
                    : "is for taggers of format nox; leave it out",
                allowed: Connection.Kind.serial.form)
        }
        if case .usbip = connection {
            if format != "reference" {
                report("tagger.connection", "usbip is for the reference tagger alone")
            }
            return
        }
        guard case .usb(let vendor, let product, _) = connection else {
            if format != "tdc1" {
                report(
                    "tagger.connection", "a tagger of format \(format) is reached by usb",
                    allowed: Connection.Kind.usb.form)
            }
            return
        }
        if format == "tdc1" {
            report(
                "tagger.connection", "a tagger of format tdc1 is reached by its serial line",
                allowed: Connection.Kind.serial.form)
        }
        checkIDs(vendor, product, of: format)
    }

    private mutating func checkIDs(_ vendor: UInt16, _ product: UInt16, of format: String) {
        let ids = "\(Connection.hexadecimal(vendor)):\(Connection.hexadecimal(product))"
        if (vendor, product) == (0x04B4, 0x8613) {
            report(
                "tagger.connection",
                "\(ids) is an FX2 without firmware; load that of the tagger, which is 04b4:1004")
            return
        }
        if let owner = Self.knownTaggers.first(where: {
            ($0.vendor, $0.product) == (vendor, product)
        }),
            owner.format != format
        {
            report(
                "tagger.connection",
                "\(ids) is a tagger of format \(owner.format), and tagger.format is \(format)")
            return
        }
        if let known = Self.knownTaggers.first(where: { $0.format == format && $0.isExclusive }),
            (known.vendor, known.product) != (vendor, product)
        {
            report(
                "tagger.connection", "\(ids) is no tagger of format \(format)",
                allowed: Connection.usb(vendor: known.vendor, product: known.product, serial: nil)
                    .description)
        }
    }

    /// No line, serial port, device or address belongs to two instruments.
    mutating func checkBookings() {
        let connections = board.connections.filter { can($0.path) }
        for (index, entry) in connections.enumerated() {
            let twin = connections[..<index].first { $0.connection.isBooked(by: entry.connection) }
            if let twin {
                report(entry.path, "is already that of \(twin.path)")
            }
        }
        // Our own port is one more booking if the peer of ours is on this machine.
        if let modem = board.modem, can("modem.port"), modem.port != 0 {
            guard case .udp(let host, let port)? = modem.connection else {
                report("modem.port", "has no use without a UDP connection; leave it out")
                return
            }
            if ["127.0.0.1", "::1", "localhost"].contains(host), Int64(port) == modem.port {
                report("modem.port", "is the satellite's own port on this machine")
            }
        }
    }

    /// Detectors have tagger inputs, and a gate each if any has one.
    mutating func checkGates() {
        guard let detectors = board.detectors else { return }
        let connected = Set(board.channels.all.map(\.role))
        let hasGates = detectors.all.contains { $0.detector.gate != nil }
        for (role, detector) in detectors.all where can("channels.\(role).channel") {
            if detector.gate != nil, !connected.contains(role) {
                report(
                    "detectors.\(role).gate", "this detector has no input; give channels.\(role)")
            }
            let path = "detectors.\(role).gate"
            if hasGates, detector.gate == nil, connected.contains(role), can(path) {
                report(
                    path, "is missing, and others have one: over-illumination could not blank it",
                    allowed: Connection.Kind.gpio.form)
            }
        }
        if detectors.temperatureLowest >= detectors.temperatureHighest {
            report("detectors.temperature_highest", "must be above temperature_lowest")
        }
        // Fewer counts than this would blank by chance: sqrt(25) is a fifth of them.
        let counts = detectors.rateLimit * Double(detectors.rateWindow) / 1e12
        if can("detectors.rate_limit"), can("detectors.rate_window"), counts < 25 {
            report(
                "detectors.rate_window",
                "holds \(Int(counts)) counts at rate_limit; chance alone would blank the detector",
                allowed:
                    "at least 25 counts, \(Int((25 / detectors.rateLimit * 1e6).rounded(.up))) us")
        }
    }

    /// Keys of a line that is not there.
    mutating func checkStrays() {
        for role in ["shutter", "laser", "interlock", "cover", "pps"] {
            for key in ["active_low", "designator"] {
                reportStray("lines.\(role).\(key)", without: "lines.\(role).connection")
            }
        }
        for role in ["H", "V", "D", "A"] {
            reportStray("detectors.\(role).active_low", without: "detectors.\(role).gate")
        }
    }

    private mutating func reportStray(_ path: String, without other: String) {
        guard leaves[path] != nil, leaves[other] == nil else { return }
        report(path, "has no line to belong to; add \(other)")
    }
}
