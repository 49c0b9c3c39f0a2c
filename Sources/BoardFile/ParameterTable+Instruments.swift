// What the instruments are connected to, their limits, and how the programs run.
extension Parameter {
    static let instruments: [Parameter] =
        detectorGates + lines + modem + realtime + paths + shell + faults

    static let taggerConnection: [Parameter] = [
        connection(
            "tagger.connection", [.usb, .usbip, .serial], \.tagger.connection,
            "How the tagger is reached; none on a board for recordings"),
        connection(
            "tagger.control", [.serial], \.tagger.control,
            "Serial line of a nox tagger's orders; no other format has one"),
        text(
            "tagger.clock_source", as: .choice(["internal", "external"]), \.tagger.clockSource,
            .text("internal"), "Where the tagger takes its 10 MHz from"),
        optionalText("tagger.designator", \.tagger.designator, designatorHelp),
        whole(
            "tagger.silence", .time, \.tagger.silence, Range("200 ms", "60 s"), .text("500 ms"),
            "After so long without a word open detectors are blanked; after twice that it is opened afresh"
        ),
        threshold("pps", \.tagger.thresholds.pps, "of the pulse per second"),
        threshold("beacon", \.tagger.thresholds.beacon, "of the beacon's detector"),
        threshold("H", \.tagger.thresholds.horizontal, "of the detector of H photons"),
        threshold("V", \.tagger.thresholds.vertical, "of the detector of V photons"),
        threshold("D", \.tagger.thresholds.diagonal, "of the detector of D photons"),
        threshold("A", \.tagger.thresholds.antidiagonal, "of the detector of A photons"),
    ]

    static let designatorHelp = "Reference designator, as printed on the board"

    private static func threshold(
        _ role: String, _ field: Field<Double>, _ help: String
    ) -> Parameter {
        real(
            "tagger.thresholds.\(role)", .voltage, field, Range("-2500 mV", "2500 mV"),
            .text("500 mV"), "Level at which a pulse \(help) counts")
    }

    private static let detectorGates: [Parameter] =
        [
            real(
                "detectors.rate_limit", .frequency, \.writableDetectors.rateLimit,
                Range("1 kHz", "100 MHz"), .text("5 MHz"),
                "Most counts of one detector; above, its gate blanks it and stays so"),
            whole(
                "detectors.rate_window", .time, \.writableDetectors.rateWindow,
                Range("10 us", "100 ms"), .text("250 us"), "The time over which they are counted"),
            real(
                "detectors.temperature_lowest", .temperature,
                \.writableDetectors.temperatureLowest, Range("-200 degC", "60 degC"),
                .text("-60 degC"), "Coldest that a detector may be"),
            real(
                "detectors.temperature_highest", .temperature,
                \.writableDetectors.temperatureHighest, Range("-200 degC", "80 degC"),
                .text("40 degC"), "Warmest that a detector may be"),
            real(
                "detectors.bias_highest", .voltage, \.writableDetectors.biasHighest,
                Range("0 V", "1000 V"), .text("500 V"), "Greatest bias voltage of a detector"),
        ] + detector("H", \.writableDetectors.horizontal)
        + detector("V", \.writableDetectors.vertical)
        + detector("D", \.writableDetectors.diagonal)
        + detector("A", \.writableDetectors.antidiagonal)

    private static func detector(
        _ role: String, _ field: any WritableKeyPath<Board, Board.Detector> & Sendable
    ) -> [Parameter] {
        let path = "detectors.\(role)"
        return [
            gpio(
                "\(path).gate", "Line that arms the detector of \(role) photons while active",
                get: { $0[keyPath: field].gate }, set: { $0[keyPath: field].gate = $1 }),
            Parameter(
                path: "\(path).active_low", kind: .flag, range: nil, fallback: .text("false"),
                help: "Whether a low level arms it",
                set: {
                    if case .flag(let flag) = $1 { $0[keyPath: field].gate?.isActiveLow = flag }
                },
                get: { $0[keyPath: field].gate.map { .flag($0.isActiveLow) } }),
            Parameter(
                path: "\(path).designator", kind: .text, range: nil, fallback: .absent,
                help: designatorHelp,
                set: {
                    guard case .text(let text) = $1 else { return }
                    $0[keyPath: field].designator = text.isEmpty ? nil : text
                },
                get: { $0[keyPath: field].designator.map(Value.text) }),
            sensor(
                "\(path).temperature", "Where its temperature is read",
                get: { $0[keyPath: field].temperature },
                set: { $0[keyPath: field].temperature = $1 }),
            sensor(
                "\(path).bias", "Where its bias voltage is read",
                get: { $0[keyPath: field].bias }, set: { $0[keyPath: field].bias = $1 }),
        ]
    }

    private static let lines: [Parameter] =
        line("shutter", \.writableLines.shutter, "Output: active opens the detectors' shutter")
        + line("laser", \.writableLines.laser, "Output: active allows the uplink laser")
        + line(
            "interlock", \.writableLines.interlock,
            "Input: active while the chain of laser safety is closed")
        + line(
            "cover", \.writableLines.cover,
            "Input: active while the cover of the detectors is closed")
        + line("pps", \.writableLines.pps, "Input: the pulse per second, for the host's clock")

    /// The rows of one line.
    private static func line(
        _ role: String, _ field: Field<Board.Line?>, _ help: String
    ) -> [Parameter] {
        let path = "lines.\(role)"
        return [
            gpio(
                "\(path).connection", help, get: { $0[keyPath: field] },
                set: { $0[keyPath: field] = $1 }),
            Parameter(
                path: "\(path).active_low", kind: .flag, range: nil, fallback: .text("false"),
                help: "Whether a low level is the active one",
                set: { if case .flag(let flag) = $1 { $0[keyPath: field]?.isActiveLow = flag } },
                get: { $0[keyPath: field].map { .flag($0.isActiveLow) } }),
            Parameter(
                path: "\(path).designator", kind: .text, range: nil, fallback: .absent,
                help: designatorHelp,
                set: {
                    guard case .text(let text) = $1 else { return }
                    $0[keyPath: field]?.designator = text.isEmpty ? nil : text
                },
                get: { $0[keyPath: field]?.designator.map(Value.text) }),
        ]
    }

    private static let modem: [Parameter] = [
        connection(
            "modem.connection", [.udp, .serial], \.writableModem.connection,
            "Where the satellite's terminal is reached"),
        integer(
            "modem.port", \.writableModem.port, Range("0", "65535"), .text("0"),
            "Our own UDP port; 0: any"),
        optionalText("modem.designator", \.writableModem.designator, designatorHelp),
    ]

    private static let realtime: [Parameter] =
        [
            flag(
                "realtime.lock_memory", \.writableRealtime.locksMemory, .text("true"),
                "Whether memory is locked and touched before the start"),
            whole(
                "realtime.arena", .memory, \.writableRealtime.arena, Range("1 MiB", "4 GiB"),
                .text("64 MiB"), "Memory mapped at the start, after which none is asked for"),
            whole(
                "realtime.mirror_period", .time, \.writableRealtime.mirrorPeriod,
                Range("100 us", "100 ms"), .text("1 ms"), "Period of the fine loop"),
            whole(
                "realtime.housekeeping_period", .time, \.writableRealtime.housekeepingPeriod,
                Range("10 ms", "10 s"), .text("100 ms"), "Period of sensors and telemetry"),
        ] + thread("tagger", \.writableRealtime.tagger, "75", "takes bytes from the tagger")
        + thread("engine", \.writableRealtime.engine, "60", "makes sifted bits of them")
        + thread("mirror", \.writableRealtime.mirror, "80", "steers the mirror")
        + thread("housekeeping", \.writableRealtime.housekeeping, "10", "watches over the rest")

    private static func thread(
        _ role: String, _ field: any WritableKeyPath<Board, Board.RealTime.Thread> & Sendable,
        _ priority: String, _ help: String
    ) -> [Parameter] {
        [
            Parameter(
                path: "realtime.\(role).priority", kind: .integer, range: Range("0", "99"),
                fallback: .text(priority),
                help: "SCHED_FIFO priority of the thread that \(help); 0: ordinary",
                set: {
                    if case .integer(let value) = $1 { $0[keyPath: field].priority = value }
                },
                get: { .integer($0[keyPath: field].priority) }),
            Parameter(
                path: "realtime.\(role).cpu", kind: .integer, range: Range("0", "1023"),
                fallback: .absent, help: "The processor that it stays on; none: any",
                set: { if case .integer(let value) = $1 { $0[keyPath: field].cpu = value } },
                get: { $0[keyPath: field].cpu.map(Value.integer) }),
        ]
    }

    private static let paths: [Parameter] = [
        text(
            "paths.recordings", \.paths.recordings, .text("/var/lib/lodestar/passes"),
            "Folder of the recorded passes"),
        text(
            "paths.keys", \.paths.keys, .text("/var/lib/lodestar/keys"),
            "Folder of the key store"),
        text(
            "paths.elements", \.paths.elements, .text("/var/lib/lodestar/elements"),
            "Elements or ephemeris of the satellite: TLE, OMM, OEM or CPF"),
        text(
            "paths.calibration", \.paths.calibration, .text("/var/lib/lodestar/calibration"),
            "Folder of the calibration records"),
        whole(
            "paths.least_free", .memory, \.paths.leastFree, Range("1 MiB", "1024 GiB"),
            .text("4 GiB"), "Free space below which no pass is begun"),
    ]
}

// Rows of connections.
extension Parameter {
    /// A connection that may be absent; an empty text takes back what a board inherits.
    static func connection(
        _ path: String, _ kinds: [Connection.Kind], _ field: Field<Connection?>, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .connection(kinds), range: nil, fallback: .absent, help: help,
            set: { if case .connection(let value) = $1 { $0[keyPath: field] = value } },
            get: { $0[keyPath: field].map { .connection($0) } })
    }

    private static func gpio(
        _ path: String, _ help: String, get: @escaping @Sendable (Board) -> Board.Line?,
        set: @escaping @Sendable (inout Board, Board.Line?) -> Void
    ) -> Parameter {
        Parameter(
            path: path, kind: .connection([.gpio]), range: nil, fallback: .absent, help: help,
            set: {
                guard case .connection(let value) = $1 else { return }
                if case .gpio(let chip, let line)? = value {
                    set(&$0, Board.Line(chip: chip, offset: line))
                } else {
                    set(&$0, nil)
                }
            },
            get: { board in get(board).map { .connection($0.connection) } })
    }

    private static func sensor(
        _ path: String, _ help: String, get: @escaping @Sendable (Board) -> Connection?,
        set: @escaping @Sendable (inout Board, Connection?) -> Void
    ) -> Parameter {
        Parameter(
            path: path, kind: .connection([.hwmon, .iio]), range: nil, fallback: .absent,
            help: help,
            set: { if case .connection(let value) = $1 { set(&$0, value) } },
            get: { board in get(board).map { .connection($0) } })
    }
}
