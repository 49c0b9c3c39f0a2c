public import Calibration

/// Why a procedure gave no result. Nothing is recorded then, and the bench is in its safe state.
public enum ProcedureFailure: Error, Equatable, Sendable {
    /// The person stopped it.
    case cancelled
    /// An argument that the procedure does not take.
    case argument(String)
    /// No calibration has this name.
    case unknown(name: String, nearest: String?)
    /// The board lacks something that the procedure needs.
    case board(String)
    /// The bench failed or cannot do what is asked.
    case bench(String)
    /// A detector that does not answer the light.
    case dead(detector: String, channel: UInt8, counts: Int64, due: Int64)
    /// A detector that counts more than its limit.
    case saturated(detector: String, channel: UInt8, rate: Double, limit: Double)
    /// Detectors that answer in each other's place.
    case swapped(detector: String, other: String)
    /// The estimator found nothing to estimate.
    case estimate(CalibrationError, detector: String?)
    /// The mirror, the camera or the mount shows nothing that could be measured.
    case instrument(String)
}

extension ProcedureFailure: CustomStringConvertible {
    /// One line that says what to do.
    public var description: String {
        switch self {
        case .cancelled: "stopped; the bench is in its safe state and nothing was recorded"
        case .argument(let problem): problem
        case .unknown(let name, let nearest):
            "no calibration is called \"\(name)\""
                + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
                + " `lodestar calibrate list` says which there are"
        case .board(let problem): problem
        case .bench(let problem): problem
        case .dead(let detector, let channel, let counts, let due):
            "detector \(detector) (tagger input \(channel)) does not answer the light: "
                + "\(counts) counts where about \(due) are due. Look at its power, its gate, its "
                + "cable and its threshold. Nothing was recorded"
        case .saturated(let detector, let channel, let rate, let limit):
            "detector \(detector) (tagger input \(channel)) counts "
                + "\(Text.number(rate / 1e6, 3)) Mcps, above its limit of "
                + "\(Text.number(limit / 1e6, 3)) Mcps (detectors.rate_limit): it was blanked. "
                + "Take light away before you go on. Nothing was recorded"
        case .swapped(let detector, let other):
            "detector \(other) answers in the place of detector \(detector): the two are swapped. "
                + "Change their cables, or [channels] of the board. Nothing was recorded"
        case .estimate(let error, let detector):
            (detector.map { "detector \($0): " } ?? "") + Self.text(error)
                + ". Nothing was recorded"
        case .instrument(let problem): problem + ". Nothing was recorded"
        }
    }

    private static func text(_ error: CalibrationError) -> String {
        switch error {
        case .tooFewCounts(let found, let needed):
            "\(found) counts, and \(needed) are needed: more light or more time"
        case .tooFewPoints(let found, let needed):
            "\(found) steps, and \(needed) are needed: a longer or finer scan"
        case .tooManyPoints(let room): "more steps than there is room for, \(room)"
        case .badSetting(let setting, let value, let lowest, let highest):
            "\(words(setting)) of \(Text.number(value)) cannot be worked with; "
                + "allowed: \(Text.number(lowest)) to \(Text.number(highest))"
        case .notFound(let feature):
            "\(words(feature)) was not found: look at light, cables and threshold"
        case .unsteadyLight(let deviations):
            "the light was not steady, by \(Text.number(deviations, 2)) standard deviations: "
                + "let the lamp warm up, and keep daylight out"
        case .noFit(let feature): "the fit of \(words(feature)) did not come to rest"
        }
    }

    private static func words(_ setting: CalibrationError.Setting) -> String {
        switch setting {
        case .duration: "a duration"
        case .binWidth: "a width of a bin"
        case .bins: "a number of bins"
        case .period: "a period"
        case .deadTime: "a dead time"
        case .afterpulsing: "an after-pulsing probability"
        case .tailStart: "a beginning of the tail"
        case .light: "a light level"
        case .threshold: "a threshold"
        case .counts: "a number of counts"
        case .slots: "a number of slots"
        case .window: "a window"
        case .region: "a region"
        case .saturation: "a saturation"
        case .gate: "a gate"
        }
    }

    private static func words(_ feature: CalibrationError.Feature) -> String {
        switch feature {
        case .deadTimeEdge: "the edge of the dead time"
        case .plateau: "a plateau of the rate"
        case .peak: "the peak of the pulses"
        case .flank: "a flank of the peak"
        case .beacon: "the beacon's line"
        case .recovery: "the recovery"
        case .contrast: "a contrast with the wave plate"
        case .light: "light"
        }
    }
}

/// Numbers for people.
enum Text {
    /// `value` with so many significant digits, without zeros that say nothing.
    static func number(_ value: Double, _ digits: Int = 4) -> String {
        guard value.isFinite else { return value > 0 ? "any" : "none" }
        guard value != 0 else { return "0" }
        var power = 0
        var size = value.magnitude
        while size >= 10, power < 300 {
            size /= 10
            power += 1
        }
        while size < 1, power > -300 {
            size *= 10
            power -= 1
        }
        if power < -4 || power > 9 { return scientific(value, power, digits) }
        return fixed(value, max(digits - 1 - power, 0))
    }

    private static func scientific(_ value: Double, _ power: Int, _ digits: Int) -> String {
        var scaled = value
        for _ in 0..<power.magnitude { scaled = power > 0 ? scaled / 10 : scaled * 10 }
        return fixed(scaled, max(digits - 1, 0)) + "e\(power)"
    }

    /// `value` with at most so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let whole = (value.magnitude * scale).rounded()
        guard whole < 9e18 else { return "\(value)" }
        let sign = value < 0 && whole > 0 ? "-" : ""
        let (front, rest) = Int64(whole).quotientAndRemainder(dividingBy: Int64(scale))
        guard decimals > 0, rest != 0 else { return "\(sign)\(front)" }
        let digits = String(rest)
        var tail = String(repeating: "0", count: decimals - digits.count) + digits
        while tail.last == "0" { tail.removeLast() }
        return "\(sign)\(front).\(tail)"
    }
}
