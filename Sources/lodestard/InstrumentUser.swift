/// Who has the station's instruments while nobody drives them by hand.
enum InstrumentUser: String, CustomStringConvertible {
    case pass = "a pass"
    case calibration = "a calibration"

    var description: String { rawValue }

    /// How to have them oneself.
    var remedy: String {
        switch self {
        case .pass: "pass stop"
        case .calibration: "wait for its end, or Ctrl-C there"
        }
    }
}
