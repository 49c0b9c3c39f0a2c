public import BoardFile
import GateDrivers
import LinuxIO

/// The sensors of a board: temperatures and biases of the detectors.
public enum StationSensors {
    /// What a sensor reads now, degrees Celsius or volts; `nil` if it cannot be read.
    ///
    /// Opened each time, as a device may go and come back.
    public static func reading(_ connection: Connection) -> Double? {
        switch connection {
        case .hwmon(let name, let attribute):
            guard let tree = try? SysfsTree(named: name, kind: .monitor) else { return nil }
            return try? SysfsSensor(tree, attribute: attribute).reading()
        case .iio(let name, let attribute):
            guard let tree = try? SysfsTree(named: name, kind: .converter) else { return nil }
            return try? SysfsSensor(tree, attribute: attribute).reading()
        default: return nil
        }
    }

    /// Temperatures of the detectors by name, degrees Celsius; one that cannot be read is left out.
    public static func temperatures(of board: Board) -> [String: Double] {
        var found: [String: Double] = [:]
        for (role, detector) in board.detectors?.all ?? [] {
            if let sensor = detector.temperature { found[role] = reading(sensor) }
        }
        return found
    }
}
