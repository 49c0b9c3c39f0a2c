import Quantities
import Tracking

/// The way to a place, stop by stop, so that the telescope does not look into the Sun on it.
struct MountWay {
    /// How near to a stop the mount has to come, rad: a tenth of a degree.
    static let reach = 2e-3

    private let path: SlewPath
    private var next = 0

    /// The shortest safe way; `nil` if there is none.
    init?(from start: SkyDirection, to end: SkyDirection, settings: PointingSettings) {
        guard
            let path = SlewPath(
                from: start, to: end, sun: settings.sun, cone: settings.sunRule.cone,
                limits: settings.mount)
        else { return nil }
        self.path = path
    }

    /// Where to go from `axis` now; the end, once all stops before it were reached.
    mutating func stop(from axis: SkyDirection) -> SkyDirection {
        while next < path.count - 1, SkyAngle.between(axis, path[next]) < Self.reach { next += 1 }
        return path[next]
    }

    /// Whether only the end is left.
    var isLastLeg: Bool { next == path.count - 1 }
}
