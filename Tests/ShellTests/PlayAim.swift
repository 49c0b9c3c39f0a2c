import BoardFile
import Control
import Quantities
import RealTime
import Shell
import Synchronization

/// A mirror, a camera and a mount that do what they are told at once; the mount sticks on its way
/// to an azimuth beyond 300 degrees.
final class PlayAim: AimBench {
    private struct State {
        var tilt = MirrorTilt.centre
        var exposure = Picoseconds(500_000_000)
        var direction = SkyDirection(azimuth: 0, elevation: 0.5)
        var hasMoved = false
    }
    private let state = Mutex(State())
    private let isInPass: Bool

    /// Instruments for the transcript called `kind`.
    init(_ kind: String) { isInPass = kind == "aim-pass" }

    /// What the board has to say for `kind`.
    static func keys(_ kind: String) -> String {
        kind.hasPrefix("aim")
            ? """

            [pointing]
            field_stop = "60 urad"
            [pointing.mirror]
            connection = "tcp:127.0.0.1:50000"
            [pointing.camera]
            connection = "aravis:BEACON"
            [pointing.mount]
            connection = "rotctld:127.0.0.1:4533"
            """ : ""
    }

    func obstacle(_ part: String) -> AimRefusal? {
        isInPass ? AimRefusal("a pass has the \(part)", remedy: "pass stop") : nil
    }

    func mirror() throws(AimRefusal) -> MirrorState {
        MirrorState(
            identity: "E-727", tilt: state.withLock { $0.tilt },
            reach: MirrorTilt(a: 1e-3, b: 1e-3))
    }

    func steer(to tilt: MirrorTilt) throws(AimRefusal) -> MirrorState {
        guard abs(tilt.a) <= 1e-3, abs(tilt.b) <= 1e-3 else {
            throw AimRefusal(
                "beyond the mirror's reach", allowed: "1000 urad to either side",
                remedy: "mirror move 500 urad 0 urad")
        }
        state.withLock {
            $0.tilt = tilt
            $0.hasMoved = true
        }
        return try mirror()
    }

    func camera() throws(AimRefusal) -> CameraState {
        let (tilt, exposure) = state.withLock { ($0.tilt, $0.exposure) }
        var seen = CameraState(
            identity: "Camera 7", width: 64, height: 64, fullScale: 4_095, exposure: exposure)
        (seen.mean, seen.highest) = (104.2, 2_210)
        seen.spot = FieldAngle(x: tilt.a, y: tilt.b)
        return seen
    }

    func expose(_ exposure: Picoseconds) throws(AimRefusal) -> CameraState {
        state.withLock { $0.exposure = exposure }
        return try camera()
    }

    func snap() throws(AimRefusal) -> (state: CameraState, path: String) {
        (try camera(), "/var/lib/lodestar/pictures/camera-1.pgm")
    }

    func spots(milliseconds: Int) throws(AimRefusal) -> [FieldAngle] {
        let tilt = state.withLock { $0.tilt }
        return [-1e-6, 0, 1e-6].map { FieldAngle(x: tilt.a + $0, y: tilt.b) }
    }

    func mount() throws(AimRefusal) -> MountState {
        MountState(
            identity: "rotator", direction: state.withLock { $0.direction },
            azimuth: 0...2 * .pi, elevation: 0.0 ... .pi / 2)
    }

    func slew(to direction: SkyDirection) throws(AimRefusal) {
        guard direction.elevation <= .pi / 2 else {
            throw AimRefusal(
                "out of reach", allowed: "elevation 0 to 90 deg",
                remedy: "mount point 180 deg 45 deg")
        }
        state.withLock {
            $0.hasMoved = true
            if direction.azimuth < 5 { $0.direction = direction }
        }
    }

    func halt() throws(AimRefusal) {}

    func makeSafe() -> [String] {
        state.withLock { state in
            guard state.hasMoved else { return [] }
            (state.hasMoved, state.tilt) = (false, .centre)
            return ["mount stopped", "mirror centred"]
        }
    }
}
