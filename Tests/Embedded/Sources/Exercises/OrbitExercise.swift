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
    addModels(to: &digest)
    return digest.value
}

/// Element sets of a low orbit and of one in half-day resonance, and the low one's first pass.
private func addModels(to digest: inout Digest) {
    let epoch = UTCInstant(day: 61_119, seconds: 21_600)
    var elements = MeanElements(
        epoch: epoch, meanMotion: 15.2 * MeanElements.radiansPerMinute, eccentricity: 0.0012,
        inclination: 1.7, node: 2.618, perigee: 1.57, meanAnomaly: 0.1745, drag: 1e-4)
    guard let low = try? SGP4(elements),
        let site = try? Site(latitude: 0.64, longitude: 2.0443, height: 80)
    else { return }
    elements.meanMotion = 2.006 * MeanElements.radiansPerMinute
    elements.eccentricity = 0.7
    addStates(of: low, to: &digest)
    if let high = try? SGP4(elements) { addStates(of: high, to: &digest) }
    var search = PassSearch(
        Trajectory(.elements(low), orientation: .zero), site: site, from: epoch,
        to: epoch.adding(86_400))
    guard let found = try? search.next() else { return }
    digest.add(found.duration, inStepsOf: 1e-2)
    digest.add(found.culmination.sight.look.elevation, inStepsOf: 1e-6)
}

private func addStates(of model: SGP4, to digest: inout Digest) {
    for step in 0..<4 {
        guard let state = try? model.state(minutes: Double(step) * 1000) else { continue }
        digest.add(state.position.x, inStepsOf: 1)
        digest.add(state.velocity.z, inStepsOf: 1e-3)
    }
}
