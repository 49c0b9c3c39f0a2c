// How the satellite is found and followed, and what makes that hard in the simulated world.
extension Parameter {
    static let pointing: [Parameter] = [
        real(
            "pointing.field_stop", .fieldAngle, \.writablePointing.fieldStop,
            Range("1 urad", "10 mrad"), .text("60 urad"),
            "Full width of the field stop before the detectors"),
        real(
            "pointing.residual_limit", .fieldAngle, \.writablePointing.residualLimit,
            Range("1 urad", "1 mrad"), .text("25 urad"),
            "Clicks may become key only while the fine loop's residual is below this"),
        whole(
            "pointing.settle", .time, \.writablePointing.settle,
            Range("0 s", "10 s"), .text("50 ms"),
            "How long aim must have been good before clicks count"),
        whole(
            "pointing.margin", .time, \.writablePointing.margin,
            Range("0 s", "100 ms"), .text("10 ms"),
            "How much is taken away before aim turned bad: it was bad before it was noticed"),
        real(
            "pointing.laser_mask", .angle, \.writablePointing.laserMask,
            Range("0 deg", "90 deg"), .text("10 deg"),
            "Lowest elevation at which the uplink laser may be on"),
        real(
            "pointing.sun_cone", .angle, \.writablePointing.sunCone,
            Range("0 deg", "57 deg"), .text("30 deg"), "Angle that the telescope keeps from the Sun"
        ),
        real(
            "pointing.rate_limit", .frequency, \.writablePointing.rateLimit,
            Range("1 kHz", "100 MHz"), .text("5 MHz"),
            "Most counts of one detector; above, the shutters close and stay closed"),
        real(
            "pointing.beacon_wavelength", .wavelength, \.writablePointing.beaconWavelength,
            Range("200 nm", "2000 nm"), .text("532 nm"), "Colour of the satellite's beacon"),
        real(
            "pointing.quantum_wavelength", .wavelength, \.writablePointing.quantumWavelength,
            Range("200 nm", "2000 nm"), .text("850 nm"),
            "Colour of the quantum light: the air bends it less than the beacon, and the fine loop holds that off"
        ),
    ]

    static let mirror: [Parameter] = [
        real(
            "pointing.mirror.stroke", .fieldAngle, \.writablePointing.mirror.stroke,
            Range("10 urad", "100 mrad"), .text("2 mrad"),
            "How far the mirror moves the line of sight to each side"),
        real(
            "pointing.mirror.resonance", .frequency, \.writablePointing.mirror.resonance,
            Range("10 Hz", "100 kHz"), .text("800 Hz"), "Resonance of the mirror"),
        whole(
            "pointing.mirror.command_delay", .time, \.writablePointing.mirror.commandDelay,
            Range("0 s", "20 ms"), .text("1500 us"),
            "From a command to the middle of the mirror's step"),
        connection(
            "pointing.mirror.connection", [.tcp, .serial, .iio],
            \.writablePointing.mirror.connection,
            "How the mirror is reached; none: simulated"),
        text(
            "pointing.mirror.language", as: .choice(["gcs", "optotune"]),
            \.writablePointing.mirror.language, .text("gcs"),
            "What it understands over TCP or a serial line"),
        optionalText(
            "pointing.mirror.designator", \.writablePointing.mirror.designator, designatorHelp),
    ]

    static let cameras: [Parameter] = fineCamera + coarseCamera

    private static let fineCamera: [Parameter] = [
        integer(
            "pointing.camera.pixels", \.writablePointing.camera.pixels, Range("32", "512"),
            .text("64"),
            "Pixels across the window that is read"),
        real(
            "pointing.camera.pixel", .fieldAngle, \.writablePointing.camera.pixelScale,
            Range("0.1 urad", "1 mrad"), .text("6 urad"), "Angle on the sky of one pixel"),
        whole(
            "pointing.camera.exposure", .time, \.writablePointing.camera.exposure,
            Range("1 us", "1 ms"), .text("500 us"), "Exposure; 1,000 frames are taken per second"),
        number(
            "pointing.camera.read_noise", \.writablePointing.camera.readNoise, Range("0.1", "1000"),
            .text("3"),
            "Read noise, electrons rms per pixel"),
        number(
            "pointing.camera.spot_width", \.writablePointing.camera.spotWidth, Range("0.5", "3"),
            .text("1.2"),
            "Standard deviation of the spot, pixels"),
        connection(
            "pointing.camera.connection", [.video, .aravis], \.writablePointing.camera.connection,
            "How the camera behind the mirror is reached; none: simulated"),
        optionalText(
            "pointing.camera.designator", \.writablePointing.camera.designator, designatorHelp),
    ]

    private static let coarseCamera: [Parameter] = [
        integer(
            "pointing.coarse.pixels", \.writablePointing.coarse.pixels, Range("64", "1024"),
            .text("256"),
            "Pixels across the frame"),
        real(
            "pointing.coarse.pixel", .fieldAngle, \.writablePointing.coarse.pixelScale,
            Range("1 urad", "1 mrad"), .text("60 urad"), "Angle on the sky of one pixel"),
        period(
            "pointing.coarse.frame_rate", \.writablePointing.coarse.period, Range("1 Hz", "200 Hz"),
            .text("50 Hz"),
            "Frames per second; a whole number of milliseconds between them"),
        number(
            "pointing.coarse.read_noise", \.writablePointing.coarse.readNoise, Range("0.1", "1000"),
            .text("5"),
            "Read noise, electrons rms per pixel"),
        connection(
            "pointing.coarse.connection", [.video, .aravis], \.writablePointing.coarse.connection,
            "How the camera that finds the beacon is reached; none: simulated"),
        optionalText(
            "pointing.coarse.designator", \.writablePointing.coarse.designator, designatorHelp),
    ]

    static let mount: [Parameter] = [
        real(
            "pointing.mount.azimuth_lowest", .angle, \.writablePointing.mount.azimuthLowest,
            Range("-720 deg", "0 deg"), .text("-270 deg"), "Where the cable stops the azimuth"),
        real(
            "pointing.mount.azimuth_highest", .angle, \.writablePointing.mount.azimuthHighest,
            Range("180 deg", "720 deg"), .text("450 deg"), "Where the cable stops the azimuth"),
        real(
            "pointing.mount.rate", .turningRate, \.writablePointing.mount.rate,
            Range("0.1 deg/s", "100 deg/s"), .text("15 deg/s"), "Fastest rate of each axis"),
        real(
            "pointing.mount.acceleration", .turningAcceleration,
            \.writablePointing.mount.acceleration,
            Range("0.1 deg/s2", "1000 deg/s2"), .text("10 deg/s2"),
            "Greatest acceleration of each axis"),
        connection(
            "pointing.mount.connection", [.rotctld, .alpaca], \.writablePointing.mount.connection,
            "How the mount is reached; none: simulated"),
        optionalText(
            "pointing.mount.designator", \.writablePointing.mount.designator, designatorHelp),
    ]

    /// Faults of instruments: the names of `PointingScene.Fault`, which the board file cannot import.
    static let pointingFaults = [
        "none", "mount-off", "mount-garbage", "mount-wrong", "mount-stuck",
        "camera-stuck", "camera-off", "mirror-stuck",
    ]

    static let worldPointing: [Parameter] = [
        real(
            "world.pointing.azimuth_index_error", .fieldAngle,
            \.writableWorld.writablePointing.azimuthIndexError,
            Range("-20 mrad", "20 mrad"), .text("1.5 mrad"),
            "What the mount's azimuth encoder reads too little"),
        real(
            "world.pointing.elevation_index_error", .fieldAngle,
            \.writableWorld.writablePointing.elevationIndexError,
            Range("-20 mrad", "20 mrad"), .text("-1.3 mrad"),
            "What the mount's elevation encoder reads too little"),
        real(
            "world.pointing.disturbance", .fieldAngle, \.writableWorld.writablePointing.disturbance,
            Range("0 urad", "1 mrad"), .text("10 urad"), "Rms per axis of what air and wind shake"),
        real(
            "world.pointing.disturbance_corner", .frequency,
            \.writableWorld.writablePointing.disturbanceCorner,
            Range("0.1 Hz", "400 Hz"), .text("20 Hz"),
            "Corner of its spectrum, which falls with the power -2/3 below and -11/3 above"),
        numbers(
            "world.pointing.vibration_hz", \.writableWorld.writablePointing.vibrationFrequencies,
            Range("1", "450"), .text("[50, 87]"),
            "Frequencies of vibration lines, Hz, at most four"),
        real(
            "world.pointing.vibration", .fieldAngle, \.writableWorld.writablePointing.vibration,
            Range("0 urad", "1 mrad"), .text("1 urad"), "Rms per axis of each vibration line"),
        number(
            "world.pointing.beacon_electrons", \.writableWorld.writablePointing.beaconElectrons,
            Range("0", "1e6"), .text("20000"),
            "Electrons of the beacon in a fine frame at the closest approach"),
        number(
            "world.pointing.coarse_electrons", \.writableWorld.writablePointing.coarseElectrons,
            Range("0", "1e6"), .text("5000"),
            "The same in a coarse frame"),
        number(
            "world.pointing.faded_share", \.writableWorld.writablePointing.fadedShare,
            Range("0", "1"), .text("0.03"),
            "Share of the beacon's light that fades leave the cameras"),
        number(
            "world.pointing.background", \.writableWorld.writablePointing.background,
            Range("0", "10000"), .text("5"),
            "Sky light, electrons per pixel and frame"),
        real(
            "world.pointing.seeing", .fieldAngle, \.writableWorld.writablePointing.seeing,
            Range("0.5 urad", "1 mrad"), .text("5 urad"),
            "Rms radius per axis of the quantum light in the field stop"),
        number(
            "world.pointing.star_electrons", \.writableWorld.writablePointing.starElectrons,
            Range("0", "1e6"), .text("0"),
            "Electrons of a star that crosses the coarse field at the start; 0: none"),
        number(
            "world.pointing.cloud_fraction", \.writableWorld.writablePointing.cloudFraction,
            Range("0", "0.9"), .text("0"),
            "Part of the time in clouds, which hide beacon and quantum light"),
        whole(
            "world.pointing.cloud_shortest", .time, \.writableWorld.writablePointing.cloudShortest,
            Range("1 ms", "60 s"), .text("200 ms"), "The shortest cloud"),
        whole(
            "world.pointing.cloud_longest", .time, \.writableWorld.writablePointing.cloudLongest,
            Range("1 ms", "600 s"), .text("8 s"), "The longest cloud"),
        whole(
            "world.pointing.block_start", .time, \.writableWorld.writablePointing.blockStart,
            Range("0 s", "3600 s"), .text("0 s"), "When something stands before the telescope"),
        whole(
            "world.pointing.block_length", .time, \.writableWorld.writablePointing.blockLength,
            Range("0 s", "600 s"), .text("0 s"), "For how long; 0 s: never"),
        text(
            "world.pointing.fault", as: .choice(pointingFaults),
            \.writableWorld.writablePointing.fault, .text("none"),
            "What one instrument does wrong for a while: instrument and kind of fault"),
        whole(
            "world.pointing.fault_start", .time,
            \.writableWorld.writablePointing.faultStart, Range("0 s", "3600 s"),
            .text("0 s"), "From when"),
        whole(
            "world.pointing.fault_length", .time,
            \.writableWorld.writablePointing.faultLength, Range("0 s", "3600 s"),
            .text("0 s"), "For how long"),
    ]
}
