import Calibration
import TimeTags

/// Dead times of all four detectors, from the intervals between their clicks.
enum DeadTimeProcedure {
    private static let binWidth: Int64 = 100

    static let procedure = CalibrationProcedure(
        .deadTime, "dead time",
        fitted: "the edge of the histogram of intervals, by area",
        preparation: "Steady lamp, about 1 Mcps in each detector.",
        arguments: [.duration(0.5), .rate(1e6, 5e4...3e6)],
        limits: "calibration.limits.dead_time +- dead_time_tolerance; without it up to "
            + "gate.dead_time",
        seconds: 0.5
    ) { context throws(ProcedureFailure) in
        let found = try measure(
            context, rate: context.argument("rate"), seconds: context.argument("seconds"),
            isKept: true)
        let limits = context.limits
        let limit =
            limits.deadTime.map {
                CalibrationLimit(Double($0), within: Double(limits.deadTimeTolerance))
            } ?? CalibrationLimit(lowest: 1_000, highest: Double(context.board.gate.deadTime))
        for lane in 0..<4 {
            let name = DetectorRoles.names[lane]
            context.outcome.add(
                "dead_time", name, found[lane].deadTime, unit: "ps", limit: limit,
                key: "dead_time")
            let early = Double(found[lane].violations)
            let all = max(Double(found[lane].deadTime.counts), 1)
            context.outcome.add(
                "early_share", name,
                Estimate(
                    value: early / all, sigma: max(early, 1).squareRoot() / all,
                    counts: found[lane].violations), unit: "")
        }
    }

    /// Dead times of the four detectors in light of `rate` counts per second.
    ///
    /// - Parameter isKept: Whether the histograms belong to the record.
    static func measure(
        _ context: ProcedureContext, rate: Double, seconds: Double, isKept: Bool = false
    ) throws(ProcedureFailure) -> [DeadTime.Result] {
        // To 50 ns beyond the longest dead time that the board allows for.
        let reach = max(context.board.gate.deadTime, 50_000) + 60_000
        let bins = Int(reach / binWidth)
        let memory = Bins(4 * bins)
        var histograms: [IntervalHistogram] = []
        for lane in 0..<4 {
            let (channel, part) = (context.bench.channels[lane], memory.part(lane, of: 4))
            histograms.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try IntervalHistogram(channel, part, binWidth)
                })
        }
        var total = SIMD4<Double>(repeating: 0)
        try context.expose(
            BenchSetting(.lamp(rate: rate)), for: seconds, "counting intervals"
        ) { tags in
            for histogram in histograms { histogram.take(tags) }
            for tag in tags where tag.kind == .detection {
                for lane in 0..<4 where context.bench.channels[lane] == tag.channel {
                    total[lane] += 1
                }
            }
        }
        try context.checkAlive(total, due: rate * seconds, lanes: [0, 1, 2, 3])
        var found: [DeadTime.Result] = []
        for lane in 0..<4 {
            found.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try histograms[lane].result()
                })
            guard isKept else { continue }
            context.outcome.histograms.append(
                .init(
                    name: "intervals of \(DetectorRoles.names[lane])", first: 0,
                    step: Double(binWidth), unit: "ps",
                    counts: memory.part(lane, of: 4).map(Double.init)))
        }
        return found
    }
}

/// An estimator that cannot be copied, kept where an array can hold it.
private final class IntervalHistogram {
    private var measurement: DeadTime

    init(
        _ channel: UInt8, _ memory: UnsafeMutableBufferPointer<Int64>, _ binWidth: Int64
    ) throws(CalibrationError) {
        measurement = try DeadTime(channel: channel, histogram: memory, binWidth: binWidth)
    }

    func take(_ tags: UnsafeBufferPointer<TimeTag>) { measurement.take(tags) }
    func result() throws(CalibrationError) -> DeadTime.Result { try measurement.result() }
}
