import Calibration

/// Efficiencies of the four detectors relative to each other.
enum EfficiencyProcedure {
    static let procedure = CalibrationProcedure(
        .efficiency, "relative efficiency",
        fitted: "corrected rates over their mean; largest over smallest",
        preparation: "Unpolarised steady lamp, about 160 kcps in each detector.",
        arguments: [.duration(2), .rate(160_000, 1e3...5e5)],
        limits: "calibration.limits.mismatch", seconds: 2
    ) { context throws(ProcedureFailure) in
        let dark = try context.darkRates()
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        let counts = try context.count(
            BenchSetting(.lamp(rate: rate)), for: seconds, "counting in unpolarised light")
        try context.checkAlive(counts.counts, due: rate * seconds, lanes: [0, 1, 2, 3])
        var rates: [Estimate] = []
        for lane in 0..<4 {
            let correction = try context.correction(lane)
            rates.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try correction.rate(of: counts.counts[lane], in: counts.seconds)
                }.minus(dark[lane]))
        }
        let all = rates
        let result = try context.estimating(nil) { () throws(CalibrationError) in
            try RelativeEfficiency(all[0], all[1], all[2], all[3])
        }
        for lane in 0..<4 {
            context.outcome.add(
                "relative_efficiency", DetectorRoles.names[lane],
                Estimate(
                    value: result.values[lane], sigma: result.sigmas[lane],
                    counts: rates[lane].counts), unit: "")
        }
        context.outcome.add(
            "efficiency_mismatch", nil, result.mismatch, unit: "",
            limit: CalibrationLimit(lowest: 1, highest: context.limits.mismatch), key: "mismatch")
    }
}
