import Monitors

/// What the security monitors said over a pass: every alarm, and of each monitor what came closest.
struct MonitorLog {
    /// Alarms kept one by one; more are counted. A monitor that does nothing but flag may give one
    /// per epoch over a whole pass.
    static let capacity = 500

    /// One alarm of one epoch.
    struct Entry: Equatable {
        var epoch: UInt32
        var alarm: MonitorAlarm
    }

    /// One monitor over the pass.
    struct Row: Equatable {
        /// Alarms in all lanes.
        var alarms: Int64 = 0
        /// The first epoch with an alarm.
        var first: UInt32?
    }

    let setup: MonitorSetup
    /// Length of an epoch, ps.
    let epoch: Int64
    /// The first alarms, in order.
    private(set) var entries: [Entry] = []
    /// By ``MonitorKind``.
    private(set) var rows = [Row](repeating: Row(), count: MonitorKind.count)
    /// Epochs judged.
    private(set) var epochs: Int64 = 0
    /// Epochs with an alarm.
    private(set) var alarmed: Int64 = 0
    /// Epochs left out, in order.
    private(set) var excluded: [UInt32] = []
    /// The epoch at which key making ended.
    private(set) var stoppedAt: UInt32?
    /// What ended it, in words.
    private(set) var stopWords: String?

    init(_ setup: MonitorSetup, epoch: Int64) {
        self.setup = setup
        self.epoch = epoch
    }

    /// Takes the verdict on an epoch and what follows from it.
    ///
    /// - Returns: Words for the report, if there is something new to tell: the first alarm of a
    ///   monitor, or the end of key making.
    mutating func take(
        _ epoch: UInt32, _ verdict: EpochVerdict, _ order: EpochWatch.Order?
    ) -> String? {
        epochs += 1
        guard verdict.count > 0 else { return nil }
        alarmed += 1
        var isNew = false
        for index in 0..<verdict.count {
            let entry = Entry(epoch: epoch, alarm: verdict[index])
            let kind = Int(entry.alarm.kind.rawValue)
            if entries.count < Self.capacity { entries.append(entry) }
            rows[kind].alarms += 1
            if rows[kind].first == nil {
                rows[kind].first = epoch
                isNew = true
            }
        }
        switch order {
        case .exclude:
            excluded.append(epoch)
            return isNew
                ? "epoch \(epoch): \(verdict.words); both ends leave out such epochs" : nil
        case .stop:
            stoppedAt = epoch
            stopWords = verdict.words
            if verdict.effect == .exclude {
                stopWords = "\(excluded.count) epochs were excluded before; \(verdict.words)"
            }
            return "epoch \(epoch): \(stopWords ?? ""); key making ends, and nothing of this "
                + "window is released"
        case nil: return isNew ? "epoch \(epoch): \(verdict.words)" : nil
        }
    }
}

extension EpochVerdict {
    /// The alarms in words: of each kind the gravest, and all that it concerns.
    fileprivate var words: String {
        var texts: [String] = []
        for kind in MonitorKind.all where contains(kind) {
            let alarms = (0..<count).map { self[$0] }.filter { $0.kind == kind }
            guard let gravest = alarms.min(by: { $0.chance < $1.chance }) else { continue }
            var names: [String] = []
            for alarm in alarms {
                let name = kind.laneName(Int(alarm.lane))
                if !names.contains(name) { names.append(name) }
            }
            texts.append(gravest.words(of: kind.lanes == 1 ? [] : names))
        }
        return texts.joined(separator: "; ")
    }
}

extension MonitorAlarm {
    /// What was seen, in one clause.
    fileprivate func words(of names: [String]) -> String {
        let place = names.isEmpty ? "" : " of " + names.joined(separator: ", ")
        return "\(kind.title)\(place) (\(kind.text(seen)) seen, \(kind.text(expected)) "
            + (kind.isTooFew ? "or more expected)" : "or less expected)")
    }
}
