/// Named attributes of one device, each a short text, as Linux shows them in sysfs.
///
/// **For implementers.** ``write(_:to:)`` runs in the fine loop: no allocation.
public protocol AttributeTree: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Whether the device has the attribute `name`.
    func has(_ name: String) -> Bool

    /// The text of an attribute without its line end, up to 4096 bytes.
    func read(_ name: String) throws(Failure) -> String

    /// Makes an attribute ready for writing; returns its number for ``write(_:to:)``.
    mutating func open(_ name: String) throws(Failure) -> Int

    /// Replaces the text of an attribute that was opened.
    func write(_ bytes: RawSpan, to attribute: Int) throws(Failure)
}
