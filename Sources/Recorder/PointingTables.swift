/// Power per hertz of an angle at one frequency.
public struct SpectrumLine: Equatable, Sendable {
    /// Hz.
    public var frequency: Double
    /// Across, urad²/Hz.
    public var x: Double
    /// Upwards, urad²/Hz.
    public var y: Double

    /// A line with every field given.
    public init(frequency: Double, x: Double, y: Double) {
        self.frequency = frequency
        self.x = x
        self.y = y
    }
}

/// How often the beacon's spot stood at a place of the fine camera.
public struct SpotCount: Equatable, Sendable {
    /// Column, px from the first pixel's middle.
    public var x: Double
    /// Row, px.
    public var y: Double
    /// Frames.
    public var count: Int64

    /// A place with every field given.
    public init(x: Double, y: Double, count: Int64) {
        self.x = x
        self.y = y
        self.count = count
    }
}
