import BoardFile
public import CalibrationRecords
public import Recorder

/// One self-contained page on a pass: no network, no scripts, light and dark, fit for paper.
public enum Report {
    /// Keys of the telemetry's summary that the page shows; all may be absent.
    ///
    /// What is absent is computed from the seconds where that is possible.
    public enum SummaryKey: String, CaseIterable, Sendable {
        /// Sifted bits of the whole pass.
        case siftedBits = "sifted_bits"
        /// Quantum bit error rate of all test bits, 0 to 1.
        case qber
        /// The clock's true error, ps rms over valid time; only a simulator knows it.
        case syncRMS = "sync_rms_ps"
        /// How far the quantum light truly was from the middle of the field stop, urad rms.
        case pointingError = "pointing_true_error_urad"
        /// When a camera first had the beacon, and the fine loop closed, s since the start.
        case firstLight = "pointing_first_light_s"
        /// See ``firstLight``.
        case firstLock = "pointing_first_lock_s"
        /// Times that the fine loop closed.
        case locks = "pointing_locks"
        /// Part of the pass in which clicks may become key, 0 to 1.
        case validFraction = "sync_valid_fraction"
        /// Detections that were put into the wrong slot; only a simulator knows it.
        case slotSlips = "sync_slot_slips"
        /// Length of the pass, s.
        case duration = "duration_s"
        /// How long the computation took, s.
        case elapsed = "elapsed_s"
        /// Detections of the whole pass.
        case detections
        /// Version of the software that wrote this.
        case version = "software_version"
        /// Bits of all keys.
        case keyBits = "distillation_key_bits"
        /// What was analysed, for a recording that others made.
        case source
    }

    /// The page for the pass in `directory`.
    ///
    /// Needs `telemetry.sqlite`; `pass.json` adds the board. What the pass does not have is left
    /// out with a line that says so. A pass that was refused has `summary.json` alone; its page
    /// says that, why, and what to do.
    ///
    /// - Parameter calibrations: The station's calibration records, whose trends are drawn.
    public static func render(
        _ directory: String, calibrations: [CalibrationRecord] = []
    ) throws(RecorderError) -> String {
        if let refused = RefusedPass(directory: directory, calibrations: calibrations) {
            return refused.html
        }
        let telemetry = try TelemetryReader(directory: directory)
        let manifest = try? PassManifest.read(from: directory)
        return ReportPage(
            telemetry: telemetry, manifest: manifest, calibrations: calibrations
        ).html
    }
}
