import BoardFile
import Foundation

@testable import Station

/// A board whose pass lasts seconds: the reference case seen near its culmination only.
func shortBoard(
    lowestElevation: Double = 78.5, link: String = "", misalignment: Double = 0.006,
    pointing: String = ""
) throws -> Board {
    let text = """
        [board]
        name = "short"
        summary = "A few seconds about the culmination"
        simulated = true
        [transmitter]
        slot_rate = "625 MHz"
        beacon_rate = "10 kHz"
        intensities = [0.8, 0.1, 0.0]
        probabilities = [0.5, 0.25, 0.25]
        rectilinear_probability = 0.5
        [tagger]
        format = "reference"
        [channels]
        pps = { channel = 1, skew = "0 ps" }
        beacon = { channel = 2, skew = "25 ps" }
        H = { channel = 3, skew = "40 ps" }
        V = { channel = 4, skew = "-35 ps" }
        D = { channel = 5, skew = "12 ps" }
        A = { channel = 6, skew = "-80 ps" }
        [gate]
        width = "800 ps"
        dead_time = "50 ns"
        [clock]
        lag = "500 ms"
        sigma_valid = "150 ps"
        beacon_jitter = "500 ps"
        stability = 1e-11
        [sifting]
        epoch = "200 ms"
        key_basis = "rectilinear"
        [link]
        retry = "60 ms"
        largest_message = "16 KiB"
        [recorder]
        chunk = "16 KiB"
        [world]
        seed = 1
        start = "2026-03-20T21:00:00Z"
        [world.orbit]
        altitude = "500 km"
        culmination = "80.6 deg"
        lowest_elevation = "\(lowestElevation) deg"
        along_track_error = "0.3 s"
        [world.optics]
        loss = "34.5 dB"
        extinction = "0.3 dB"
        scintillation = 0.15
        scintillation_time = "10 ms"
        misalignment_error = \(misalignment)
        background = "400 Hz"
        [world.detectors]
        efficiency = 0.55
        dark_rate = "50 Hz"
        dead_time = "30 ns"
        jitter = "229 ps"
        afterpulse_probability = 0.005
        afterpulse_time = "40 ns"
        [world.beacon]
        jitter = "500 ps"
        missed = 0.3
        false_rate = "1 kHz"
        fade_fraction = 0.2
        fade_shortest = "20 ms"
        fade_longest = "500 ms"
        photon_fade_fraction = 0.05
        [world.clocks]
        satellite_frequency_error = 2e-7
        station_frequency_error = -5e-7
        station_offset = "13 us"
        white_frequency_noise = 1e-11
        random_walk_frequency_noise = 1e-12
        pps_jitter = "20 ns"
        [world.link]
        delay_shortest = "4 ms"
        delay_longest = "10 ms"
        \(link.isEmpty ? "loss = 0.01\ncorruption = 0.001\nduplication = 0.002\nfade_fraction = 0.03\nfade_longest = \"2 s\"" : link)
        \(pointing)
        """
    return try Board.parse(text, path: "short.toml")
}

/// A new folder, and its removal.
struct Folder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/lodestar-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension PassSummary {
    /// Detector tags that `dropped` and the sifted bits explain.
    var explained: Int64 { siftedBits + dropped.values.reduce(0, +) }
}

/// Repeatable noise: a linear congruential generator's upper bits.
struct Noise {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 24
    }
}
