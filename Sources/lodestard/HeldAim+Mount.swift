import BoardFile
import LinuxIO
import PayloadHAL
import PointingInstruments
import Quantities
import Shell
import Synchronization

extension HeldAim {
    func mount() throws(AimRefusal) -> MountState {
        let keys = board().pointing?.mount
        return try usingMount { (mount) throws(InstrumentProblem) in
            let (own, degree) = (mount.limits, Double.pi / 180)
            let lowest = max((keys?.azimuthLowest ?? 0) * degree, own.azimuth.lowerBound)
            let highest = min((keys?.azimuthHighest ?? 0) * degree, own.azimuth.upperBound)
            let floor = max(own.elevation.lowerBound, 0)
            return MountState(
                identity: mount.identity, direction: try mount.direction(),
                azimuth: lowest...max(lowest, highest),
                elevation: floor...max(floor, min(own.elevation.upperBound, .pi / 2)))
        }
    }

    func slew(to direction: SkyDirection) throws(AimRefusal) {
        let state = try mount()
        func text(_ value: Double) -> String { "\((value * 18_000 / .pi).rounded() / 100)" }
        guard state.azimuth.contains(direction.azimuth),
            state.elevation.contains(direction.elevation)
        else {
            let (a, e) = (state.azimuth, state.elevation)
            throw AimRefusal(
                "azimuth \(text(direction.azimuth)) deg, elevation \(text(direction.elevation)) deg "
                    + "is out of reach",
                allowed: "azimuth \(text(a.lowerBound)) to \(text(a.upperBound)) deg, elevation "
                    + "\(text(e.lowerBound)) to \(text(e.upperBound)) deg (pointing.mount, and the "
                    + "mount's own limits)", remedy: "mount point 180 deg 45 deg")
        }
        if let refusal = SunKeeper(board()).refusal(from: state.direction, to: direction) {
            throw refusal
        }
        hasMovedMount.store(true, ordering: .releasing)
        try usingMount { (mount) throws(InstrumentProblem) in try mount.slew(to: direction) }
    }

    func halt() throws(AimRefusal) {
        try DeviceWait.whole { () throws(AimRefusal) in
            try usingMount { (mount) throws(InstrumentProblem) in try mount.halt() }
        }
        hasMovedMount.store(false, ordering: .releasing)
    }
}
