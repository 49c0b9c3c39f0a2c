import Calibration

/// How the corrected rates follow the light, up to 2 Mcps.
enum LinearityProcedure {
    /// Transmittance of the filters, and how long to count behind them, s.
    private static let steps = [(0.02, 5.0), (0.05, 4), (0.09, 3), (1, 0.4)]

    static let procedure = CalibrationProcedure(
        .linearity, "linearity and saturation",
        fitted: "the corrected rate against the light; dead time from the rates alone",
        preparation:
            "Steady lamp, about 1.9 Mcps in each detector without filters; neutral-density "
            + "filters of known transmittance 0.02, 0.05 and 0.09.",
        // A tenth more efficient than the others, a detector is still below 2.1 Mcps.
        arguments: [.rate(1_900_000, 5e5...3e6)],
        limits: "calibration.limits.linearity", seconds: 12.4
    ) { context throws(ProcedureFailure) in
        let dark = try context.darkRates()
        var corrections: [RateCorrection] = []
        for lane in 0..<4 { corrections.append(try context.correction(lane)) }
        let rate = context.argument("rate")
        var found: [[LightStep]] = [[], [], [], []]
        var total = SIMD4<Double>(repeating: 0)
        var due = 0.0
        for (transmittance, seconds) in steps {
            var setting = BenchSetting(.lamp(rate: rate))
            setting.transmittance = transmittance
            let counts = try context.count(
                setting, for: seconds, "filters of \(Text.number(transmittance))")
            total += counts.counts
            due += rate * transmittance * seconds
            for lane in 0..<4 {
                found[lane].append(
                    LightStep(
                        light: transmittance, counts: counts.counts[lane], seconds: counts.seconds))
            }
        }
        try context.checkAlive(total, due: due, lanes: [0, 1, 2, 3])
        for lane in 0..<4 {
            let (name, correction) = (DetectorRoles.names[lane], corrections[lane])
            let (own, darkness) = (found[lane], dark[lane])
            let result = try context.estimating(lane) { () throws(CalibrationError) in
                try lending(own) { (steps) throws(CalibrationError) in
                    try Linearity(
                        UnsafeBufferPointer(steps), dark: darkness, correction: correction)
                }
            }
            let limit = context.limits.linearity
            context.outcome.add(
                "departure", name, result.departure, unit: "",
                limit: CalibrationLimit(0, within: limit), key: "linearity")
            context.outcome.add("dead_time_from_rates", name, result.deadTime, unit: "ps")
            context.outcome.histograms.append(
                .init(
                    name: "counts of \(name) behind filters \(steps.map(\.0))", first: 0, step: 1,
                    unit: "step", counts: own.map(\.counts)))
            if let light = result.blindingLight {
                context.outcome.notes.append(
                    "detector \(name) falls silent at light \(Text.number(light)): it can be "
                        + "blinded")
            }
        }
    }
}
