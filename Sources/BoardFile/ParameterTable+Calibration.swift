// The keys of [calibration].
extension Parameter {
    static let calibration: [Parameter] = rules + limits + ages

    private static let names = Board.Calibration.Item.allCases.map(\.rawValue)

    private static let rules: [Parameter] = [
        Parameter(
            path: "calibration.required", kind: .words(names), range: nil, fallback: .text(""),
            help: "Calibrations without whose signed, fresh, good records no pass is begun",
            set: {
                guard case .words(let words) = $1 else { return }
                $0.calibration.required = words.compactMap { .init(rawValue: $0) }
            },
            get: { .words($0.calibration.required.map(\.rawValue)) }),
        flag(
            "calibration.use_records", \.calibration.usesRecords, .text("false"),
            "Whether a pass works with the records' skews, dead time and efficiencies"),
    ]

    private static let ages: [Parameter] = Board.Calibration.Item.allCases.map { item in
        Parameter(
            path: "calibration.max_age.\(item.rawValue)", kind: .real(.age),
            range: Range("1 h", "3650 d"), fallback: .text(item.usualAge),
            help: "How old a record of this calibration may be",
            set: {
                guard case .number(let hours) = $1 else { return }
                $0.calibration.maximumAge[item] = hours
            },
            get: { $0.calibration.maximumAge[item].map(Value.number) })
    }

    private static let limits: [Parameter] = detectorLimits + opticsLimits + instrumentLimits

    private static let detectorLimits: [Parameter] = [
        real(
            "calibration.limits.dark_rate", .frequency, \.calibration.limits.darkRate,
            Range("0 Hz", "1 MHz"), .text("250 Hz"), "Highest dark rate of a detector"),
        number(
            "calibration.limits.fano", \.calibration.limits.fano, Range("1", "10"), .text("1.2"),
            "Highest Fano factor of the dark counts in 10 ms"),
        real(
            "calibration.limits.threshold", .voltage, \.calibration.limits.threshold,
            Range("1 mV", "1 V"), .text("100 mV"),
            "How far a threshold may lie from the middle of its plateau"),
        optionalWhole(
            "calibration.limits.dead_time", .time, \.calibration.limits.deadTime,
            Range("1 ns", "1 ms"), "Nominal dead time; none: anything up to gate.dead_time"),
        whole(
            "calibration.limits.dead_time_tolerance", .time,
            \.calibration.limits.deadTimeTolerance, Range("1 ps", "1 us"), .text("1 ns"),
            "How far a dead time may lie from the nominal one"),
        number(
            "calibration.limits.afterpulsing", \.calibration.limits.afterpulsing, Range("0", "0.5"),
            .text("0.01"), "Highest chance that a click is followed by an after-pulse"),
        number(
            "calibration.limits.linearity", \.calibration.limits.linearity, Range("0", "1"),
            .text("0.01"), "Largest departure from linearity up to 2 Mcps"),
        whole(
            "calibration.limits.jitter", .time, \.calibration.limits.jitter,
            Range("1 ps", "1 us"), .text("700 ps"),
            "Widest timing response, full width at half maximum"),
        whole(
            "calibration.limits.tenth_width", .time, \.calibration.limits.tenthWidth,
            Range("1 ps", "1 us"), .text("1500 ps"),
            "Widest timing response, full width at a tenth of the maximum"),
        whole(
            "calibration.limits.skew", .time, \.calibration.limits.skew, Range("1 ps", "1 us"),
            .text("50 ps"), "Largest skew that may be left after the correction in [channels]"),
        whole(
            "calibration.limits.beacon_delay", .time, \.calibration.limits.beaconDelay,
            Range("1 ps", "1 us"), .text("20 ps"),
            "Largest delay of the quantum light behind the beacon that may be left"),
        number(
            "calibration.limits.mismatch", \.calibration.limits.mismatch, Range("1", "10"),
            .text("1.25"), "Largest ratio of two detectors' efficiencies"),
    ]

    private static let opticsLimits: [Parameter] = [
        real(
            "calibration.limits.extinction", .attenuation, \.calibration.limits.extinction,
            Range("0 dB", "60 dB"), .text("20 dB"), "Least extinction of a polarisation analyser"),
        real(
            "calibration.limits.alignment", .angle, \.calibration.limits.alignment,
            Range("0 deg", "45 deg"), .text("1 deg"),
            "Largest rotation of the half-wave plate off its place"),
        number(
            "calibration.limits.gate_mismatch", \.calibration.limits.gateMismatch,
            Range("1", "10"), .text("1.05"), "Largest ratio of what the gate leaves two detectors"),
        real(
            "calibration.limits.background", .frequency, \.calibration.limits.background,
            Range("0 Hz", "1 MHz"), .text("5 kHz"), "Highest background of a detector"),
        number(
            "calibration.limits.crosstalk", \.calibration.limits.crosstalk, Range("0", "1"),
            .text("1e-4"), "Highest chance that a click makes another detector click"),
        whole(
            "calibration.limits.reaction", .time, \.calibration.limits.reaction,
            Range("1 us", "1 s"), .text("10 ms"), "Longest reaction of the interlock"),
        whole(
            "calibration.limits.recovery", .time, \.calibration.limits.recovery,
            Range("1 us", "10 s"), .text("50 ms"),
            "Longest time until a detector counts again after bright light"),
    ]

    private static let instrumentLimits: [Parameter] = [
        Parameter(
            path: "calibration.limits.camera_gain", kind: .number, range: Range("1e-3", "1e3"),
            fallback: .absent,
            help: "The camera's gain on its data sheet, electrons per level",
            set: {
                if case .number(let value) = $1 { $0.calibration.limits.cameraGain = value }
            },
            get: { $0.calibration.limits.cameraGain.map(Value.number) }),
        number(
            "calibration.limits.camera_gain_tolerance", \.calibration.limits.cameraGainTolerance,
            Range("0", "1"), .text("0.05"), "How far the gain may lie from it, as a fraction"),
        number(
            "calibration.limits.read_noise_electrons", \.calibration.limits.readNoise,
            Range("0", "1000"), .text("10"), "Highest read noise of the camera, electrons"),
        number(
            "calibration.limits.hot_pixels", \.calibration.limits.hotPixels, Range("0", "64"),
            .text("16"), "Most hot pixels of the camera"),
        whole(
            "calibration.limits.mirror_delay", .time, \.calibration.limits.mirrorDelay,
            Range("1 us", "10 ms"), .text("200 us"),
            "Largest difference of the mirror's delay from pointing.mirror.command_delay"),
        real(
            "calibration.limits.boresight", .fieldAngle, \.calibration.limits.boresight,
            Range("1 urad", "10 mrad"), .text("30 urad"),
            "Largest distance of the boresight from the middle of the sensor"),
    ]
}

extension Board.Calibration.Item {
    /// How old a record may be where the board does not say.
    var usualAge: String {
        switch self {
        case .dark, .skew, .efficiency, .polarisation, .gate, .beaconDelay, .background: "30 d"
        case .boresight: "7 d"
        case .threshold, .deadTime, .afterpulse, .linearity, .jitter, .crosstalk, .interlock,
            .mirror, .camera:
            "90 d"
        }
    }
}
