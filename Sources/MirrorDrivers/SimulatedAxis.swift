import Quantities

/// One axis of a simulated piezo mirror under its controller's servo loop.
///
/// A critically damped second-order response, solved exactly for any step of time.
public struct SimulatedAxis: Equatable, Sendable {
    /// Its name on the wire.
    public var name: String
    /// Travel, in the controller's units.
    public var travel: ClosedRange<Double>
    /// Where it is.
    public private(set) var position: Double
    /// Where it was ordered to.
    public internal(set) var target: Double
    /// Whether the servo loop is closed; an open one does not move.
    public internal(set) var isServoOn = false

    private var velocity = 0.0
    /// Corner of the closed loop, rad/s.
    private let corner: Double

    /// An axis at rest in the middle of its travel.
    ///
    /// - Parameter corner: Of the closed loop, Hz, more than 0.
    public init(name: String, travel: ClosedRange<Double>, corner: Double = 300) {
        precondition(corner > 0)
        self.name = name
        self.travel = travel
        self.corner = 2 * .pi * corner
        position = (travel.lowerBound + travel.upperBound) / 2
        target = position
    }

    /// Whether it is within a thousandth of its travel from the target and slow.
    public var isOnTarget: Bool {
        let tolerance = (travel.upperBound - travel.lowerBound) / 1_000
        return abs(position - target) <= tolerance && abs(velocity) <= tolerance * corner / 10
    }

    /// Lets `seconds` pass, 0 or more.
    public mutating func advance(bySeconds seconds: Double) {
        guard isServoOn, seconds > 0 else { return }
        let offset = position - target
        let slope = velocity + corner * offset
        let decay = Elementary.exp(-corner * seconds)
        position = target + (offset + slope * seconds) * decay
        velocity = (velocity - corner * slope * seconds) * decay
    }

    /// Stops where it is.
    public mutating func halt() {
        target = position
        velocity = 0
    }
}
