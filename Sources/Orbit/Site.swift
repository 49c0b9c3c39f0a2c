import Quantities

/// A place on the Earth from which the sky is watched, on the WGS-84 ellipsoid.
public struct Site: Equatable, Sendable, BitwiseCopyable {
    /// Why coordinates are no site.
    public enum Fault: Error, Equatable, Sendable, BitwiseCopyable {
        /// Latitude beyond +-pi/2 or no number; rad.
        case latitude(Double)
        /// Longitude beyond +-2 pi or no number; rad.
        case longitude(Double)
        /// Height inside the Earth or above the air; m.
        case height(Double)
    }

    /// Heights that are allowed, m above the ellipsoid: from the shore of the Dead Sea, whose
    /// geoid lies low, to the highest mountain.
    public static let heights = -500.0...9_000.0

    /// Geodetic latitude, rad.
    public private(set) var latitude: Double
    /// Longitude, rad, east positive.
    public private(set) var longitude: Double
    /// Above the ellipsoid, m.
    public private(set) var height: Double
    /// From the Earth's centre, ITRF, m.
    public private(set) var position: Vector
    /// Unit vector to the east, along the horizon.
    public private(set) var east: Vector
    /// Unit vector to the north, along the horizon.
    public private(set) var north: Vector
    /// Unit vector along the vertical of the ellipsoid.
    public private(set) var up: Vector

    /// A site with coordinates within the ranges that ``Fault`` names.
    public init(latitude: Double, longitude: Double, height: Double) throws(Fault) {
        guard latitude.magnitude <= .pi / 2 else { throw .latitude(latitude) }
        guard longitude.magnitude <= 2 * .pi else { throw .longitude(longitude) }
        guard Self.heights.contains(height) else { throw .height(height) }
        self.latitude = latitude
        self.longitude = longitude
        self.height = height
        let (sineB, cosineB) = (Elementary.sin(latitude), Elementary.cos(latitude))
        let (sineL, cosineL) = (Elementary.sin(longitude), Elementary.cos(longitude))
        let flattening = 1 / 298.257_223_563
        let e2 = flattening * (2 - flattening)
        let normal = 6_378_137.0 / (1 - e2 * sineB * sineB).squareRoot()
        let level = (normal + height) * cosineB
        position = Vector(
            x: level * cosineL, y: level * sineL, z: (normal * (1 - e2) + height) * sineB)
        east = Vector(x: -sineL, y: cosineL, z: 0)
        north = Vector(x: -sineB * cosineL, y: -sineB * sineL, z: cosineB)
        up = Vector(x: cosineB * cosineL, y: cosineB * sineL, z: sineB)
    }

    /// Angles and length of `line`, which runs from the site in Earth-fixed axes, m.
    public func angles(of line: Vector) -> LookAngles {
        let across = line.dot(east)
        let ahead = line.dot(north)
        let level = (across * across + ahead * ahead).squareRoot()
        let azimuth = Elementary.atan2(across, ahead)
        return LookAngles(
            range: line.length, elevation: Elementary.atan2(line.dot(up), level),
            azimuth: azimuth < 0 ? azimuth + 2 * .pi : azimuth)
    }

    /// Line of sight to what was emitted at `position`, in Earth-fixed axes of the moment of
    /// emission, when its light arrives: the site has moved on with the Earth by then.
    ///
    /// - Returns: The line in the axes of the moment of arrival, m; its length over the speed of
    ///   light is the light time, exact to 1e-9 m.
    public func line(toEmissionAt position: Vector) -> Vector {
        var line = position - self.position
        // The site moves less than 0.5 km/s: each round shrinks the error by 600,000.
        var round = 0
        while round < 3 {
            let span = line.length / NaturalConstants.lightSpeed
            line = position.seenAfter(span) - self.position
            round += 1
        }
        return line
    }

    /// Unit vectors on the sky at a direction: towards growing azimuth, and growing elevation.
    func tangents(azimuth: Double, elevation: Double) -> (across: Vector, upward: Vector) {
        let (sineA, cosineA) = (Elementary.sin(azimuth), Elementary.cos(azimuth))
        let level = sineA * east + cosineA * north
        return (
            cosineA * east - sineA * north,
            Elementary.cos(elevation) * up - Elementary.sin(elevation) * level
        )
    }

    /// From where a satellite is seen to where an uplink beacon must be aimed, in the site's own
    /// frame, whose aberration adds to the first direction and takes from the second.
    ///
    /// - Parameters:
    ///   - seen: To where the satellite was when it sent what arrives now, m.
    ///   - met: To where it will be when what is sent now arrives, m; both in the axes of now.
    func pointAhead(seen: Vector, met: Vector) -> FieldAngle {
        let carried = (1 / NaturalConstants.lightSpeed) * position.carriedByEarth
        let turn = met.unit - carried - (seen.unit + carried)
        let look = angles(of: seen)
        let axes = tangents(azimuth: look.azimuth, elevation: look.elevation)
        return FieldAngle(x: turn.dot(axes.across), y: turn.dot(axes.upward))
    }
}
