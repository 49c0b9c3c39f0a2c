import Foundation
import Monitors

// The monitors' names and units, as summary and report say them.
extension MonitorKind {
    /// Every kind.
    static var all: [MonitorKind] {
        (0..<UInt8(count)).compactMap { MonitorKind(rawValue: $0) }
    }

    /// Name in JSON and in the board's `[monitors.effects]`.
    var name: String {
        switch self {
        case .rateCeiling: "rate_ceiling"
        case .darkCountsMissing: "dark_counts_missing"
        case .doubleClicksMany: "double_clicks_many"
        case .doubleClicksFew: "double_clicks_few"
        case .crossClicksMany: "cross_clicks_many"
        case .crossClicksFew: "cross_clicks_few"
        case .phaseShift: "phase_shift"
        case .phaseSpread: "phase_spread"
        case .phaseSharp: "phase_sharp"
        case .deadTime: "dead_time"
        case .blankedCounts: "blanked_counts"
        case .bitBias: "bit_bias"
        case .basisBias: "basis_bias"
        }
    }

    /// Name for people.
    var title: String {
        switch self {
        case .rateCeiling: "rate ceiling"
        case .darkCountsMissing: "dark counts missing"
        case .doubleClicksMany: "too many double clicks"
        case .doubleClicksFew: "too few double clicks"
        case .crossClicksMany: "too many cross clicks"
        case .crossClicksFew: "too few cross clicks"
        case .phaseShift: "phase shift"
        case .phaseSpread: "phase spread"
        case .phaseSharp: "phase too sharp"
        case .deadTime: "clicks within the dead time"
        case .blankedCounts: "clicks while gated off"
        case .bitBias: "bit bias"
        case .basisBias: "basis bias"
        }
    }

    /// What it counts in.
    var unit: String {
        switch self {
        case .phaseShift, .phaseSpread, .phaseSharp: "ps"
        case .bitBias, .basisBias: "share"
        default: "counts"
        }
    }

    /// Whether less than expected is what alarms it.
    var isTooFew: Bool {
        switch self {
        case .darkCountsMissing, .doubleClicksFew, .crossClicksFew, .phaseSharp: true
        default: false
        }
    }

    /// A number of this monitor with its unit.
    func text(_ value: Double) -> String {
        switch unit {
        case "ps": String(format: "%.1f ps", value)
        case "share": String(format: "%.4f", value)
        default: String(format: value < 10 ? "%.2f counts" : "%.0f counts", value)
        }
    }

    /// The detector or basis of a lane.
    func laneName(_ lane: Int) -> String {
        if lanes == 4 { return ["H", "V", "D", "A"][min(lane, 3)] }
        if lanes == 2 { return lane == 0 ? "rectilinear" : "diagonal" }
        return "all"
    }
}

extension MonitorEffect {
    /// Name in JSON and in the board.
    var name: String {
        switch self {
        case .flag: "flag"
        case .exclude: "exclude"
        case .abort: "abort"
        }
    }
}
