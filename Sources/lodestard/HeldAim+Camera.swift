import BoardFile
import LinuxIO
import PayloadHAL
import PointingInstruments
import Quantities
import Shell

extension HeldAim {
    func camera() throws(AimRefusal) -> CameraState { try look { _, _ in } }

    func expose(_ exposure: Picoseconds) throws(AimRefusal) -> CameraState {
        try usingCamera { (camera) throws(InstrumentProblem) in
            try camera.start()
            try camera.setExposure(exposure)
            // Those that were under way have the old exposure.
            for _ in 0..<12 { _ = try camera.picture(within: .milliseconds(1_000)) }
        }
        return try look { _, _ in }
    }

    func snap() throws(AimRefusal) -> (state: CameraState, path: String) {
        let path = PictureFile.freePath(in: pictures)
        var problem: String?
        let state = try look { camera, _ in
            problem = PictureFile.write(camera.pixels, camera.format, to: path)
        }
        if let problem {
            throw AimRefusal("the picture cannot be kept as \(path): \(problem)")
        }
        return (state, path)
    }

    func spots(milliseconds: Int) throws(AimRefusal) -> [FieldAngle] {
        guard let fine = board().pointing?.camera else { return [] }
        let end = HostClock.now.later(by: .milliseconds(Int64(milliseconds)))
        return try usingCamera { (camera) throws(InstrumentProblem) in
            try camera.start()
            var eye = CameraEye(fine, behind: camera)
            var spots: [FieldAngle] = []
            // Ends with the time: the camera sends at most some thousand in a second.
            repeat {
                _ = try camera.picture(within: .milliseconds(1_000))
                if let spot = eye.spot(of: camera) { spots.append(spot) }
            } while HostClock.now < end
            return spots
        }
    }

    /// Takes a picture, the newest there is.
    private func look(
        _ body: (any CameraHandle, CameraEye.View) -> Void
    ) throws(AimRefusal) -> CameraState {
        guard let fine = board().pointing?.camera else { throw AimRefusal("no [pointing]") }
        return try usingCamera { (camera) throws(InstrumentProblem) in
            try camera.start()
            // The camera's ring may hold old ones.
            for _ in 0..<12 { _ = try camera.picture(within: .milliseconds(1_000)) }
            var eye = CameraEye(fine, behind: camera)
            let view = eye.look(at: camera)
            body(camera, view)
            var state = CameraState(
                identity: camera.identity, width: camera.format.width,
                height: camera.format.height, fullScale: Int(camera.format.fullScale),
                exposure: camera.exposure)
            (state.mean, state.highest) = (view.mean, Int(view.highest))
            (state.saturated, state.spot) = (view.saturated, view.spot)
            return state
        }
    }
}
