/// When the telescope was aimed well enough for clicks to become key, as pass control says it.
///
/// Each verdict holds from its time on until the next; without any, aim is no condition. A later
/// word overrides an earlier one from its time on. Questions come in the order of time.
struct AimTimeline {
    /// Verdicts kept: many more than fall into the clock's longest lag.
    private static let capacity = 1_024

    /// From `time` on, tag time in ps, aim is good or not.
    struct Verdict: Equatable {
        var time: Int64
        var isGood: Bool
    }

    private var verdicts: [Verdict] = []

    init() { verdicts.reserveCapacity(Self.capacity + 1) }

    /// Takes the next verdict.
    mutating func append(_ verdict: Verdict) {
        while let last = verdicts.last, last.time >= verdict.time { verdicts.removeLast() }
        if verdicts.count == Self.capacity { verdicts.removeFirst(Self.capacity / 2) }
        verdicts.append(verdict)
    }

    /// Whether aim is good in all of a stretch of tag time, ps.
    mutating func isGood(from: Int64, until: Int64) -> Bool {
        guard !verdicts.isEmpty else { return true }
        // Ends with the verdict that holds at `from`, or with the last.
        while verdicts.count > 1, verdicts[1].time <= from { verdicts.removeFirst() }
        guard verdicts[0].time <= from, verdicts[0].isGood else { return false }
        return !verdicts.contains { $0.time < until && !$0.isGood }
    }
}
