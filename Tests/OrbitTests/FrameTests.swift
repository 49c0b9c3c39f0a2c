import Orbit
import Quantities
import Testing

@Suite struct FrameTests {
    /// The worked example of AIAA 2006-6753, appendix C.
    @Test func aPublishedStateIsTurnedFromTEMEToTheEarthFixedFrame() throws {
        let orientation = EarthOrientation(
            ut1MinusUTC: -0.439_961_9, xp: -0.140_682 * EarthOrientation.arcsecond,
            yp: 0.333_309 * EarthOrientation.arcsecond)
        // 2004-04-06 07:51:28.386009 UTC.
        let utc = UTCInstant(day: 53_101, seconds: 7 * 3600 + 51 * 60 + 28.386_009)
        let fixed = orientation.earthFixed(
            OrbitState(
                position: Vector(x: 5_094_180.162_10, y: 6_127_644.659_50, z: 6_380_344.532_70),
                velocity: Vector(x: -4746.131_487, y: 785.818_041, z: 5531.931_288)),
            at: utc)
        let position = Vector(x: -1_033_479.383_0, y: 7_901_295.275_4, z: 6_380_356.595_8)
        let velocity = Vector(x: -3225.636_520, y: -2872.451_450, z: 5531.924_446)
        #expect((fixed.position - position).length < 0.01)
        // The example has the length of its day, 1.6 ms more, in the Earth's rate.
        #expect((fixed.velocity - velocity).length < 1e-4)
    }

    @Test func theSiteLiesOnTheEllipsoid() throws {
        let equator = try Site(latitude: 0, longitude: 0, height: 0)
        #expect((equator.position - Vector(x: 6_378_137, y: 0, z: 0)).length < 1e-6)
        let pole = try Site(latitude: .pi / 2, longitude: 1, height: 100)
        #expect(abs(pole.position.z - 6_356_852.314_245) < 1e-5)
        #expect(abs(pole.position.x) + abs(pole.position.y) < 1e-6)
        let place = try jinan()
        #expect(abs(place.up.dot(place.east)) < 1e-15)
        #expect((place.east.cross(place.north) - place.up).length < 1e-15)
    }

    @Test func aSiteInsideTheEarthOrOffItIsRefused() {
        #expect(throws: Site.Fault.height(-6_000_000)) {
            try Site(latitude: 0, longitude: 0, height: -6_000_000)
        }
        #expect(throws: Site.Fault.latitude(1.6)) {
            try Site(latitude: 1.6, longitude: 0, height: 0)
        }
        #expect(throws: Site.Fault.longitude(7)) {
            try Site(latitude: 0, longitude: 7, height: 0)
        }
        #expect(throws: Site.Fault.self) {
            try Site(latitude: .nan, longitude: 0, height: 0)
        }
    }

    @Test func timeStaysSplitAndExactAcrossDays() {
        let late = UTCInstant(day: 61_119, seconds: 86_399.999_999)
        let next = late.adding(2e-6)
        #expect(next.day == 61_120)
        #expect(abs(next.seconds - 1e-6) < 2e-11)
        #expect(abs(next.since(late) - 2e-6) < 2e-11)
        #expect(UTCInstant(day: 5, seconds: -1e-20).seconds == 0)
        #expect(UTCInstant(day: 5, seconds: .nan) == UTCInstant(day: 5, seconds: 0))
        #expect(UTCInstant(unixSeconds: -1).unixSeconds == -1)
    }

    @Test func theSunStandsOverTheEquatorAtTheEquinoxAndWhereItsTimeSays() {
        // Equinox of 2026: March 20, 14:46 UTC.
        let equinox = UTCInstant(day: 61_119, seconds: 14 * 3600 + 46 * 60)
        let sun = Sun.position(at: equinox, .zero)
        #expect(abs(Elementary.asin(sun.z / sun.length)) < 0.01 * degree)
        // The equation of time is -7 min 27 s: the Sun is late and stands east of the clock's.
        let noon = Sun.position(at: UTCInstant(day: 61_119, seconds: 43_200), .zero)
        #expect(abs(Elementary.atan2(noon.y, noon.x) / degree - 447.0 / 240) < 0.02)
        // Perihelion, 2026 January 3: 0.98330 au.
        let nearest = Sun.position(at: UTCInstant(day: 61_043, seconds: 0), .zero).length
        #expect(abs(nearest / Sun.astronomicalUnit - 0.983_30) < 1e-4)
    }

    @Test func theEarthsShadowHasAnUmbraAndAPenumbra() {
        let sun = Vector(x: 1.496e11, y: 0, z: 0)
        #expect(Sun.share(at: Vector(x: 7e6, y: 0, z: 0), sun: sun) == 1)
        #expect(Sun.share(at: Vector(x: -7e6, y: 0, z: 0), sun: sun) == 0)
        #expect(Sun.share(at: Vector(x: -7e6, y: 6.45e6, z: 0), sun: sun) == 1)
        let edge = Sun.share(at: Vector(x: -7e6, y: 6.378e6, z: 0), sun: sun)
        #expect(edge > 0.3 && edge < 0.7)
        // The umbra ends 1.38 million km behind the Earth.
        #expect(Sun.share(at: Vector(x: -1.5e9, y: 0, z: 0), sun: sun) > 0)
    }
}
