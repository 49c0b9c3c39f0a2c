public import PayloadHAL

/// A line that the board does not have, such as the shutter of a receiver without one.
///
/// It remembers its level and fails never.
public struct UnconnectedLine: OutputLine, ~Copyable {
    /// No order to this line fails.
    public enum Failure: InstrumentError {
        /// The coarse meaning of this error.
        public var fault: InstrumentFault { switch self {} }
    }

    /// Inactive is safe.
    public var isActiveWhenSafe: Bool { false }
    /// The level last driven.
    public private(set) var isActive = false

    /// A line that is inactive.
    public init() {}

    /// Remembers the level.
    public mutating func set(_ isActive: Bool) throws(Failure) { self.isActive = isActive }
}
