import Orbit

/// A pass of a 500 km orbit: times, light time to a nanosecond, direction to a microradian.
///
/// Coarser than the arithmetic, because sine and arc tangent come from another library there.
func orbitExercise() -> UInt64 {
    var digest = Digest()
    let pass = CircularPass(
        CircularPass.Elements(
            altitude: 500_000, culmination: 1.406_72, lowestElevation: 0.174_53,
            inclination: 1.700_05, latitude: 0.640_01))
    digest.add(pass.duration, inStepsOf: 1e-6)
    for step in 0..<40 {
        let look = pass.look(at: Double(step) * 10)
        digest.add(look.lightTime, inStepsOf: 1_000)
        digest.add(look.elevation, inStepsOf: 1e-6)
        digest.add(look.azimuth, inStepsOf: 1e-6)
    }
    return digest.value
}
