import Calibration
import TimeTags

/// Cross-talk and back-flash between each pair of detectors.
enum CrosstalkProcedure {
    static let procedure = CalibrationProcedure(
        .crosstalk, "cross-talk and back-flash",
        fitted: "pairs within 10 ns, less those at 20 to 220 ns",
        preparation: "Steady lamp on one detector at a time, about 0.5 Mcps; the others dark.",
        arguments: [
            .duration(2, "how long to count with each detector lit"), .rate(500_000, 1e4...1e6),
        ],
        limits: "calibration.limits.crosstalk", seconds: 8
    ) { context throws(ProcedureFailure) in
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        let limit = CalibrationLimit(highest: context.limits.crosstalk)
        for lit in 0..<4 {
            var pairs: [(other: Int, measurement: Pair)] = []
            for other in 0..<4 where other != lit {
                pairs.append((other, try Pair(context, lit, other)))
            }
            var setting = BenchSetting(.lamp(rate: rate))
            setting.only = lit
            var counter = RateCounts(context.bench.channels)
            try context.expose(
                setting, for: seconds, "detector \(DetectorRoles.names[lit]) lit"
            ) { tags in
                counter.take(tags)
                for pair in pairs { pair.measurement.take(tags) }
            }
            try context.checkAlive(counter.counts, due: rate * seconds, lanes: [lit])
            for pair in pairs {
                let measurement = pair.measurement
                let found = try context.estimating(lit) { () throws(CalibrationError) in
                    try measurement.result()
                }
                let names = DetectorRoles.names
                context.outcome.add(
                    "crosstalk_to_\(names[pair.other])", names[lit], found, unit: "",
                    limit: limit, key: "crosstalk")
            }
        }
    }

    /// One pair of detectors.
    private final class Pair {
        private var crosstalk: Crosstalk

        init(_ context: ProcedureContext, _ lit: Int, _ other: Int) throws(ProcedureFailure) {
            do throws(CalibrationError) {
                crosstalk = try Crosstalk(
                    lit: context.bench.channels[lit], dark: context.bench.channels[other])
            } catch {
                throw .estimate(error, detector: DetectorRoles.names[lit])
            }
        }

        func take(_ tags: UnsafeBufferPointer<TimeTag>) { crosstalk.take(tags) }
        func result() throws(CalibrationError) -> Estimate { try crosstalk.result() }
    }
}
