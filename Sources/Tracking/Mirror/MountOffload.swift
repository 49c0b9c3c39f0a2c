public import Quantities

/// Hands the mirror's mean tilt over to the mount as a rate, so that the mirror stays near the
/// middle of its stroke.
///
/// A slow proportional-integral loop about the mount, which integrates rates itself: critically
/// damped for an integral gain of a quarter of the proportional gain's square.
public struct MountOffload: Sendable {
    /// What the hand-over may do.
    public struct Settings: Equatable, Sendable, BitwiseCopyable {
        /// Bandwidth, Hz: 0.1 to 0.5.
        public var bandwidth = 0.3
        /// Largest correction of the mount's rate, rad/s.
        public var largestRate = 1e-3

        /// 0.3 Hz, 1 mrad/s.
        public init() {}
    }

    /// What it may do.
    public let settings: Settings
    /// Correction to add to the mount's rate, rad/s.
    public private(set) var rate = FieldAngle.zero
    private var integral = FieldAngle.zero

    /// A hand-over that has nothing to hand over.
    public init(settings: Settings = Settings()) {
        var settings = settings
        settings.bandwidth = min(max(settings.bandwidth, 0.01), 1)
        settings.largestRate = max(settings.largestRate, 0)
        self.settings = settings
    }

    /// Takes in where the target stands from the mount's axis, rad: what the mirror takes away.
    ///
    /// - Parameters:
    ///   - offset: On the sky, from the mount's axis to the target; `nil` while the target is not
    ///     seen: the rate that was found goes on, and nothing is added to it.
    ///   - seconds: Since the last call.
    public mutating func take(_ offset: FieldAngle?, seconds: Double) {
        guard seconds > 0, seconds < 10 else { return }
        guard let offset, offset.x.isFinite, offset.y.isFinite else {
            rate = limited(integral)
            return
        }
        let gain = 6.283_185_307_179_586 * settings.bandwidth
        let next = integral + (seconds * gain * gain / 4) * offset
        let wanted = next + gain * offset
        rate = limited(wanted)
        // Anti-windup axis by axis: the integral stands still while the rate is cut.
        if rate.x == wanted.x { integral.x = next.x }
        if rate.y == wanted.y { integral.y = next.y }
    }

    private func limited(_ rate: FieldAngle) -> FieldAngle {
        let limit = settings.largestRate
        return FieldAngle(
            x: min(max(rate.x, -limit), limit), y: min(max(rate.y, -limit), limit))
    }
}
