public import Quantities

/// A vector in the station's frame: east, north, up. Of length 1 where it is a direction.
public struct SkyVector: Equatable, Sendable, BitwiseCopyable {
    /// Towards the east.
    public var east: Double
    /// Towards the north.
    public var north: Double
    /// Towards the zenith.
    public var up: Double

    /// A vector with every component given.
    @inlinable public init(east: Double, north: Double, up: Double) {
        self.east = east
        self.north = north
        self.up = up
    }

    /// The unit vector to `direction`.
    public init(_ direction: SkyDirection) {
        let level = Elementary.cos(direction.elevation)
        self.init(
            east: level * Elementary.sin(direction.azimuth),
            north: level * Elementary.cos(direction.azimuth),
            up: Elementary.sin(direction.elevation))
    }

    /// The direction it points to; azimuth from -pi to pi. Any length but 0.
    public var direction: SkyDirection {
        SkyDirection(
            azimuth: Elementary.atan2(east, north),
            elevation: Elementary.atan2(up, (east * east + north * north).squareRoot()))
    }

    /// Scalar product.
    @inlinable public func dot(_ other: SkyVector) -> Double {
        east * other.east + north * other.north + up * other.up
    }

    /// Vector product.
    @inlinable public func cross(_ other: SkyVector) -> SkyVector {
        SkyVector(
            east: north * other.up - up * other.north, north: up * other.east - east * other.up,
            up: east * other.north - north * other.east)
    }

    /// Length, 0 or more.
    @inlinable public var length: Double { dot(self).squareRoot() }

    @inlinable static func + (a: SkyVector, b: SkyVector) -> SkyVector {
        SkyVector(east: a.east + b.east, north: a.north + b.north, up: a.up + b.up)
    }
    @inlinable static func * (scale: Double, a: SkyVector) -> SkyVector {
        SkyVector(east: scale * a.east, north: scale * a.north, up: scale * a.up)
    }

    /// Turned about `axis`, whose length is the angle, rad (Rodrigues' formula).
    func turned(about axis: SkyVector) -> SkyVector {
        let angle = axis.length
        guard angle > 0 else { return self }
        let unit = 1 / angle * axis
        let cosine = Elementary.cos(angle)
        return cosine * self + Elementary.sin(angle) * unit.cross(self)
            + (1 - cosine) * unit.dot(self) * unit
    }
}

/// Angles between directions in the sky.
public enum SkyAngle {
    /// Angle between two directions, rad, 0 to pi; exact also for small ones.
    public static func between(_ a: SkyDirection, _ b: SkyDirection) -> Double {
        let first = SkyVector(a)
        let second = SkyVector(b)
        return Elementary.atan2(first.cross(second).length, first.dot(second))
    }

    /// `angle` plus the whole number of turns that brings it nearest to `reference`, rad.
    ///
    /// What is not finite stays as it is.
    public static func unwrapped(_ angle: Double, near reference: Double) -> Double {
        let turns = ((reference - angle) / (2 * .pi)).rounded()
        return turns.isFinite ? angle + turns * (2 * .pi) : angle
    }

    /// How far `target` lies from `axis` as seen in the field of view of a telescope on `axis`.
    ///
    /// Projected along the line of sight (sine of the angle), so good to 1e-4 of itself up to
    /// 1 degree; a target behind the telescope gives a wrong answer.
    public static func offset(of target: SkyDirection, from axis: SkyDirection) -> FieldAngle {
        let sine = Elementary.sin(axis.azimuth)
        let cosine = Elementary.cos(axis.azimuth)
        let height = Elementary.sin(axis.elevation)
        let sight = SkyVector(target)
        let right = SkyVector(east: cosine, north: -sine, up: 0)
        let above = SkyVector(
            east: -height * sine, north: -height * cosine, up: Elementary.cos(axis.elevation))
        return FieldAngle(x: sight.dot(right), y: sight.dot(above))
    }

    /// The direction that lies `offset` from `axis`: the inverse of ``offset(of:from:)``.
    ///
    /// The azimuth keeps the turn of `axis`. Offsets of more than 1 rad count as 1 rad.
    public static func direction(at offset: FieldAngle, from axis: SkyDirection) -> SkyDirection {
        let sine = Elementary.sin(axis.azimuth)
        let cosine = Elementary.cos(axis.azimuth)
        let height = Elementary.sin(axis.elevation)
        let right = SkyVector(east: cosine, north: -sine, up: 0)
        let above = SkyVector(
            east: -height * sine, north: -height * cosine, up: Elementary.cos(axis.elevation))
        let along = max(1 - offset.x * offset.x - offset.y * offset.y, 0).squareRoot()
        let found = (along * SkyVector(axis) + offset.x * right + offset.y * above).direction
        return SkyDirection(
            azimuth: unwrapped(found.azimuth, near: axis.azimuth), elevation: found.elevation)
    }
}
