public import Quantities

/// What has to be known of a camera to turn its levels into electrons and its pixels into angles.
public struct CameraCharacteristics: Equatable, Sendable, BitwiseCopyable {
    /// Electrons per level, more than 0.
    public var electronsPerLevel: Double
    /// Level without light.
    public var offset: Double
    /// Read noise of a pixel, electrons rms.
    public var readNoise: Double
    /// Lowest level that counts as saturated.
    public var saturation: Int32
    /// Angle on the sky of one pixel, rad.
    public var pixelScale: Double
    /// Column of the direction in which the quantum receiver looks, px.
    public var boresightX: Double
    /// Row of the direction in which the quantum receiver looks, px.
    public var boresightY: Double
    /// From the sky's x axis to the columns, rad, counted towards the sky's y axis.
    public var rotation: Double
    /// Whether rows grow with the sky's y axis; they fall with it in an upright picture.
    public var isFlipped: Bool
    /// Standard deviation of the spot's profile, px: 0.5 to 3; best from 0.8 to 1.5.
    public var spotWidth: Double

    /// Characteristics, with usual values for what is not given.
    public init(
        electronsPerLevel: Double, offset: Double, readNoise: Double, saturation: Int32,
        pixelScale: Double, boresightX: Double, boresightY: Double, rotation: Double = 0,
        isFlipped: Bool = false, spotWidth: Double = 1.2
    ) {
        self.electronsPerLevel = electronsPerLevel
        self.offset = offset
        self.readNoise = readNoise
        self.saturation = saturation
        self.pixelScale = pixelScale
        self.boresightX = boresightX
        self.boresightY = boresightY
        self.rotation = rotation
        self.isFlipped = isFlipped
        self.spotWidth = spotWidth
    }

    /// Angle from the boresight of the place (`x`, `y`) px on the sensor.
    public func fieldAngle(x: Double, y: Double) -> FieldAngle {
        let right = (x - boresightX) * pixelScale
        let up = (y - boresightY) * (isFlipped ? pixelScale : -pixelScale)
        let (sine, cosine) = (Elementary.sin(rotation), Elementary.cos(rotation))
        return FieldAngle(x: cosine * right - sine * up, y: sine * right + cosine * up)
    }

    /// Place on the sensor, px, of the angle `angle` from the boresight.
    public func place(of angle: FieldAngle) -> (x: Double, y: Double) {
        let (sine, cosine) = (Elementary.sin(rotation), Elementary.cos(rotation))
        let right = cosine * angle.x + sine * angle.y
        let up = cosine * angle.y - sine * angle.x
        return (
            boresightX + right / pixelScale,
            boresightY + up / (isFlipped ? pixelScale : -pixelScale)
        )
    }

    /// Whether every value can be worked with; the first that cannot, if not.
    public var fault: CameraFault? {
        guard electronsPerLevel > 1e-4, electronsPerLevel < 1e5 else {
            return .electronsPerLevel(electronsPerLevel)
        }
        guard offset >= 0, offset < 65_536 else { return .offset(offset) }
        guard readNoise > 0, readNoise < 1e4 else { return .readNoise(readNoise) }
        guard saturation > 0, saturation <= 65_535 else { return .saturation(saturation) }
        guard pixelScale > 1e-8, pixelScale < 1e-2 else { return .pixelScale(pixelScale) }
        guard spotWidth >= 0.5, spotWidth <= 3 else { return .spotWidth(spotWidth) }
        guard boresightX.magnitude < 65_536, boresightY.magnitude < 65_536 else {
            return .boresight(boresightX, boresightY)
        }
        guard rotation.magnitude < 10 else { return .rotation(rotation) }
        return nil
    }
}

/// A value of ``CameraCharacteristics`` that cannot be worked with.
public enum CameraFault: Error, Equatable, Sendable {
    /// Must lie between 0.0001 and 100,000.
    case electronsPerLevel(Double)
    /// Must lie from 0 up to 65,535.
    case offset(Double)
    /// Electrons; must lie above 0 and below 10,000.
    case readNoise(Double)
    /// Must lie from 1 to 65,535.
    case saturation(Int32)
    /// rad; must lie between 1e-8 and 1e-2.
    case pixelScale(Double)
    /// px; must lie from 0.5 to 3.
    case spotWidth(Double)
    /// px; both must lie within 65,536 of the first pixel.
    case boresight(Double, Double)
    /// rad; must lie within 10.
    case rotation(Double)
}
