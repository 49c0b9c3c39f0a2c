/// What a sensor at a detector measures, and in what unit.
public enum SensorQuantity: Equatable, Sendable {
    /// Of the diode or its cooler, degrees Celsius.
    case temperature
    /// Such as the bias, V.
    case voltage
    /// Such as that of the bias or the cooler, A.
    case current
}

/// One sensor at a detector: temperature or bias.
///
/// **For users.** Slow: some sensors take tens of milliseconds. Call it from housekeeping, never
/// from the tagger's thread.
///
/// **For implementers.** What is no number is an error. Pass `sensorFaults` of `PayloadDoubles`.
public protocol DetectorSensor: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What ``reading()`` is, and in what unit.
    var quantity: SensorQuantity { get }

    /// What the sensor reads now, finite.
    func reading() throws(Failure) -> Double
}
