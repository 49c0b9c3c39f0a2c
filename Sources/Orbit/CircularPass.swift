import Quantities

/// One pass of a satellite on a circular orbit over a station on a spherical Earth.
///
/// Time is counted from the moment the satellite rises above the lowest elevation. The station
/// turns with the Earth while the light travels; relativity, refraction and the atmosphere's
/// extra path (a few metres) are left out.
public struct CircularPass: Equatable, Sendable, BitwiseCopyable {
    /// What describes the pass.
    public struct Elements: Equatable, Sendable, BitwiseCopyable {
        /// Height of the orbit above the sphere, m. More than 0.
        public var altitude: Double
        /// Highest elevation of the pass, rad; above `lowestElevation`, at most pi/2.
        public var culmination: Double
        /// Elevation at which the pass begins and ends, rad; 0 up to below `culmination`.
        public var lowestElevation: Double
        /// Inclination of the orbit, rad, 0 to pi; it must reach the station's latitude.
        public var inclination: Double
        /// Latitude of the station, rad; within +-pi/2.
        public var latitude: Double
        /// Turning rate of the Earth, rad/s; 0 for one that stands still.
        public var earthRotation: Double

        /// Elements with every field given.
        public init(
            altitude: Double, culmination: Double, lowestElevation: Double, inclination: Double,
            latitude: Double, earthRotation: Double = NaturalConstants.earthRotation
        ) {
            self.altitude = altitude
            self.culmination = culmination
            self.lowestElevation = lowestElevation
            self.inclination = inclination
            self.latitude = latitude
            self.earthRotation = earthRotation
        }
    }

    /// Seconds from rising above the lowest elevation to falling below it.
    public private(set) var duration: Double
    /// Seconds from the start of the pass to the highest elevation, to one millisecond.
    public private(set) var culminationTime: Double
    /// How far ahead of the true orbit the satellite is taken to be, s along its track.
    public var alongTrackError: Double

    private var orbitRadius: Double
    private var orbitRate: Double
    private var earthRate: Double
    /// Unit vectors to the satellite and along its motion, at culmination.
    private var up: Vector
    private var along: Vector
    /// Cosine and sine of the station's latitude, and its longitude at culmination, rad.
    private var latitudeCosine: Double
    private var latitudeSine: Double
    private var longitude: Double

    /// Lays the orbit so that its highest elevation over the station is as asked.
    ///
    /// - Parameters:
    ///   - elements: The pass; fields within the ranges that they state.
    ///   - alongTrackError: Seconds by which the satellite runs ahead of these elements; the
    ///     start of the pass does not move with it.
    public init(_ elements: Elements, alongTrackError: Double = 0) {
        self.alongTrackError = alongTrackError
        orbitRadius = NaturalConstants.earthRadius + elements.altitude
        orbitRate = (NaturalConstants.earthGravity / orbitRadius).squareRoot() / orbitRadius
        earthRate = elements.earthRotation
        latitudeCosine = Elementary.cos(elements.latitude)
        latitudeSine = Elementary.sin(elements.latitude)
        let layout = Layout(elements, orbitRadius: orbitRadius, orbitRate: orbitRate)
        up = layout.up
        along = layout.along
        longitude = layout.stationLongitude
        culminationTime = 0
        duration = 0
        let rise = crossing(of: elements.lowestElevation, direction: -1)
        let set = crossing(of: elements.lowestElevation, direction: 1)
        culminationTime = -rise
        duration = set - rise
    }

    /// Direction and distance of what is emitted `time` seconds after the start of the pass.
    public func look(at time: Double) -> LookAngles {
        lookFromCulmination(time - culminationTime, ahead: alongTrackError)
    }

    private func lookFromCulmination(_ time: Double, ahead: Double) -> LookAngles {
        let angle = orbitRate * (time + ahead)
        let cosine = orbitRadius * Elementary.cos(angle)
        let sine = orbitRadius * Elementary.sin(angle)
        let satellite = cosine * up + sine * along
        let stationNow = station(at: time)
        let first = (satellite - NaturalConstants.earthRadius * stationNow.up).length
        // The station moves 2 m while the light travels: to first order exact to 1e-5 m.
        let velocity = earthRate * latitudeCosine * NaturalConstants.earthRadius
        let sight = satellite - NaturalConstants.earthRadius * stationNow.up
        let closing = velocity * stationNow.east.dot(sight) / first
        let lightTime = first / (NaturalConstants.lightSpeed + closing)
        let arrival = station(at: time + lightTime)
        let line = satellite - NaturalConstants.earthRadius * arrival.up
        return angles(of: line, from: arrival)
    }

    private struct StationFrame {
        var up: Vector
        var east: Vector
    }

    private func station(at time: Double) -> StationFrame {
        let angle = longitude + earthRate * time
        let cosine = Elementary.cos(angle)
        let sine = Elementary.sin(angle)
        return StationFrame(
            up: Vector(x: latitudeCosine * cosine, y: latitudeCosine * sine, z: latitudeSine),
            east: Vector(x: -sine, y: cosine, z: 0))
    }

    private func angles(of line: Vector, from frame: StationFrame) -> LookAngles {
        let range = line.length
        let height = line.dot(frame.up)
        let east = line.dot(frame.east)
        let north = line.dot(frame.up.cross(frame.east))
        let level = (east * east + north * north).squareRoot()
        let azimuth = Elementary.atan2(east, north)
        return LookAngles(
            range: range, elevation: Elementary.atan2(height, level),
            azimuth: azimuth < 0 ? azimuth + 2 * .pi : azimuth)
    }

    /// Time from culmination at which the elevation passes `elevation`, s, by bisection.
    private func crossing(of elevation: Double, direction: Double) -> Double {
        var inside = 0.0
        var outside = direction * .pi / orbitRate * 0.5
        for _ in 0..<60 {
            let middle = 0.5 * (inside + outside)
            if lookFromCulmination(middle, ahead: 0).elevation > elevation {
                inside = middle
            } else {
                outside = middle
            }
        }
        return inside
    }
}

/// Where satellite and station stand at culmination.
private struct Layout {
    var up: Vector
    var along: Vector
    var stationLongitude: Double

    /// Searches the latitude below the satellite for which the station has its own latitude.
    ///
    /// At culmination the station lies on the great circle through the point below the satellite
    /// that is perpendicular to the satellite's motion relative to the turning ground.
    init(_ elements: CircularPass.Elements, orbitRadius: Double, orbitRate: Double) {
        let offset = Layout.centralAngle(
            elevation: elements.culmination, orbitRadius: orbitRadius)
        var latitude = elements.latitude
        up = Vector(x: 1, y: 0, z: 0)
        along = Vector(x: 0, y: 0, z: 1)
        stationLongitude = 0
        for _ in 0..<30 {
            let cosine = Elementary.cos(latitude)
            let sine = Elementary.sin(latitude)
            up = Vector(x: cosine, y: 0, z: sine)
            let north = Vector(x: -sine, y: 0, z: cosine)
            let east = Vector(x: 0, y: 1, z: 0)
            let eastward = min(max(Elementary.cos(elements.inclination) / cosine, -1), 1)
            along = eastward * east + (1 - eastward * eastward).squareRoot() * north
            let ground = (elements.earthRotation * cosine) * east
            let side = up.cross(orbitRate * along - ground).unit
            let station = Elementary.cos(offset) * up + Elementary.sin(offset) * side
            stationLongitude = Elementary.atan2(station.y, station.x)
            let level = (station.x * station.x + station.y * station.y).squareRoot()
            latitude += elements.latitude - Elementary.atan2(station.z, level)
        }
    }

    /// Angle at the Earth's centre between station and satellite at `elevation`, rad.
    static func centralAngle(elevation: Double, orbitRadius: Double) -> Double {
        let cosine = NaturalConstants.earthRadius * Elementary.cos(elevation) / orbitRadius
        return Elementary.atan2((1 - cosine * cosine).squareRoot(), cosine) - elevation
    }
}
