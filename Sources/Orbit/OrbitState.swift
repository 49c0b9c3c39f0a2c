/// Position and velocity of a satellite in one frame.
public struct OrbitState: Equatable, Sendable, BitwiseCopyable {
    /// From the Earth's centre, m.
    public var position: Vector
    /// m/s, as seen in the same frame.
    public var velocity: Vector

    /// A state with both vectors given.
    @inlinable public init(position: Vector, velocity: Vector) {
        self.position = position
        self.velocity = velocity
    }
}
