public import Orbit

/// The scale that a file counts its times in.
public enum TimeScale: String, Sendable, CaseIterable {
    case utc = "UTC"
    case tai = "TAI"
    case tt = "TT"
    case gps = "GPS"

    /// The scale of a file's keyword; `nil` if it is none of these.
    init?(keyword: String) {
        switch keyword.uppercased() {
        case "UTC": self = .utc
        case "TAI": self = .tai
        case "TT", "TDT": self = .tt
        case "GPS": self = .gps
        default: return nil
        }
    }

    /// `instant`, read in this scale, as UTC.
    public func utc(_ instant: UTCInstant) -> UTCInstant {
        let toTAI: Double
        switch self {
        case .utc: return instant
        case .tai: toTAI = 0
        case .tt: toTAI = -32.184
        case .gps: toTAI = 19
        }
        let tai = instant.adding(toTAI)
        // The step is looked up at TAI, at most a minute from UTC: then again at the UTC found.
        let rough = tai.adding(-LeapSeconds.taiMinusUTC(at: tai))
        return tai.adding(-LeapSeconds.taiMinusUTC(at: rough))
    }
}

/// TAI minus UTC since 1999 (IERS Bulletin C).
///
/// None has been announced after 2017; a new one is entered here.
public enum LeapSeconds {
    /// Modified Julian dates from which a difference holds, s.
    private static let steps: [(day: Int64, seconds: Double)] = [
        (51_179, 32), (53_736, 33), (54_832, 34), (56_109, 35), (57_204, 36), (57_754, 37),
    ]

    /// TAI minus UTC at an instant, s; before 1999 that of 1999.
    public static func taiMinusUTC(at instant: UTCInstant) -> Double {
        steps.last { $0.day <= instant.day }?.seconds ?? 32
    }
}
