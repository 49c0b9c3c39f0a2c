extension Parameter {
    /// Every key of a board file, in the order of the schema page.
    public static let all: [Parameter] =
        board + site + transmitter + tagger + taggerConnection + channels + gate + clock + sifting
        + monitors + monitorLimits + monitorEffects + distillation + link + recorder + instruments
        + calibration + pointing + mirror + cameras + mount + world
        + orbit + optics + detectors + beacon + clocks + worldLink + worldPointing + attack

    /// The row of `path`.
    static let byPath: [String: Parameter] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.path, $0) })

    /// The value of every default, by the key's path.
    static let defaults: [String: Value] = Dictionary(
        uniqueKeysWithValues: all.compactMap { row in
            guard case .text(let text) = row.fallback else { return nil }
            return row.read(default: text).map { (row.path, $0) }
        })

    /// How live bytes may be framed: the names of `TagFormat`, which the board file cannot import.
    static let tagFormats = [
        "reference", "ptu", "a0", "a1", "a2", "a0x", "a1x", "a1l", "qutag", "ustc", "nox", "fx2",
        "tdc1",
    ]

    private static let board: [Parameter] = [
        text("board.name", \.name, .required, "Short name, as in the file's name"),
        text("board.summary", \.summary, .text(""), "One line for people"),
        Parameter(
            path: "board.inherits", kind: .text, range: nil, fallback: .absent,
            help: "Name of a board beside this file; what is given here replaces its keys",
            set: { _, _ in }, get: { _ in nil }),
        flag(
            "board.simulated", \.isSimulated, .text("false"),
            "Whether nothing here is hardware; needed with [world]"),
    ]

    private static let site: [Parameter] = [
        optionalReal(
            "site.latitude", .angle, \.site.latitude, Range("-90 deg", "90 deg"),
            "Geodetic latitude of the station, north positive"),
        optionalReal(
            "site.longitude", .angle, \.site.longitude, Range("-360 deg", "360 deg"),
            "Longitude of the station, east positive"),
        optionalReal(
            "site.height", .length, \.site.height, Range("-500 m", "9 km"),
            "Height of the station above the WGS-84 ellipsoid"),
    ]

    private static let transmitter: [Parameter] = [
        period(
            "transmitter.slot_rate", \.transmitter.slotPeriod, Range("1 kHz", "10 GHz"),
            .text("625 MHz"), "Quantum pulses per second; the period is a whole number of ps"),
        period(
            "transmitter.beacon_rate", \.transmitter.beaconPeriod, Range("1 Hz", "1 MHz"),
            .text("10 kHz"), "Beacon pulses per second; a whole number of slots between them"),
        numbers(
            "transmitter.intensities", count: 3, \.transmitter.intensities, Range("0", "10"),
            .text("[0.8, 0.1, 0.0]"),
            "Mean photon numbers of signal, decoy and vacuum, descending"),
        numbers(
            "transmitter.probabilities", count: 3, \.transmitter.probabilities, Range("0", "1"),
            .text("[0.5, 0.25, 0.25]"), "Probabilities of signal, decoy and vacuum; sum 1"),
        number(
            "transmitter.rectilinear_probability", \.transmitter.rectilinearProbability,
            Range("0", "1"), .text("0.5"), "Probability of a pulse in the rectilinear basis"),
    ]

    private static let tagger: [Parameter] = [
        text(
            "tagger.format", as: .choice(tagFormats), \.tagger.format, .text("reference"),
            "How live bytes are framed; recordings with a header say it themselves")
    ]

    private static let channels: [Parameter] =
        input("pps", \.channels.pps, "the pulse per second")
        + input("beacon", \.channels.beacon, "the beacon's detector")
        + input("H", \.channels.horizontal, "the detector of H photons")
        + input("V", \.channels.vertical, "the detector of V photons")
        + input("D", \.channels.diagonal, "the detector of D photons")
        + input("A", \.channels.antidiagonal, "the detector of A photons")

    private static let gate: [Parameter] = [
        whole(
            "gate.width", .time, \.gate.width, Range("1 ps", "1 us"), .text("800 ps"),
            "Full width of the acceptance window of all detectors; at most one slot"),
        whole(
            "gate.dead_time", .time, \.gate.deadTime, Range("0 ps", "1 ms"), .text("50 ns"),
            "How long all detectors are ignored after any click"),
    ]

    private static let clock: [Parameter] = [
        whole(
            "clock.lag", .time, \.clock.lag, Range("0 ps", "5 s"), .text("500 ms"),
            "How long clicks wait for the beacon pulses after them"),
        whole(
            "clock.sigma_valid", .time, \.clock.sigmaValid, Range("1 ps", "10 ns"),
            .text("150 ps"), "A click may become key only if the clock is this sure"),
        whole(
            "clock.beacon_jitter", .time, \.clock.beaconJitter, Range("1 ps", "1 us"),
            .text("500 ps"), "First guess of the beacon's rms jitter; the pulses refine it"),
        number(
            "clock.stability", \.clock.stability, Range("1e-16", "1e-6"), .text("1e-11"),
            "Allan deviation at 1 s of each of the two clocks, satellite and station"),
    ]

    private static let sifting: [Parameter] = [
        whole(
            "sifting.epoch", .time, \.sifting.epoch, Range("1 ms", "10 s"), .text("200 ms"),
            "Satellite time per announcement; a whole number of slots"),
        text(
            "sifting.key_basis", as: .choice(["rectilinear", "diagonal"]), \.sifting.keyBasis,
            .text("rectilinear"), "Which basis becomes key; the other one tests"),
    ]

    private static let distillation: [Parameter] = [
        whole(
            "distillation.window", .time, \.distillation.window, Range("0 s", "3600 s"),
            .text("0 s"),
            "Length of a finite-key window, declared before the pass; 0 s: the whole pass is one"),
        integer(
            "distillation.block_bits", \.distillation.blockBits, Range("1000", "200000"),
            .text("102400"), "Bits of a block of error correction"),
        text(
            "distillation.method",
            as: .choice(["auto", "lim2014", "rusca2018", "wiesemann2024"]),
            \.distillation.method, .text("auto"),
            "The finite-key proof; auto: lim2014 with two decoy intensities, wiesemann2024 with one"
        ),
        text(
            "distillation.tail", as: .choice(["hoeffding", "chernoff"]), \.distillation.tail,
            .text("hoeffding"), "Tail bound of the proof; chernoff is the tighter one"),
        text(
            "distillation.clamp", as: .choice(["literal", "vclamp"]), \.distillation.clamp,
            .text("literal"),
            "Bound on single-photon errors: as printed, or at most all errors of the test basis"),
        number(
            "distillation.secrecy", \.distillation.secrecy, Range("1e-30", "1e-3"),
            .text("1e-9"), "Secrecy parameter of each key"),
        number(
            "distillation.correctness", \.distillation.correctness, Range("1e-15", "1e-3"),
            .text("1e-15"), "Correctness parameter of each key"),
        number(
            "distillation.efficiency_ratio", \.distillation.efficiencyRatio, Range("0.01", "1"),
            .text("1"),
            "Efficiency of the least efficient detector over that of the most efficient"),
        integer(
            "distillation.pad_bytes", \.distillation.padBytes, Range("0", "12000"), .text("48"),
            "Bytes of each key that replenish the authentication stock, each way; "
                + "a multiple of 12, and a key burns 24"),
    ]

    private static let link: [Parameter] = [
        whole(
            "link.retry", .time, \.link.retry, Range("1 ms", "10 s"), .text("60 ms"),
            "How long to wait for an answer before asking again"),
        whole(
            "link.largest_message", .memory, \.link.largestMessage, Range("256 B", "16 MiB"),
            .text("16 KiB"), "The largest message on the classical link"),
    ]

    private static let recorder: [Parameter] = [
        whole(
            "recorder.chunk", .memory, \.recorder.chunk, Range("4 KiB", "16 MiB"),
            .text("1 MiB"), "Raw bytes per compressed chunk; the most that a crash can lose"),
        integer(
            "recorder.level", \.recorder.level, Range("1", "19"), .text("1"), "The zstd level"),
    ]

    private static let world: [Parameter] = [
        integer(
            "world.seed", \.writableWorld.seed, Range("0", "9223372036854775807"), .text("1"),
            "Everything random in the world follows from this"),
        integer(
            "world.start", as: .instant, \.writableWorld.start, nil, .text("2026-03-20T21:00:00Z"),
            "When the pass begins, UTC"),
    ]

    private static let orbit: [Parameter] = [
        real(
            "world.orbit.altitude", .length, \.writableWorld.orbit.altitude,
            Range("160 km", "40000 km"), .text("500 km"), "Height of the circular orbit"),
        real(
            "world.orbit.culmination", .angle, \.writableWorld.orbit.culmination,
            Range("1 deg", "90 deg"), .text("80.6 deg"), "Greatest elevation of the pass"),
        real(
            "world.orbit.lowest_elevation", .angle, \.writableWorld.orbit.lowestElevation,
            Range("0 deg", "89 deg"), .text("10 deg"),
            "Elevation at which the pass begins and ends"),
        whole(
            "world.orbit.along_track_error", .time, \.writableWorld.orbit.alongTrackError,
            Range("-60 s", "60 s"), .text("0.3 s"),
            "How late the satellite is against the prediction that the station is given"),
        numbers(
            "world.orbit.range_table_km", count: 3, \.writableWorld.orbit.rangeTable,
            Range("100", "100000"), .absent,
            "Ranges at start, closest approach and end, km; replaces the circular orbit"),
        optionalText(
            "world.orbit.line_1", \.writableWorld.orbit.firstLine,
            "First line of an element set; replaces the circular orbit, and needs [site]"),
        optionalText(
            "world.orbit.line_2", \.writableWorld.orbit.secondLine,
            "Second line of the element set"),
        optionalText(
            "world.orbit.ephemeris", \.writableWorld.orbit.ephemeris,
            "File of an OEM, a CPF or an element set; replaces the circular orbit, needs [site]"),
        optionalWhole(
            "world.orbit.duration", .time, \.writableWorld.orbit.duration,
            Range("1 s", "3600 s"), "Length of the pass; without it, from the orbit"),
    ]

    private static let optics: [Parameter] = [
        real(
            "world.optics.loss", .attenuation, \.writableWorld.optics.loss,
            Range("0 dB", "120 dB"), .text("34.5 dB"),
            "Loss at the closest approach, without detectors"),
        real(
            "world.optics.extinction", .attenuation, \.writableWorld.optics.extinction,
            Range("0 dB", "20 dB"), .text("0.3 dB"), "Atmospheric extinction at the zenith"),
        number(
            "world.optics.scintillation", \.writableWorld.optics.scintillation,
            Range("0", "2"), .text("0.15"), "Relative standard deviation of the received power"),
        whole(
            "world.optics.scintillation_time", .time, \.writableWorld.optics.scintillationTime,
            Range("1 us", "10 s"), .text("10 ms"), "Correlation time of the scintillation"),
        number(
            "world.optics.misalignment_error", \.writableWorld.optics.misalignmentError,
            Range("0", "0.5"), .text("0.006"),
            "Chance that a photon leaves by the wrong port of its basis"),
        real(
            "world.optics.background", .frequency, \.writableWorld.optics.background,
            Range("0 Hz", "100 MHz"), .text("400 Hz"), "Sky light per detector"),
        number(
            "world.optics.dip_fraction", \.writableWorld.optics.dipFraction, Range("0", "0.9"),
            .text("0"), "Share of time in dips of tracking or air, with less light"),
        number(
            "world.optics.dip_transmittance", \.writableWorld.optics.dipTransmittance,
            Range("0", "1"), .text("0.35"), "Part of the light that a dip lets through"),
        whole(
            "world.optics.dip_shortest", .time, \.writableWorld.optics.dipShortest,
            Range("1 ms", "60 s"), .text("500 ms"), "Shortest dip"),
        whole(
            "world.optics.dip_longest", .time, \.writableWorld.optics.dipLongest,
            Range("1 ms", "60 s"), .text("5 s"), "Longest dip"),
        numbers(
            "world.optics.loss_table_km", \.writableWorld.optics.lossTableRange,
            Range("100", "100000"), .absent, "Ranges of the loss table, km, ascending"),
        numbers(
            "world.optics.loss_table_db", \.writableWorld.optics.lossTableLoss,
            Range("0", "120"), .absent, "Losses of the loss table, dB, one for each range"),
    ]

    private static let detectors: [Parameter] = [
        number(
            "world.detectors.efficiency", \.writableWorld.detectors.efficiency,
            Range("0", "1"), .text("0.55"), "Chance that a photon that arrives makes a click"),
        real(
            "world.detectors.dark_rate", .frequency, \.writableWorld.detectors.darkRate,
            Range("0 Hz", "10 MHz"), .text("50 Hz"), "Clicks without light, per detector"),
        whole(
            "world.detectors.dead_time", .time, \.writableWorld.detectors.deadTime,
            Range("0 ps", "1 ms"), .text("30 ns"), "How long a detector is blind after a click"),
        whole(
            "world.detectors.jitter", .time, \.writableWorld.detectors.jitter,
            Range("0 ps", "10 ns"), .text("229 ps"), "Rms jitter, with the transmitter's pulse"),
        number(
            "world.detectors.afterpulse_probability",
            \.writableWorld.detectors.afterpulseProbability, Range("0", "0.5"), .text("0.005"),
            "Chance that a click is followed by one without light"),
        whole(
            "world.detectors.afterpulse_time", .time, \.writableWorld.detectors.afterpulseTime,
            Range("1 ps", "1 ms"), .text("40 ns"), "Time scale of after-pulses"),
    ]

    private static let beacon: [Parameter] = [
        whole(
            "world.beacon.jitter", .time, \.writableWorld.beacon.jitter,
            Range("0 ps", "1 us"), .text("500 ps"), "Rms jitter of a beacon pulse"),
        number(
            "world.beacon.missed", \.writableWorld.beacon.missed, Range("0", "1"), .text("0.3"),
            "Chance that a pulse is missed"),
        real(
            "world.beacon.false_rate", .frequency, \.writableWorld.beacon.falseRate,
            Range("0 Hz", "10 MHz"), .text("1 kHz"), "False pulses"),
        number(
            "world.beacon.fade_fraction", \.writableWorld.beacon.fadeFraction, Range("0", "0.95"),
            .text("0.25"), "Part of the time without beacon"),
        whole(
            "world.beacon.fade_shortest", .time, \.writableWorld.beacon.fadeShortest,
            Range("1 us", "60 s"), .text("20 ms"), "The shortest fade"),
        whole(
            "world.beacon.fade_longest", .time, \.writableWorld.beacon.fadeLongest,
            Range("1 us", "60 s"), .text("2 s"), "The longest fade"),
        number(
            "world.beacon.photon_fade_fraction", \.writableWorld.beacon.photonFadeFraction,
            Range("0", "1"), .text("0.05"), "Part of the fades that take the quantum light as well"),
    ]

    private static let clocks: [Parameter] = [
        number(
            "world.clocks.satellite_frequency_error",
            \.writableWorld.clocks.satelliteFrequencyError, Range("-1e-4", "1e-4"), .text("2e-7"),
            "Fractional frequency error of the satellite's clock"),
        number(
            "world.clocks.station_frequency_error",
            \.writableWorld.clocks.stationFrequencyError, Range("-1e-4", "1e-4"), .text("-5e-7"),
            "Fractional frequency error of the station's clock"),
        whole(
            "world.clocks.station_offset", .time, \.writableWorld.clocks.stationOffset,
            Range("-1 s", "1 s"), .text("13 us"), "The station's clock minus UTC at the start"),
        number(
            "world.clocks.white_frequency_noise", \.writableWorld.clocks.whiteFrequencyNoise,
            Range("0", "1e-6"), .text("1e-11"), "White frequency noise: Allan deviation at 1 s"),
        number(
            "world.clocks.random_walk_frequency_noise",
            \.writableWorld.clocks.randomWalkFrequencyNoise, Range("0", "1e-6"), .text("1e-12"),
            "Random walk of frequency, per root second"),
        whole(
            "world.clocks.pps_jitter", .time, \.writableWorld.clocks.ppsJitter,
            Range("0 ps", "1 ms"), .text("20 ns"), "Rms jitter of the pulse per second"),
    ]

    private static let worldLink: [Parameter] = [
        whole(
            "world.link.delay_shortest", .time, \.writableWorld.link.delayShortest,
            Range("0 ps", "10 s"), .text("4 ms"), "Shortest one-way delay"),
        whole(
            "world.link.delay_longest", .time, \.writableWorld.link.delayLongest,
            Range("0 ps", "10 s"), .text("10 ms"), "Longest one-way delay"),
        number(
            "world.link.loss", \.writableWorld.link.loss, Range("0", "0.95"), .text("0.01"),
            "Chance that a message is lost"),
        number(
            "world.link.corruption", \.writableWorld.link.corruption, Range("0", "0.95"),
            .text("0.001"), "Chance that a message arrives damaged"),
        number(
            "world.link.duplication", \.writableWorld.link.duplication, Range("0", "0.95"),
            .text("0.002"), "Chance that a message arrives twice"),
        number(
            "world.link.fade_fraction", \.writableWorld.link.fadeFraction, Range("0", "0.95"),
            .text("0.03"), "Part of the time in which nothing gets through"),
        whole(
            "world.link.fade_longest", .time, \.writableWorld.link.fadeLongest,
            Range("1 us", "60 s"), .text("2 s"), "The longest time in which nothing gets through"),
    ]
}
