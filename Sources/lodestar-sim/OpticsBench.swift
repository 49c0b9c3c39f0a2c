import LinuxIO
import PayloadHAL
import Quantities
import Simulator
import Synchronization

/// The scene that mirror, camera and tagger of `lodestar-sim optics` share.
final class OpticsBench: CameraScene {
    private struct State {
        var scene: OpticsScene
        /// Up to when the scene was asked for, ps.
        var time: Int64
    }
    private let state: Mutex<State>
    /// What is to be found.
    let truth: OpticsScene.Truth

    /// A bench as `seed` draws it, from now on.
    init(_ setting: OpticsScene.Setting, seed: UInt64) {
        let now = HostClock.now.count
        let scene = OpticsScene(setting, at: now, seed: seed)
        truth = scene.truth
        state = Mutex(State(scene: scene, time: now))
    }

    /// What is before the telescope.
    var light: OpticsScene.Light {
        get { state.withLock { $0.scene.light } }
        set { state.withLock { $0.scene.light = newValue } }
    }

    /// The mirror was told to go to `tilt` now.
    func steer(to tilt: MirrorTilt) {
        let now = HostClock.now.count
        state.withLock { $0.scene.steer(to: tilt, at: now) }
    }

    /// Draws the exposure that ends now; nothing where the picture is not of the scene's size.
    func draw(
        into picture: UnsafeMutableBufferPointer<UInt16>, width: Int, height: Int,
        fullScale: Double, exposure: Int64
    ) -> Int64? {
        state.withLock { state in
            let edge = state.scene.setting.pixels
            guard width == edge, height == edge else { return nil }
            let end = max(HostClock.now.count, state.time)
            // A mirror's past cannot be asked for twice.
            let start = max(end - exposure, state.time)
            state.scene.draw(
                from: start, to: end, exposure: exposure, highest: fullScale, into: picture)
            state.time = end
            return exposure + HostClock.now.count - end
        }
    }

    /// Clicks of all detectors, 1/s, now.
    func clickRate() -> Double {
        state.withLock { $0.scene.clickRate(at: max(HostClock.now.count, $0.time)) }
    }
}
