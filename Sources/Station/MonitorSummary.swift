import Foundation
import Monitors

/// What the security monitors saw over a pass: a section of `summary.json`.
public struct MonitorSummary: Codable, Equatable, Sendable {
    /// Epochs that were judged.
    public var epochs: Int64 = 0
    /// Epochs with an alarm.
    public var epochsAlarmed: Int64 = 0
    /// Alarms of all monitors.
    public var alarms: Int64 = 0
    /// Epochs left out, in order; at most the first 500.
    public var excluded: [Int64] = []
    /// The epoch at which key making ended; `nil` if it did not.
    public var abortedAt: Int64?
    /// Base-10 logarithm of the chance at which one test of one epoch may alarm without cause.
    public var chanceLog10 = 0.0
    /// One per monitor.
    public var monitors: [Monitor] = []
    /// The alarms in order; at most the first 500.
    public var events: [Alarm] = []
    /// Where the expectations came from.
    public var expectations: [Expectation] = []

    /// One monitor over the pass.
    public struct Monitor: Codable, Equatable, Sendable {
        /// As in the board's `[monitors.effects]`.
        public var name = ""
        /// `flag`, `exclude` or `abort`.
        public var effect = ""
        /// `counts`, `ps` or `share`.
        public var unit = ""
        /// Alarms.
        public var alarms: Int64 = 0
        /// The first epoch with an alarm.
        public var firstEpoch: Int64?
        /// The least likely that it saw: the gravest alarm, or what came closest to one.
        public var closest: Alarm?
    }

    /// One alarm.
    public struct Alarm: Codable, Equatable, Sendable {
        /// As in the board's `[monitors.effects]`.
        public var monitor = ""
        /// Epoch.
        public var epoch: Int64 = 0
        /// Satellite time of the epoch's begin, s.
        public var timeS = 0.0
        /// `H` to `A`, `rectilinear`, `diagonal` or `all`.
        public var of = ""
        /// What was seen.
        public var seen = 0.0
        /// The outermost that was to be expected.
        public var expected = 0.0
        /// Base-10 logarithm of the bound on the chance of it.
        public var chanceLog10: Double?
        /// `flag`, `exclude` or `abort`.
        public var effect = ""
    }

    /// A number that the monitors go by.
    public struct Expectation: Codable, Equatable, Sendable {
        /// As in the board's `[monitors]`.
        public var name = ""
        /// With its unit.
        public var value = ""
        /// Where it came from.
        public var source = ""
    }

    /// A section about nothing.
    public init() {}

    init(_ log: MonitorLog, _ monitors: SecurityMonitors?) {
        epochs = log.epochs
        epochsAlarmed = log.alarmed
        alarms = log.rows.reduce(0) { $0 + $1.alarms }
        excluded = log.excluded.prefix(MonitorLog.capacity).map { Int64($0) }
        abortedAt = log.stoppedAt.map { Int64($0) }
        chanceLog10 = log.setup.plan.limit / Foundation.log(10)
        events = log.entries.map { Alarm($0, epoch: log.epoch) }
        self.monitors = MonitorKind.all.map { kind in
            let row = log.rows[Int(kind.rawValue)]
            var closest: Alarm?
            if let alarm = monitors?.closest[Int(kind.rawValue)], alarm.chance < 0 {
                let number = monitors?.closestEpoch[Int(kind.rawValue)] ?? 0
                closest = Alarm(
                    MonitorLog.Entry(epoch: UInt32(clamping: number), alarm: alarm),
                    epoch: log.epoch)
            }
            return Monitor(
                name: kind.name, effect: log.setup.plan.effect(of: kind).name, unit: kind.unit,
                alarms: row.alarms, firstEpoch: row.first.map { Int64($0) }, closest: closest)
        }
        expectations = log.setup.sources.map {
            Expectation(name: $0.name, value: $0.value, source: $0.origin)
        }
    }
}

extension MonitorSummary.Alarm {
    init(_ entry: MonitorLog.Entry, epoch: Int64) {
        let alarm = entry.alarm
        monitor = alarm.kind.name
        self.epoch = Int64(entry.epoch)
        timeS = Double(entry.epoch) * Double(epoch) * 1e-12
        of = alarm.kind.laneName(Int(alarm.lane))
        seen = alarm.seen
        expected = alarm.expected
        // JSON has no infinity: what cannot be at all has no chance to print.
        chanceLog10 = alarm.chance.isFinite ? alarm.chance / log(10) : nil
        effect = alarm.effect.name
    }
}
