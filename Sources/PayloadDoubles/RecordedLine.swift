public import PayloadHAL

/// What happened on a ``RecordedLine``; shared with the test that looks at it.
public final class LineRecord: @unchecked Sendable {
    /// Levels in the order in which they were driven, the safe ones at begin and end included.
    public internal(set) var levels: [Bool] = []
    /// Whether the line was let go.
    public internal(set) var isReleased = false
    /// Whether orders fail, as on a chip that was unplugged.
    public var isBroken = false

    /// A line of which nothing happened yet.
    public init() {}

    /// The level of the pin.
    public var level: Bool? { levels.last }
}

/// An output line that writes down what it was told.
public struct RecordedLine: OutputLine, ~Copyable {
    /// Why an order failed.
    public enum Failure: InstrumentError {
        /// The record says that the line is broken.
        case broken
        /// The coarse meaning of this error.
        public var fault: InstrumentFault { .unreachable }
    }

    /// What happened so far.
    public let record: LineRecord
    /// The level on taking the line and on letting it go.
    public let isActiveWhenSafe: Bool
    /// The level last driven.
    public private(set) var isActive: Bool

    /// A line at its safe level.
    public init(_ record: LineRecord, isActiveWhenSafe: Bool = false) {
        self.record = record
        self.isActiveWhenSafe = isActiveWhenSafe
        isActive = isActiveWhenSafe
        record.levels.append(isActiveWhenSafe)
    }

    deinit {
        if !record.isBroken { record.levels.append(isActiveWhenSafe) }
        record.isReleased = true
    }

    /// Writes the level down.
    public mutating func set(_ isActive: Bool) throws(Failure) {
        guard !record.isBroken else { throw .broken }
        self.isActive = isActive
        record.levels.append(isActive)
    }
}
