/// One digital output, such as a detector's gate or the shutter, held by us alone.
///
/// **For users.** Active is what the board means, not a voltage: a line that is low when active
/// turns itself round. When the value goes away the line is driven to ``isActiveWhenSafe`` and let
/// go; what the pin does after that is the chip's affair, so a gate also needs a resistor that
/// pulls it to its safe level.
///
/// **For implementers.** ``set(_:)`` runs in the tagger's thread: no allocation, no waiting.
/// Taking the line drives it to its safe level. Pass `outputFaults` of `PayloadDoubles`.
public protocol OutputLine: ~Copyable {
    associatedtype Failure: InstrumentError

    /// The level at which nothing can come to harm: on taking the line and on letting it go.
    var isActiveWhenSafe: Bool { get }

    /// The level last driven; still the one before after an error, and then not to be trusted.
    var isActive: Bool { get }

    /// Drives the line; returns once the kernel took the level. Allowed at any level.
    mutating func set(_ isActive: Bool) throws(Failure)
}
