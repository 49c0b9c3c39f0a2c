/// How a spot's place was computed.
public enum SpotMethod: Equatable, Sendable, BitwiseCopyable {
    /// Centre of gravity of what stands out of the background by three standard deviations.
    case thresholded
    /// Iterative centre of gravity under a Gaussian weight of the spot's own width.
    case weighted
    /// Maximum likelihood under photon and read noise, begun with one of the other two.
    case likelihood
}

/// A spot of light on the sensor.
public struct Spot: Equatable, Sendable, BitwiseCopyable {
    /// Column, px; the centre of the first pixel is 0.
    public var x: Double
    /// Row, px.
    public var y: Double
    /// Standard deviation of ``x`` from photon and read noise, px.
    public var sigmaX: Double
    /// Standard deviation of ``y`` from photon and read noise, px.
    public var sigmaY: Double
    /// Photo-electrons in the spot.
    public var flux: Double
    /// Standard deviation of ``flux``.
    public var sigmaFlux: Double
    /// Electrons per pixel around it.
    public var background: Double
    /// Mean square extent along the columns, px², of what stands out of the background.
    public var momentXX: Double
    /// Mean product of both extents, px².
    public var momentXY: Double
    /// Mean square extent along the rows, px².
    public var momentYY: Double
    /// Saturated pixels in it; they do not count in its place.
    public var saturatedPixels: Int32
    /// How ``x`` and ``y`` were computed.
    public var method: SpotMethod

    /// Larger over smaller standard deviation along the main axes, 1 or more: well above 1 for two
    /// spots that run into each other.
    public var elongation: Double {
        let half = (momentXX + momentYY) / 2
        let difference = (momentXX - momentYY) / 2
        let root = (difference * difference + momentXY * momentXY).squareRoot()
        guard half > root, half > 0 else { return 1 }
        return ((half + root) / (half - root)).squareRoot()
    }
}
