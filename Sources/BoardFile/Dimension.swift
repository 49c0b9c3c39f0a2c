/// What a quantity measures, with the units a board file may use for it.
public enum Dimension: String, Sendable, CaseIterable {
    /// Time, in whole picoseconds.
    case time
    /// Frequency, in hertz.
    case frequency
    /// Attenuation, in decibels.
    case attenuation
    /// Angle, in degrees.
    case angle
    /// Small angle, in microradians.
    case fieldAngle = "field angle"
    /// Rate of turning, in degrees per second.
    case turningRate = "turning rate"
    /// Acceleration of turning, in degrees per second squared.
    case turningAcceleration = "turning acceleration"
    /// Wavelength in vacuum, in nanometres.
    case wavelength
    /// Length, in metres.
    case length
    /// Memory, in whole bytes.
    case memory
    /// Electric potential, in millivolts.
    case voltage
    /// Temperature, in degrees Celsius.
    case temperature
    /// Age of a record, in hours.
    case age

    /// One unit: its name is worth `multiplier * 10^power` of the base unit.
    struct Unit: Sendable {
        let name: String
        let multiplier: Int64
        let power: Int

        init(_ name: String, _ power: Int = 0, times multiplier: Int64 = 1) {
            self.name = name
            self.multiplier = multiplier
            self.power = power
        }
    }

    /// Units from the smallest to the largest; the first is worth 1.
    var units: [Unit] {
        switch self {
        case .time:
            [
                Unit("ps"), Unit("ns", 3), Unit("us", 6), Unit("ms", 9), Unit("s", 12),
                Unit("min", 12, times: 60),
            ]
        case .frequency: [Unit("Hz"), Unit("kHz", 3), Unit("MHz", 6), Unit("GHz", 9)]
        case .attenuation: [Unit("dB")]
        case .angle: [Unit("deg")]
        case .fieldAngle: [Unit("urad"), Unit("mrad", 3)]
        case .turningRate: [Unit("deg/s")]
        case .turningAcceleration: [Unit("deg/s2")]
        case .wavelength: [Unit("nm")]
        case .length: [Unit("m"), Unit("km", 3)]
        case .memory:
            [
                Unit("B"), Unit("KiB", times: 1 << 10), Unit("MiB", times: 1 << 20),
                Unit("GiB", times: 1 << 30),
            ]
        case .voltage: [Unit("mV"), Unit("V", 3)]
        case .temperature: [Unit("degC")]
        case .age: [Unit("h"), Unit("d", times: 24)]
        }
    }

    /// The unit called `name`; "µs" is read as "us".
    func unit(named name: String) -> Unit? {
        let plain = name == "µs" || name == "μs" ? "us" : name
        return units.first { $0.name == plain }
    }

    /// The units' names, for messages.
    var unitNames: String { units.map(\.name).joined(separator: ", ") }
}
