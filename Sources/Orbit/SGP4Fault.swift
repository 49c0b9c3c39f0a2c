/// Why SGP4 gives no state, with the numbers of the published error codes.
public struct SGP4Fault: Error, Equatable, Sendable, BitwiseCopyable {
    /// What went wrong; the raw value is the published error code.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// Mean eccentricity is not from -0.001 up to 1.
        case meanEccentricity = 1
        /// Mean motion is not more than 0.
        case meanMotion = 2
        /// Eccentricity with the pulls of Sun and Moon is not from 0 to 1.
        case perturbedEccentricity = 3
        /// The semi-latus rectum is negative.
        case semiLatusRectum = 4
        /// The satellite is below the surface: it has decayed.
        case decayed = 6
    }

    /// What went wrong.
    public var kind: Kind
    /// Minutes since the epoch of the elements.
    public var minutes: Double
    /// The quantity that is out of range: eccentricity, rad/min or Earth radii; 0 or less for a
    /// decay long past.
    public var value: Double

    /// A fault with every field given.
    public init(kind: Kind, minutes: Double, value: Double) {
        self.kind = kind
        self.minutes = minutes
        self.value = value
    }
}
