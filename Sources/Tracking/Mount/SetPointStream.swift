public import Quantities

/// Positions for a mount that takes positions only (Hamlib `rotctld`), in time and in its steps.
///
/// The mount runs after what it is told: each position is that of a moment ahead, by the time that
/// the command takes plus half the time until the next one.
public struct SetPointStream: Equatable, Sendable {
    /// Smallest step that the mount understands, rad; 0.01 degree for `rotctld`.
    public var quantum: Double
    /// Time between commands, ps; 50 to 200 ms.
    public var period: Int64
    /// From sending a position until the mount moves on it, ps.
    public var latency: Int64
    /// Positions that were asked for again, and not sent.
    public private(set) var repeats: Int64 = 0
    private var lastTime: Int64?
    private var last = SkyDirection(azimuth: .infinity, elevation: .infinity)

    /// One hundredth of a degree, the step of `rotctld`'s text, rad.
    public static let hundredthDegree = 0.01 * Double.pi / 180

    /// A stream that has sent nothing.
    public init(quantum: Double = hundredthDegree, period: Int64, latency: Int64) {
        self.quantum = quantum
        self.period = period
        self.latency = latency
    }

    /// How far ahead to look up the set point to send, ps.
    public var lead: Int64 { latency &+ period / 2 }

    /// Whether it is time to send.
    public func isDue(at time: Int64) -> Bool {
        guard let lastTime else { return true }
        let way = time &- lastTime
        return way >= period || way < 0
    }

    /// The position to send now, or `nil` if none is due or the mount has it already.
    ///
    /// - Parameters:
    ///   - target: Where the mount should be at `time` + ``lead``.
    ///   - time: Now, ps.
    public mutating func next(_ target: SkyDirection, at time: Int64) -> SkyDirection? {
        guard isDue(at: time), (target.azimuth + target.elevation).isFinite else { return nil }
        lastTime = time
        let rounded = SkyDirection(
            azimuth: (target.azimuth / quantum).rounded() * quantum,
            elevation: (target.elevation / quantum).rounded() * quantum)
        guard rounded != last else {
            repeats &+= 1
            return nil
        }
        last = rounded
        return rounded
    }
}
