/// Satellite time over one block: a parabola about the block's middle.
struct PredictedLine: BitwiseCopyable {
    /// Tag time at the block's middle, ps.
    var tagCentre: Int64 = 0
    /// Satellite time there, ps.
    var satelliteCentre: Int64 = 0
    /// By what fraction satellite time gains on tag time there.
    var slope = 0.0
    /// Half of how that fraction changes, per ps.
    var curvature = 0.0
    /// The time-bias function there, ps per s of bias.
    var basis = 0.0
    /// Slope of ``basis``, ps/s per s of bias.
    var basisSlope = 0.0

    /// Satellite time of what is tagged at `tag` ps.
    func satellite(at tag: Int64) -> Int64 {
        let span = tag &- tagCentre
        let x = Double(span)
        return satelliteCentre &+ span &+ Int64((x * (slope + x * curvature)).rounded())
    }

    /// A beacon measurement `elapsed` seconds from the block's middle.
    func measurement(elapsed: Double, seesOffset: Bool = false) -> ClockMeasurement {
        ClockMeasurement(
            elapsed: elapsed, basis: basis + elapsed * basisSlope, seesOffset: seesOffset)
    }
}
