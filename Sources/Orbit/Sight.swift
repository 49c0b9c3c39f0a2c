import Quantities

/// A satellite as its light shows it to a site: where it stands and how fast it moves.
public struct Sight: Equatable, Sendable, BitwiseCopyable {
    /// Direction and distance, in vacuum.
    public var look: LookAngles
    /// Rate of the distance that the light travels against the time of emission, m/s, exact to a
    /// millionth of itself.
    public var rangeRate: Double
    /// rad/s; endless straight overhead.
    public var azimuthRate: Double
    /// rad/s.
    public var elevationRate: Double

    /// The satellite's own state `lightTime` seconds ago, in the Earth-fixed axes of that moment.
    init(emitted state: OrbitState, lightTime: Double, site: Site) {
        let line = state.position.seenAfter(lightTime) - site.position
        self.init(line: line, velocity: state.velocity.seenAfter(lightTime), site: site)
    }

    /// - Parameters:
    ///   - line: From the site, in Earth-fixed axes, m.
    ///   - velocity: Relative to the ground, m/s.
    init(line: Vector, velocity: Vector, site: Site) {
        look = site.angles(of: line)
        let east = line.dot(site.east)
        let north = line.dot(site.north)
        let up = line.dot(site.up)
        let level2 = east * east + north * north
        let eastRate = velocity.dot(site.east)
        let northRate = velocity.dot(site.north)
        let upRate = velocity.dot(site.up)
        let outward = east * eastRate + north * northRate
        rangeRate = (outward + up * upRate) / look.range
        azimuthRate = (north * eastRate - east * northRate) / level2
        let level = level2.squareRoot()
        elevationRate = (upRate * level - up * outward / level) / (look.range * look.range)
    }

    /// Shift of any frequency over that frequency: negative while the satellite recedes.
    ///
    /// First order and light time; the clocks' relativity (-3e-10 in low orbits) is left out.
    public var doppler: Double {
        -rangeRate / (NaturalConstants.lightSpeed + rangeRate)
    }
}
