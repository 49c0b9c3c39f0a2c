import Foundation
import RealTime

/// What `status json` answers: one object in one line.
struct DaemonStatus: Codable, Equatable {
    /// One instrument.
    struct InstrumentLine: Codable, Equatable {
        var name: String
        var status: String
    }

    /// One rate group; times in ps.
    struct Rate: Codable, Equatable {
        var name: String
        var periodPs: Int64
        var ticks: UInt64
        var missed: UInt64
        var slips: UInt64
        var wakeUp: Latency?
        var busy: Latency?

        enum CodingKeys: String, CodingKey {
            case name, ticks, missed, slips, busy
            case periodPs = "period_ps"
            case wakeUp = "wake_up"
        }
    }

    /// One histogram.
    struct Latency: Codable, Equatable {
        var p50Ps: Int64
        var p99Ps: Int64
        var p999Ps: Int64
        var maximumPs: Int64

        enum CodingKeys: String, CodingKey {
            case p50Ps = "p50_ps"
            case p99Ps = "p99_ps"
            case p999Ps = "p999_ps"
            case maximumPs = "max_ps"
        }

        init(_ summary: LatencySummary) {
            p50Ps = summary.p50.count
            p99Ps = summary.p99.count
            p999Ps = summary.p999.count
            maximumPs = summary.maximum.count
        }
    }

    var phase: DaemonPhase
    var board: String
    var process: Int32
    var starts: Int
    var uptimeS: Double
    var pass: String?
    var lastPass: String?
    var guardProcess: Int32?
    var instruments: [InstrumentLine]
    var rates: [Rate]
    var refused: [String]
    var stalled: [String]

    enum CodingKeys: String, CodingKey {
        case phase, board, process, starts, pass, instruments, rates, refused, stalled
        case uptimeS = "uptime_s"
        case lastPass = "last_pass"
        case guardProcess = "guard_process"
    }

    /// One line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// One line for people.
    var text: String { parts.joined(separator: "; ") }

    /// What there is to say, for people.
    var parts: [String] {
        var parts = ["\(phase.rawValue), board \(board)"]
        if let pass, !pass.isEmpty { parts.append(pass) }
        if let lastPass { parts.append("last pass: \(lastPass)") }
        let missed = rates.reduce(0) { $0 + $1.missed }
        if missed > 0 { parts.append("\(missed) periods missed") }
        if !stalled.isEmpty { parts.append("not moving: \(stalled.joined(separator: ", "))") }
        if !refused.isEmpty { parts.append("refused by the machine: \(refused.count)") }
        return parts
    }
}

extension DaemonStatus.Rate {
    init(_ snapshot: RateSnapshot) {
        self.init(
            name: snapshot.name, periodPs: snapshot.period.count, ticks: snapshot.ticks,
            missed: snapshot.missed, slips: snapshot.slips,
            wakeUp: snapshot.wakeUp.map(DaemonStatus.Latency.init),
            busy: snapshot.busy.map(DaemonStatus.Latency.init))
    }
}
