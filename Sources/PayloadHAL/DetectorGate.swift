/// What a detector's gate is doing.
public enum GateState: Equatable, Sendable {
    /// The detector cannot click.
    case blanked
    /// The detector clicks.
    case open
    /// The last order failed: treat the detector as open, and its shutter as the way out.
    case unknown
}

/// Exclusive control of the gate that lets one detector click or keeps it blind: its hardware
/// enable, not the time gate of slots, which is software.
///
/// **For users.** Taking over a gate blanks it, and so does its going away. An open gate does not
/// say that the detector is well; a limit on its rate must stand guard beside it.
///
/// **For implementers.** Both orders run in the tagger's thread: no allocation, no waiting. Pass
/// `gateFaults` of `PayloadDoubles`.
public protocol DetectorGate: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What the last order left behind.
    var state: GateState { get }

    /// Lets the detector click. Allowed in any state.
    mutating func open() throws(Failure)

    /// Blinds the detector now. Allowed in any state, any number of times; worth repeating after
    /// an error.
    mutating func blank() throws(Failure)
}
