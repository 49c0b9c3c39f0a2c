import Calibration

/// Dark counts of all four detectors, with the Fano factor.
enum DarkProcedure {
    static let procedure = CalibrationProcedure(
        .dark, "dark counts and Fano factor",
        fitted: "counts of 10 ms bins: their mean, and variance over mean",
        preparation: "Close the shutter, switch the lamp off, cover the receiver. Let the "
            + "detectors cool for ten minutes.",
        arguments: [.duration(60)],
        limits: "calibration.limits.dark_rate, calibration.limits.fano", seconds: 60
    ) { context throws(ProcedureFailure) in
        var counters: [DarkCounts] = []
        let start = context.bench.time
        for lane in 0..<4 {
            let channel = context.bench.channels[lane]
            counters.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try DarkCounts(channel: channel, start: start)
                })
        }
        try context.expose(
            BenchSetting(.dark), for: context.argument("seconds"), "counting in the dark"
        ) { tags in
            for lane in 0..<4 { counters[lane].take(tags) }
        }
        let limits = context.limits
        for lane in 0..<4 {
            let name = DetectorRoles.names[lane]
            counters[lane].close(at: context.bench.time)
            let counter = counters[lane]
            let found = try context.estimating(lane) { () throws(CalibrationError) in
                try counter.result()
            }
            context.outcome.add(
                "dark_rate", name, found.rate, unit: "cps",
                limit: CalibrationLimit(highest: limits.darkRate), key: "dark_rate")
            context.outcome.add(
                "fano", name, found.fano, unit: "", limit: CalibrationLimit(highest: limits.fano),
                key: "fano")
            if found.rate.counts == 0 {
                context.outcome.notes.append(
                    "detector \(name) gave no count at all: a detector without dark counts is "
                        + "switched off, gated off or blinded")
            }
        }
    }
}
