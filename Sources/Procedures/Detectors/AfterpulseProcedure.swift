import Calibration

/// After-pulsing probabilities of all four detectors.
enum AfterpulseProcedure {
    static let procedure = CalibrationProcedure(
        .afterpulse, "after-pulsing",
        fitted: "the exponential tail of the intervals, carried back to the dead time",
        preparation: "Steady lamp, about 190 kcps in each detector and not above 200.",
        arguments: [.duration(6), .rate(190_000, 2e4...2.2e5)],
        limits: "calibration.limits.afterpulsing", seconds: 6
    ) { context throws(ProcedureFailure) in
        let times = try context.deadTimes()
        var measurements: [Afterpulsing] = []
        for lane in 0..<4 {
            let (channel, time) = (context.bench.channels[lane], times[lane])
            measurements.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try Afterpulsing(channel: channel, deadTime: time)
                })
        }
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        var counter = RateCounts(context.bench.channels)
        try context.expose(
            BenchSetting(.lamp(rate: rate)), for: seconds, "counting intervals"
        ) { tags in
            counter.take(tags)
            for lane in 0..<4 { measurements[lane].take(tags) }
        }
        try context.checkAlive(counter.counts, due: rate * seconds, lanes: [0, 1, 2, 3])
        for lane in 0..<4 {
            let name = DetectorRoles.names[lane]
            let measurement = measurements[lane]
            let found = try context.estimating(lane) { () throws(CalibrationError) in
                try measurement.result()
            }
            context.outcome.add(
                "afterpulsing", name, found.probability, unit: "",
                limit: CalibrationLimit(highest: context.limits.afterpulsing),
                key: "afterpulsing")
            if found.isBiased {
                context.outcome.notes.append(
                    "detector \(name) counted \(Text.number(found.rate / 1e3, 3)) kcps: above 220 "
                        + "the value comes out too high")
            }
        }
    }
}
