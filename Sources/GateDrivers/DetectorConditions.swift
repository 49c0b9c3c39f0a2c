/// What besides light decides whether detectors may click: the cover, temperatures and biases; and
/// whether the laser may shine: the interlock.
///
/// A line that cannot be read counts as open; a sensor that cannot be read is said and forbids
/// nothing, as the detector may be well.
public struct DetectorConditions: Sendable {
    /// What the detectors stand.
    public struct Limits: Equatable, Sendable {
        /// Coldest and warmest, degrees Celsius.
        public var temperature: ClosedRange<Double>
        /// Greatest bias, V.
        public var highestBias: Double

        /// Limits with everything given.
        public init(temperature: ClosedRange<Double>, highestBias: Double) {
            self.temperature = temperature
            self.highestBias = highestBias
        }
    }

    /// What is looked at.
    public enum Subject: Hashable, Sendable {
        /// The light-tight cover of the detectors.
        case cover
        /// The chain of laser safety.
        case interlock
        /// Of detector 0 to 3.
        case temperature(Int)
        /// Of detector 0 to 3.
        case bias(Int)
    }

    /// What a look came to.
    public enum Finding: Equatable, Sendable {
        /// As it must be.
        case good
        /// A line that is open.
        case open
        /// A value outside its limits, in the unit of the limit.
        case outside(Double)
        /// Nothing could be read.
        case unreadable
    }

    /// News of one subject.
    public struct Change: Equatable, Sendable {
        /// What it is about.
        public var subject: Subject
        /// How it is now.
        public var finding: Finding
    }

    /// A value that was outside is good again this far inside its limit: 0.5 degrees or volts.
    public static let margin = 0.5

    private let limits: Limits
    private var findings: [Subject: Finding] = [:]

    /// Nothing looked at yet, and nothing forbidden.
    public init(_ limits: Limits) { self.limits = limits }

    /// The detectors that may click.
    public var allowed: DetectorSet {
        if isBad(.cover) { return [] }
        var set = DetectorSet.all
        for detector in 0..<4 where isBad(.temperature(detector)) || isBad(.bias(detector)) {
            set.remove(DetectorSet(detector))
        }
        return set
    }

    /// Whether the laser may shine.
    public var allowsLaser: Bool { !isBad(.interlock) }

    private func isBad(_ subject: Subject) -> Bool {
        switch (findings[subject], subject) {
        case (.open, _), (.outside, _): true
        case (.unreadable, .cover), (.unreadable, .interlock): true
        default: false
        }
    }

    /// Takes in a line: closed, open, or unreadable (`nil`); what is new about it.
    public mutating func take(line isClosed: Bool?, of subject: Subject) -> Change? {
        note(isClosed.map { $0 ? .good : .open } ?? .unreadable, of: subject)
    }

    /// Takes in a sensor's value, `nil` if it cannot be read; what is new about it.
    public mutating func take(value: Double?, of subject: Subject) -> Change? {
        guard let value else { return note(.unreadable, of: subject) }
        let isIn: Bool
        let margin = isBad(subject) ? Self.margin : 0
        switch subject {
        case .temperature:
            isIn =
                value >= limits.temperature.lowerBound + margin
                && value <= limits.temperature.upperBound - margin
        default: isIn = value <= limits.highestBias - margin
        }
        return note(isIn ? .good : .outside(value), of: subject)
    }

    /// A finding is news if it is of another kind than the last; at first only what is not good.
    private mutating func note(_ finding: Finding, of subject: Subject) -> Change? {
        let before = findings.updateValue(finding, forKey: subject) ?? .good
        switch (before, finding) {
        case (.good, .good), (.open, .open), (.outside, .outside), (.unreadable, .unreadable):
            return nil
        default: return Change(subject: subject, finding: finding)
        }
    }
}
