import Calibration
import TimeTags

/// Histograms of the four detectors' clicks after a laser's pulses.
final class ResponseMeasurement {
    /// Time between the laser's pulses, and between those of its sync output, ps.
    static let (period, sync): (Int64, Int64) = (100_000, 1_000_000)
    private static let bins = 10_000

    private let memory = Bins(4 * ResponseMeasurement.bins)
    private var recorder: ResponseRecorder
    /// Time for which it counted, s.
    private(set) var seconds = 0.0

    /// - Parameter holdOff: Clicks sooner after one of the same detector, ps, are left out.
    init(_ context: ProcedureContext, holdOff: Int64 = 0) throws(ProcedureFailure) {
        do throws(CalibrationError) {
            recorder = try ResponseRecorder(
                channels: context.bench.channels, sync: context.bench.syncChannel,
                period: Double(Self.period), syncPeriod: Double(Self.sync), memory: memory.all,
                holdOff: holdOff)
        } catch {
            throw .estimate(error, detector: nil)
        }
    }

    /// Counts in laser light of `rate` counts per second; refuses dead detectors.
    func take(
        _ context: ProcedureContext, rate: Double, seconds: Double, _ text: String
    ) throws(ProcedureFailure) {
        let light = BenchSetting.Light.laser(rate: rate, period: Self.period, sync: Self.sync)
        var counter = RateCounts(context.bench.channels)
        try context.expose(BenchSetting(light), for: seconds, text) { tags in
            counter.take(tags)
            recorder.take(tags)
        }
        self.seconds += seconds
        try context.checkAlive(counter.counts, due: rate * seconds, lanes: [0, 1, 2, 3])
        guard (0..<4).contains(where: { histogram($0).total > 0 }) else {
            throw .bench(
                "no sync edge of the laser came on tagger input \(context.bench.syncChannel): "
                    + "connect the laser's sync output there. Nothing was recorded")
        }
    }

    func histogram(_ lane: Int) -> PhaseHistogram { recorder.histograms[lane] }

    /// The histograms for the record.
    func keep(in context: ProcedureContext, _ suffix: String = "") {
        for lane in 0..<4 {
            context.outcome.histograms.append(
                .init(
                    name: "delays of \(DetectorRoles.names[lane])\(suffix)", first: 0,
                    step: Double(Self.period) / Double(Self.bins), unit: "ps",
                    counts: histogram(lane).counts.map(Double.init)))
        }
    }
}
