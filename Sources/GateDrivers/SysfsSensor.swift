public import PayloadHAL

/// Why a ``SysfsSensor`` reads nothing.
public enum SysfsSensorError<Tree: InstrumentError>: InstrumentError {
    /// Reading an attribute failed.
    case attribute(Tree)
    /// The device has no such attribute.
    case absent(String)
    /// Neither hwmon nor Industrial I/O names a temperature, voltage or current like this.
    case unknownKind(String)
    /// An attribute without the number it should have.
    case value(String, attribute: String)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .attribute(let error): error.fault
        case .absent: .unreachable
        case .unknownKind: .outOfRange
        case .value: .garbled
        }
    }
}

/// A temperature, voltage or current that Linux shows in sysfs, by hwmon or Industrial I/O.
///
/// Both count in thousandths of a degree Celsius, volt or ampere. hwmon's `temp1_input`,
/// `in0_input` and `curr1_input` are that number (Linux, Documentation/hwmon/sysfs-interface.rst);
/// Industrial I/O has `in_temp_input`, or (raw + offset) x scale of `in_voltage0_raw`,
/// `in_voltage0_offset` or `in_voltage_offset`, and likewise the scale
/// (Documentation/ABI/testing/sysfs-bus-iio).
public struct SysfsSensor<Tree: AttributeTree & ~Copyable>: DetectorSensor, ~Copyable {
    /// This driver's own error.
    public typealias Failure = SysfsSensorError<Tree.Failure>

    /// What ``reading()`` is.
    public private(set) var quantity = SensorQuantity.temperature
    private let tree: Tree
    private let attribute: String
    /// Thousandths of the unit are (value + offset) x scale.
    private var offset = 0.0
    private var scale = 1.0

    /// Takes over a device for one of its attributes, and reads it once.
    ///
    /// - Parameter attribute: Such as `temp1_input` or `in_voltage0_raw`.
    public init(_ tree: consuming Tree, attribute: String) throws(Failure) {
        self.tree = tree
        self.attribute = attribute
        guard let quantity = Self.quantity(of: attribute) else { throw .unknownKind(attribute) }
        guard self.tree.has(attribute) else { throw .absent(attribute) }
        self.quantity = quantity
        if attribute.hasSuffix("_raw") {
            let channel = String(attribute.dropLast(4))
            offset = try Self.factor("offset", of: channel, in: self.tree) ?? 0
            scale = try Self.factor("scale", of: channel, in: self.tree) ?? 1
        }
        _ = try reading()
    }

    /// What the sensor reads now, in degrees Celsius, V or A.
    public func reading() throws(Failure) -> Double {
        let value = try (Self.number(attribute, in: tree) + offset) * scale / 1000
        guard value.isFinite else { throw .value(String(value), attribute: attribute) }
        return value
    }

    /// What an attribute of this name measures; `nil` if neither hwmon nor Industrial I/O has it.
    static func quantity(of attribute: String) -> SensorQuantity? {
        guard attribute.hasSuffix("_input") || attribute.hasSuffix("_raw"),
            !attribute.contains("/")
        else { return nil }
        if attribute.hasPrefix("temp") || attribute.hasPrefix("in_temp") { return .temperature }
        if attribute.hasPrefix("curr") || attribute.hasPrefix("in_current") { return .current }
        if attribute.hasPrefix("in_voltage") { return .voltage }
        // hwmon's voltages: `in` and a number.
        guard attribute.hasPrefix("in"), let next = attribute.dropFirst(2).first, next.isNumber
        else { return nil }
        return .voltage
    }

    /// A channel's own factor, or that of all its kind; `nil` if there is neither.
    private static func factor(
        _ name: String, of channel: String, in tree: borrowing Tree
    ) throws(Failure) -> Double? {
        var shared = channel
        while shared.last?.isNumber == true { shared.removeLast() }
        for attribute in ["\(channel)_\(name)", "\(shared)_\(name)"] where tree.has(attribute) {
            return try number(attribute, in: tree)
        }
        return nil
    }

    private static func number(
        _ attribute: String, in tree: borrowing Tree
    ) throws(Failure) -> Double {
        let text: String
        do throws(Tree.Failure) {
            text = try tree.read(attribute)
        } catch { throw .attribute(error) }
        guard let value = Double(text), value.isFinite else {
            throw .value(text, attribute: attribute)
        }
        return value
    }
}
