import BoardFile
import Foundation
import Orbit
import Quantities
import Shell

/// Keeps the telescope away from the Sun while somebody moves it by hand.
struct SunKeeper {
    private let board: Board

    init(_ board: Board) { self.board = board }

    /// Why the mount must not go from one direction to the other now; `nil` if it may.
    func refusal(from begin: SkyDirection, to end: SkyDirection) -> AimRefusal? {
        let cone = board.pointing?.sunCone ?? 0
        guard cone > 0 else { return nil }
        guard let latitude = board.site.latitude, let longitude = board.site.longitude,
            let site = try? Orbit.Site(
                latitude: latitude * .pi / 180, longitude: longitude * .pi / 180,
                height: board.site.height ?? 0)
        else {
            return AimRefusal(
                "where the Sun stands is not known: board \(board.name) has no site",
                remedy:
                    "set site.latitude and site.longitude, then save, and start the daemon again")
        }
        let sun = Sun.direction(
            from: site, at: UTCInstant(unixSeconds: Int64(Date().timeIntervalSince1970)), .zero)
        // Behind the horizon by more than refraction lifts it.
        guard sun.elevation > -0.02 else { return nil }
        return Self.refusal(from: begin, to: end, sun: sun, cone: cone * .pi / 180)
    }

    /// The same with the Sun where it is told, and angles in rad.
    static func refusal(
        from begin: SkyDirection, to end: SkyDirection, sun: SkyDirection, cone: Double
    ) -> AimRefusal? {
        var closest = Double.infinity
        // Both axes at once, or one after the other: no mount says which.
        for path in [(begin, end), (begin, corner(begin, end)), (corner(begin, end), end)] {
            for step in 0...200 {
                let share = Double(step) / 200
                let place = SkyDirection(
                    azimuth: path.0.azimuth + share * (path.1.azimuth - path.0.azimuth),
                    elevation: path.0.elevation + share * (path.1.elevation - path.0.elevation))
                closest = min(closest, distance(place, sun))
            }
        }
        guard closest < cone else { return nil }
        func text(_ angle: Double) -> String { "\((angle * 180 / .pi).rounded())" }
        return AimRefusal(
            "the way comes within \(text(closest)) deg of the Sun, which stands at azimuth "
                + "\(text(sun.azimuth)) deg, elevation \(text(sun.elevation)) deg",
            allowed: "\(text(cone)) deg or more (pointing.sun_cone)",
            remedy: "another way, in two steps around the Sun, or at night")
    }

    private static func corner(_ p: SkyDirection, _ q: SkyDirection) -> SkyDirection {
        SkyDirection(azimuth: q.azimuth, elevation: p.elevation)
    }

    private static func distance(_ p: SkyDirection, _ q: SkyDirection) -> Double {
        let cosine =
            Elementary.sin(p.elevation) * Elementary.sin(q.elevation)
            + Elementary.cos(p.elevation) * Elementary.cos(q.elevation)
            * Elementary.cos(p.azimuth - q.azimuth)
        return Elementary.acos(min(max(cosine, -1), 1))
    }
}
