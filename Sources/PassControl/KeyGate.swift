/// When pointing is good enough for photons to become key; fixed before the pass.
public struct KeyRule: Equatable, Sendable, BitwiseCopyable {
    /// Greatest residual of the mirror's loop, rad.
    public var residualLimit: Double
    /// How long pointing must have been good before photons count, ps, 0 or more.
    public var settle: Int64
    /// How much is taken away before pointing turned bad, ps, 0 or more: it was bad before it was
    /// noticed.
    public var margin: Int64
    /// Longest time between two samples that the time between them counts, ps.
    public var gap: Int64

    /// A rule with every field given.
    public init(
        residualLimit: Double, settle: Int64 = 50_000_000_000, margin: Int64 = 10_000_000_000,
        gap: Int64 = 20_000_000_000
    ) {
        self.residualLimit = residualLimit
        self.settle = settle
        self.margin = margin
        self.gap = gap
    }
}

/// Pointing at one moment.
public struct PointingSample: Equatable, Sendable, BitwiseCopyable {
    /// When, ps.
    public var time: Int64
    /// Where the pass stands.
    public var phase: PassPhase
    /// Residual of the mirror's loop, rad; what is not finite counts as bad.
    public var residual: Double

    /// A sample with every field given.
    public init(time: Int64, phase: PassPhase, residual: Double) {
        self.time = time
        self.phase = phase
        self.residual = residual
    }
}

/// Decides from pointing alone, by a rule fixed before the pass, which times may become key.
///
/// It is shown no click and no bit: choosing data by what it says would break the security proof.
public struct KeyGate: Sendable {
    /// What the gate says of a moment.
    public enum Verdict: UInt8, Sendable, BitwiseCopyable {
        /// Photons of this time may become key.
        case eligible
        /// They may not.
        case ineligible
        /// Too early to say: pointing of a little later may still take it away.
        case undecided
    }

    /// A stretch of time that may become key.
    public struct Span: Equatable, Sendable, BitwiseCopyable {
        /// First picosecond in it.
        public var from: Int64
        /// First picosecond after it.
        public var until: Int64
    }

    /// Most stretches that are remembered; older ones are forgotten, and are then ineligible.
    public static let capacity = 256

    /// The rule.
    public let rule: KeyRule
    /// Stretches that were forgotten.
    public private(set) var forgotten: Int64 = 0
    private var spans = InlineArray<256, Span>(repeating: Span(from: 0, until: 0))
    private var first = 0
    /// How many stretches are remembered, 0 to ``capacity``.
    public private(set) var count = 0
    private var last: PointingSample?
    private var goodSince: Int64 = 0
    /// Whether the last stretch may still grow.
    public private(set) var isOpen = false

    /// A gate before its first sample.
    public init(rule: KeyRule) { self.rule = rule }

    /// Takes one sample; those that do not come later than the one before are passed over.
    public mutating func take(_ sample: PointingSample) {
        guard let last else {
            goodSince = sample.time
            self.last = sample
            return
        }
        guard sample.time > last.time else { return }
        let isGood =
            isGood(last) && isGood(sample)
            && Elapsed.isWithin(rule.gap, from: last.time, to: sample.time)
        self.last = sample
        guard isGood else {
            close()
            goodSince = sample.time
            return
        }
        let from = goodSince &+ rule.settle
        guard from < sample.time else { return }
        if !isOpen { open(from: from) }
        spans[place(count - 1)].until = sample.time
    }

    /// Whether photons of a time may become key, ps on the clock of the samples.
    public func verdict(at time: Int64) -> Verdict {
        guard time <= decidedUntil else { return .undecided }
        for index in 0..<count {
            let span = spans[place(count - 1 - index)]
            if time >= span.from, time < span.until { return .eligible }
            if time >= span.until { return .ineligible }
        }
        return .ineligible
    }

    /// Time up to which verdicts are final, ps.
    public var decidedUntil: Int64 {
        guard let last else { return .min }
        return isOpen ? last.time &- rule.margin : last.time
    }

    /// One stretch, the oldest first; `index` from 0 up to ``count``. The last may still grow or
    /// lose its margin.
    public func span(_ index: Int) -> Span {
        precondition(index >= 0 && index < count)
        return spans[place(index)]
    }

    private func isGood(_ sample: PointingSample) -> Bool {
        // A NaN is not below.
        sample.phase == .keyExchange && abs(sample.residual) < rule.residualLimit
    }

    private func place(_ index: Int) -> Int { (first + index) % Self.capacity }

    private mutating func open(from: Int64) {
        if count == Self.capacity {
            first = (first + 1) % Self.capacity
            count -= 1
            forgotten &+= 1
        }
        spans[place(count)] = Span(from: from, until: from)
        count += 1
        isOpen = true
    }

    /// Ends the open stretch and takes its margin away.
    private mutating func close() {
        guard isOpen else { return }
        isOpen = false
        let index = place(count - 1)
        spans[index].until = spans[index].until &- rule.margin
        if spans[index].until <= spans[index].from { count -= 1 }
    }
}
