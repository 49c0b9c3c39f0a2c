public import PayloadHAL
public import Quantities

/// Why an ``IIOMirror`` refused or failed.
public enum IIOError<Tree: InstrumentError>: InstrumentError {
    /// Reading or writing an attribute failed.
    case attribute(Tree)
    /// An attribute without the number it should have.
    case value(String, attribute: String)
    /// The tilt asked for lies outside the stroke, rad.
    case outside(MirrorTilt, stroke: MirrorStroke)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .attribute(let error): error.fault
        case .value: .garbled
        case .outside: .outOfRange
        }
    }
}

/// A mirror whose axes are voltages of a converter under Linux's Industrial I/O, such as AD5764.
///
/// Millivolts are (raw + offset) x scale, the attributes `out_voltageN_raw`, `_offset` and
/// `_scale`, or `out_voltage_offset` and `_scale` for all channels (Linux,
/// Documentation/ABI/testing/sysfs-bus-iio). The two axes are written one after the other. There
/// is no answer and no sensor: what the amplifier does stays unknown.
public struct IIOMirror<Tree: AttributeTree & ~Copyable>: SteeringMirror, ~Copyable {
    /// This driver's own error.
    public typealias Failure = IIOError<Tree.Failure>

    /// How the converter drives the mirror.
    public struct Wiring: Equatable, Sendable {
        /// Channels of the two axes.
        public var first: Int, second: Int
        /// What tilts by 1 rad, V; negative turns an axis round, 0 is refused.
        public var voltsPerRadian: Double
        /// Most that the amplifier takes, V, either way from 0.
        public var voltsMost: Double
        /// What the converter takes: 0 to 65,535 for the AD5764.
        public var rawRange: ClosedRange<Int>

        /// A wiring with everything given.
        public init(
            first: Int = 0, second: Int = 1, voltsPerRadian: Double, voltsMost: Double = 10,
            rawRange: ClosedRange<Int> = 0...65_535
        ) {
            precondition(voltsPerRadian != 0 && voltsPerRadian.isFinite && voltsMost > 0)
            precondition(first != second && first >= 0 && second >= 0)
            self.first = first
            self.second = second
            self.voltsPerRadian = voltsPerRadian
            self.voltsMost = voltsMost
            self.rawRange = rawRange
        }
    }

    /// One channel of the converter.
    private struct Channel {
        /// Its number for writing; none before it was opened.
        var attribute: Int?
        /// Raw counts for 1 rad, and at 0 V.
        var countsPerRadian = 0.0
        var zero = 0.0
    }

    /// What both the amplifier and the converter can do.
    public private(set) var stroke = MirrorStroke(first: 0, second: 0)

    private var tree: Tree
    private var first = Channel(), second = Channel()

    /// Takes over the converter, and sets both axes to 0 V.
    public init(_ tree: consuming Tree, wiring: Wiring) throws(Failure) {
        self.tree = tree
        first = try Self.channel(wiring.first, &self.tree, wiring)
        second = try Self.channel(wiring.second, &self.tree, wiring)
        stroke = MirrorStroke(
            first: Self.reach(first, wiring), second: Self.reach(second, wiring))
        guard stroke.first > 0, stroke.second > 0 else {
            throw .value("0 V is outside of \(wiring.rawRange)", attribute: "offset")
        }
        try write(.centre)
    }

    deinit {
        // Nobody is left to hear whether it worked.
        try? write(.centre)
    }

    /// Writes the voltages of both axes, one after the other.
    public mutating func steer(to tilt: MirrorTilt) throws(Failure) {
        guard stroke.contains(tilt) else { throw .outside(tilt, stroke: stroke) }
        try write(tilt)
    }

    /// Nothing: there is no sensor.
    public mutating func position() throws(Failure) -> MirrorTilt? { nil }

    /// Holds: a voltage does not move by itself.
    public mutating func halt() throws(Failure) {}

    /// Sets both axes to 0 V.
    public mutating func centre() throws(Failure) { try write(.centre) }

    /// Sets both axes to 0 V; there is no connection to make anew.
    public mutating func recover() throws(Failure) { try write(.centre) }

    private func write(_ tilt: MirrorTilt) throws(Failure) {
        try write(tilt.a, to: first)
        try write(tilt.b, to: second)
    }

    private func write(_ angle: Double, to channel: Channel) throws(Failure) {
        guard let attribute = channel.attribute else { return }
        var text = CommandText()
        text.append((channel.zero + angle * channel.countsPerRadian).rounded(), decimals: 0)
        text.append("\n")
        do throws(Tree.Failure) {
            try tree.write(text.bytes, to: attribute)
        } catch { throw .attribute(error) }
    }

    private static func channel(
        _ number: Int, _ tree: inout Tree, _ wiring: Wiring
    ) throws(Failure) -> Channel {
        let scale = try value("scale", number, tree) ?? 0
        let offset = try value("offset", number, tree) ?? 0
        guard scale > 0, scale < 1e6, abs(offset) < 1e9 else {
            throw .value("\(scale), offset \(offset)", attribute: "out_voltage\(number)_scale")
        }
        do throws(Tree.Failure) {
            let attribute = try tree.open("out_voltage\(number)_raw")
            return Channel(
                attribute: attribute, countsPerRadian: wiring.voltsPerRadian * 1_000 / scale,
                zero: -offset)
        } catch { throw .attribute(error) }
    }

    /// An attribute of one channel, or else of all of them; `nil` if there is neither.
    private static func value(
        _ name: String, _ number: Int, _ tree: borrowing Tree
    ) throws(Failure) -> Double? {
        for attribute in ["out_voltage\(number)_\(name)", "out_voltage_\(name)"]
        where tree.has(attribute) {
            let text: String
            do throws(Tree.Failure) {
                text = try tree.read(attribute)
            } catch { throw .attribute(error) }
            guard let value = Double(text), value.isFinite else {
                throw .value(text, attribute: attribute)
            }
            return value
        }
        return nil
    }

    /// How far an axis can go either way, rad.
    private static func reach(_ channel: Channel, _ wiring: Wiring) -> Double {
        let counts = min(
            channel.zero - Double(wiring.rawRange.lowerBound),
            Double(wiring.rawRange.upperBound) - channel.zero)
        return min(
            counts / abs(channel.countsPerRadian), wiring.voltsMost / abs(wiring.voltsPerRadian))
    }
}
