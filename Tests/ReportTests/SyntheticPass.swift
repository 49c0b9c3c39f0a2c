import Foundation
import Recorder

/// A made-up pass with fades, for looking at its page. Nothing random: one page, always.
enum SyntheticPass {
    static let board = """
        [board]
        name = "synthetic"
        summary = "Made-up 400 s pass <for the page's tests>"
        simulated = true
        [channels]
        H = 3
        V = 4
        D = 5
        A = 6
        """

    /// A pass with everything that a page can show.
    static func write(to directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try PassManifest(
            softwareVersion: "0.1.0", boardName: "synthetic", boardText: board,
            boardDigest: String(repeating: "0123456789abcdef", count: 4), isSimulated: true,
            startUTC: 1_774_040_400, seed: 7, taggerFormat: "reference"
        ).write(to: directory)
        let telemetry = try Telemetry(directory: directory)
        for time in 0..<400 where !(150..<153).contains(time) {
            try telemetry.append(row(Int64(time)))
        }
        for (index, detector) in ["H", "V", "D", "A"].enumerated() {
            let counts = (-32..<32).map { bin in
                let offset = (Double(bin) * 25 + 12.5 - Double(index) * 8) / 240
                return Int64(300 + 90_000 * exp(-offset * offset / 2))
            }
            try telemetry.histogram(
                detector: detector, firstOffset: -800, width: 25, counts: counts)
        }
        for (name, scale) in [("disturbance", 10.0), ("residual", 0.1)] {
            try telemetry.spectrum(
                name,
                (1...400).map {
                    SpectrumLine(
                        frequency: Double($0), x: scale / Double($0), y: scale / Double($0))
                })
        }
        var spots: [SpotCount] = []
        for index in 0..<169 {
            let (x, y) = (Double(index % 13 - 6) / 4, Double(index / 13 - 6) / 4)
            let count = 9_000 * exp(-2 * (x * x + y * y))
            spots.append(SpotCount(x: 31.5 + x, y: 31.5 + y, count: Int64(count)))
        }
        try telemetry.spots(spots)
        try telemetry.event(
            time: 0.4, severity: .information, source: "clock", message: "locked to the beacon")
        try telemetry.event(
            time: 151, severity: .error, source: "recorder",
            message: "3 s of telemetry are missing <script>alert(1)</script>")
        try telemetry.event(
            time: 260.25, severity: .warning, source: "link", message: "no answer for 2.0 s")
        try telemetry.summary([
            "sifted_bits": "1672345", "qber": "0.0121", "sync_rms_ps": "11.4",
            "pointing_true_error_urad": "2.9", "pointing_first_light_s": "0.38",
            "pointing_first_lock_s": "1.32", "pointing_locks": "3",
            "pointing_phase_s_key exchange": "380.5",
            "sync_valid_fraction": "0.942", "sync_slot_slips": "0", "duration_s": "400",
            "elapsed_s": "17.9", "detections": "5400000",
        ])
        try telemetry.summary(keys)
        try telemetry.summary(monitors)
        try telemetry.finish()
    }

    /// Two monitors, one with an alarm, as a pass tells of them.
    private static let monitors = [
        "monitors_epochs": "1934", "monitors_epochs_alarmed": "1", "epochs_excluded": "1",
        "monitors_chance_log10": "-9.66",
        "monitors_monitors_0_name": "phase_shift", "monitors_monitors_0_effect": "exclude",
        "monitors_monitors_0_unit": "ps", "monitors_monitors_0_alarms": "1",
        "monitors_monitors_0_closest_of": "V", "monitors_monitors_0_closest_seen": "87.3",
        "monitors_monitors_0_closest_expected": "20",
        "monitors_monitors_0_closest_chance_log10": "-14.2",
        "monitors_monitors_0_closest_epoch": "1412",
        "monitors_monitors_1_name": "rate_ceiling", "monitors_monitors_1_effect": "abort",
        "monitors_monitors_1_unit": "counts", "monitors_monitors_1_alarms": "0",
        "monitors_events_0_monitor": "phase_shift", "monitors_events_0_time_s": "282.4",
        "monitors_events_0_chance_log10": "-14.2",
        "monitors_expectations_0_name": "dark_rate<b>", "monitors_expectations_0_value": "50 Hz",
        "monitors_expectations_0_source": "board",
    ]

    /// Two windows, one with a key, as a pass tells of them.
    private static let keys = [
        "distillation_key_bits": "147576", "distillation_method": "lim2014 chernoff vclamp",
        "distillation_epsilon_secrecy": "1e-09", "distillation_epsilon_correctness": "1e-15",
        "distillation_keys_compared": "1", "distillation_keys_differing": "0",
        "distillation_windows_0_window": "0", "distillation_windows_0_outcome": "key",
        "distillation_windows_0_key_bits": "147576",
        "distillation_windows_0_sifted_bits": "800000",
        "distillation_windows_0_key_id": "0c560674-5e13-43a5-bead-a3ea297e7cda",
        "distillation_windows_0_efficiency": "1.106",
        "distillation_windows_0_ready_after_s": "0.35",
        "distillation_windows_0_balance_s0": "20000",
        "distillation_windows_0_balance_s1": "330000",
        "distillation_windows_0_balance_phase_errors": "80000",
        "distillation_windows_0_balance_reconciliation": "122000",
        "distillation_windows_0_balance_secrecy": "206",
        "distillation_windows_0_balance_correctness": "51",
        "distillation_windows_0_balance_verification": "13",
        "distillation_windows_1_window": "1",
        "distillation_windows_1_outcome": "nothing left <after> all subtractions",
        "distillation_windows_1_key_bits": "0",
    ]

    /// One second: the elevation of a pass over 500 km, and a fade every 37 s.
    private static func row(_ time: Int64) -> TelemetryRow {
        var row = TelemetryRow(time: time)
        let phase = (Double(time) - 200) / 200
        let strength = exp(-phase * phase * 2.2)
        let ripple = sin(Double(time) * 12.9898) * 0.5
        let isFaded = time % 37 < 2
        row.elevation = 10 + 70 * exp(-phase * phase * 4)
        row.azimuth = 20 + 180 / (1 + exp(-6 * phase))
        row.range = 500 + 1_100 * phase * phase
        let rate = 9_000 * strength * (1 + 0.15 * ripple)
        row.countH = Int64(rate * 1.02) + 450
        row.countV = Int64(rate) + 452
        row.countD = Int64(rate * 0.96) + 448
        row.countA = Int64(rate * 1.05) + 455
        row.countBeacon = isFaded ? 1_000 : 8_000
        row.countPPS = 1
        row.beaconAccepted = isFaded ? 0 : 7_000 + Int64(ripple * 60)
        row.beaconMissed = isFaded ? 10_000 : 3_000 - Int64(ripple * 60)
        row.beaconFalse = 1_000 + Int64(ripple * 40)
        row.lockState = isFaded ? "holdover" : "tracking"
        row.validFraction = isFaded ? 0.2 : 1
        row.syncSigma = isFaded ? 120 : 9 + abs(ripple) * 4
        row.syncError = isFaded ? 90 : 8 + abs(ripple) * 6
        row.siftedBits = isFaded ? 0 : Int64(rate * 0.6)
        row.qber = isFaded ? nil : 0.011 + 0.008 * abs(ripple) + 0.01 * (1 - strength)
        row.sifted = [0.40, 0.03, 0.004, 0.39, 0.03, 0.004].map { Int64(rate * $0) }
        row.errors = [0.004, 0.0005, 0.002, 0.004, 0.0005, 0.002].map { Int64(rate * $0 + 0.5) }
        row.linkSentBytes = 21_000 + Int64(ripple * 4_000)
        row.linkReceivedBytes = 4_000 + Int64(ripple * 900)
        row.linkRetries = isFaded ? 6 : 0
        row.linkRefused = time % 50 == 0 ? 1 : 0
        row.linkPending = isFaded ? 9 : 1
        row.pointingPhase = isFaded ? "fade" : "key exchange"
        row.trackingErrorX = 1.9 + 0.3 * ripple
        row.trackingErrorY = 2.1 - 0.3 * ripple
        row.pointingError = 2.9 + 0.4 * abs(ripple)
        row.coupling = isFaded ? 0.4 : 1
        row.aimedFraction = isFaded ? 0 : 1
        row.shutterOpenFraction = row.aimedFraction
        row.mirrorX = 40 * ripple
        row.mirrorY = -30 * strength
        row.mirrorPeak = 90
        row.beaconElectrons = 20_000 * strength
        row.drops = [
            "outside the gate": Int64(rate * 0.31), "basis": Int64(rate * 1.9),
            "clock not valid": isFaded ? Int64(rate) : 0, "dead time": Int64(rate * 0.002),
            "double click": time % 3,
        ]
        return row
    }
}
