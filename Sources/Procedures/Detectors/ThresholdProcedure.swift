import BoardFile
import Calibration

/// The discriminators' thresholds: where the rate does not depend on them.
enum ThresholdProcedure {
    private static let (first, last, step) = (80.0, 1_200.0, 20.0)

    static let procedure = CalibrationProcedure(
        .threshold, "discriminator threshold",
        fitted: "the run of equal rates over the threshold, and its middle",
        preparation: "Steady lamp, about 55 kcps in each detector. Wait until it is warm.",
        arguments: [
            .duration(0.1, "how long to count at each threshold"), .rate(55_000, 1e3...1e6),
        ],
        limits: "tagger.thresholds within calibration.limits.threshold", seconds: 5.6
    ) { context throws(ProcedureFailure) in
        var setting = BenchSetting(.lamp(rate: context.argument("rate")))
        let seconds = context.argument("seconds")
        var steps: [[ThresholdStep]] = [[], [], [], []]
        let own = thresholds(context)
        var counted = SIMD4<Double>(repeating: 0)
        var threshold = first
        while threshold < last {
            setting.threshold = threshold
            let counts = try context.count(
                setting, for: seconds, "threshold \(Text.number(threshold)) mV")
            for lane in 0..<4 {
                // Where the board has it: lower down the line's noise alone counts.
                if (threshold - own[lane]).magnitude <= step / 2 {
                    counted[lane] = counts.counts[lane]
                }
                let place = threshold
                steps[lane].append(
                    try context.estimating(lane) { () throws(CalibrationError) in
                        try ThresholdStep(threshold: place, counts: counts, lane: lane)
                    })
            }
            threshold += step
        }
        try context.checkAlive(
            counted, due: context.argument("rate") * seconds, lanes: [0, 1, 2, 3])
        for lane in 0..<4 { try report(steps[lane], lane, context) }
    }

    /// The thresholds of H, V, D and A as the board has them, within the scan, mV.
    private static func thresholds(_ context: ProcedureContext) -> [Double] {
        let levels = context.board.tagger.thresholds
        return [levels.horizontal, levels.vertical, levels.diagonal, levels.antidiagonal].map {
            min(max($0, first), last - step)
        }
    }

    private static func report(
        _ steps: [ThresholdStep], _ lane: Int, _ context: ProcedureContext
    ) throws(ProcedureFailure) {
        let name = DetectorRoles.names[lane]
        let plateau = try context.estimating(lane) { () throws(CalibrationError) in
            try lending(steps) { (steps) throws(CalibrationError) in
                try ThresholdPlateau(UnsafeBufferPointer(steps))
            }
        }
        let own = thresholds(context)[lane]
        context.outcome.add(
            "plateau_middle", name, plateau.centre, unit: "mV",
            limit: CalibrationLimit(own, within: context.limits.threshold), key: "threshold")
        context.outcome.add("plateau_lowest", name, plateau.lowest, unit: "mV")
        context.outcome.add("plateau_highest", name, plateau.highest, unit: "mV")
        context.outcome.histograms.append(
            .init(
                name: "counts per second of \(name)", first: first, step: step, unit: "mV",
                counts: steps.map(\.rate.value)))
    }
}
