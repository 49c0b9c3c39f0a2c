/// The time-bias function: how far a light-time prediction that is early by 1 s is off.
///
/// What phase, frequency and acceleration could take over is left out from an anchor on, so that
/// the filter does not confuse them with the bias. Before there is an anchor the function is 0.
struct TimeBias: BitwiseCopyable {
    /// Where the function starts, and the prediction's derivatives there.
    private struct Anchor: BitwiseCopyable {
        var satellite: Int64
        var first: Double
        var second: Double
        var third: Double
    }

    private var anchor: Anchor?

    /// Whether the function has a start.
    var isAnchored: Bool { anchor != nil }

    /// A function without an anchor.
    init() {}

    /// Starts the function at satellite time `satellite` ps.
    init(anchoredAt satellite: Int64, in prediction: inout LightTimeTable) {
        let step: Int64 = 500_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite - step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite + step)
        let before2 = prediction.lightTime(at: satellite - 2 * step)
        let after2 = prediction.lightTime(at: satellite + 2 * step)
        let third = (after2 - 2 * after + 2 * before - before2) / (2 * h * h * h)
        anchor = Anchor(
            satellite: satellite, first: (after - before) / (2 * h),
            second: (after - 2 * here + before) / (h * h), third: third)
    }

    /// Value, ps per s of bias, and slope, ps/s per s, at satellite time `satellite` ps.
    func basis(
        at satellite: Int64, in prediction: inout LightTimeTable
    ) -> (value: Double, slope: Double) {
        guard let anchor else { return (0, 0) }
        let step: Int64 = 50_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite &- step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite &+ step)
        let x = Double(satellite &- anchor.satellite) * 1e-12
        let value =
            (after - before) / (2 * h)
            - (anchor.first + x * (anchor.second + 0.5 * x * anchor.third))
        let slope = (after - 2 * here + before) / (h * h) - (anchor.second + x * anchor.third)
        return (value, slope)
    }
}
