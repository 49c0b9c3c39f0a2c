internal import Quantities
internal import TimeTags

/// Counts of one channel in equal bins of time, without those in which tags may be missing.
struct BinnedCounts: BitwiseCopyable {
    private let start: Int64
    private let width: Int64
    /// The bin being filled, counted from the start.
    private var index: Int64 = 0
    private var current = 0.0
    private var isSpoiled = false
    private var isLossy = false
    /// Bins that are complete and whole.
    private(set) var bins: Int64 = 0
    /// Bins left out because tags may be missing.
    private(set) var spoiled: Int64 = 0
    /// Counts in the whole bins.
    private(set) var sum = 0.0
    /// Sum of their squares.
    private(set) var sumOfSquares = 0.0

    init(start: Int64, width: Int64) {
        self.start = start
        self.width = width
    }

    /// Closes all bins that end at `time` or before.
    mutating func advance(to time: Int64) {
        let (elapsed, overflow) = time.subtractingReportingOverflow(start)
        guard !overflow, elapsed >= 0 else { return }
        let target = elapsed / width
        guard target > index else { return }
        if isSpoiled || isLossy {
            spoiled += 1
        } else {
            bins += 1
            sum += current
            sumOfSquares += current * current
        }
        // Those between are empty.
        let between = target - index - 1
        if isLossy { spoiled += between } else { bins += between }
        index = target
        current = 0
        isSpoiled = isLossy
    }

    /// Counts a click at `time`, which is not before the start.
    mutating func count(_ time: Int64) {
        advance(to: time)
        current += 1
    }

    /// Takes note of where tags are missing.
    mutating func note(_ kind: TimeTag.Kind, at time: Int64) {
        guard kind == .lossBegin || kind == .lossEnd else { return }
        advance(to: time)
        isSpoiled = true
        isLossy = kind == .lossBegin
    }
}
