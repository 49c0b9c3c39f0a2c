import CalibrationRecords

// What the calibration records had to do with the pass.
extension ReportPage {
    /// The records' state, an override in plain sight, and the trends if records were given.
    var calibrationSection: String {
        let trends = calibrations.isEmpty ? "" : CalibrationTrends(calibrations).sections
        guard let state = telemetry.summary["calibration_state"] else { return trends }
        var body = ""
        if let person = telemetry.summary["calibration_overridden_by"] {
            let reason = telemetry.summary["calibration_reason"] ?? ""
            body +=
                "<div class=\"tiles\"><div class=\"tile bad\" style=\"grid-column:1/-1\"><b>OVERRIDDEN</b><span>by "
                + "\(Markup.escape(person)): \(Markup.escape(reason))</span></div></div>"
        }
        var lines = [("state", state)]
        for (key, name) in [("problems", "problem"), ("used", "used"), ("records", "record")] {
            let list = telemetry.summary["calibration_\(key)"] ?? ""
            lines += list.isEmpty ? [] : list.split(separator: "\n").map { (name, String($0)) }
        }
        return section("Calibration", body + words(lines), orElse: "") + trends
    }
}
