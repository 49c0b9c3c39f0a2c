import Calibration

/// How the interlock answers bright light, and how the detectors recover.
enum InterlockProcedure {
    static let procedure = CalibrationProcedure(
        .interlock, "interlock against bright light, and recovery",
        fitted: "from the light's coming (live: its first tag) to the last click, and from its "
            + "going to the first",
        preparation: "Attenuated bright light that can be switched, 10 Mcps; begin with the filter "
            + "that holds it at 1 Mcps, and look at the gates.",
        arguments: [
            CalibrationArgument(
                "cycles", "over-exposures of each detector", CalibrationArgument.none, usual: 40,
                5...1_000)
        ],
        limits: "calibration.limits.reaction, calibration.limits.recovery; every cycle blanked",
        seconds: 6.7
    ) { context throws(ProcedureFailure) in
        // A detector with too much light as it is must not be given more.
        try context.expose(BenchSetting(.dark), for: 0.1, "looking before bright light") { _ in }
        for lane in 0..<4 {
            let channel = context.bench.channels[lane]
            var response = try context.estimating(lane) { () throws(CalibrationError) in
                try InterlockResponse(
                    channel: channel, settling: 8_000_000_000,
                    marksEnd: context.bench.marksLightEnd)
            }
            try context.overExpose(lane, cycles: Int(context.argument("cycles"))) {
                response.take($0)
            }
            let taken = response
            let found = try context.estimating(lane) { () throws(CalibrationError) in
                try taken.result()
            }
            report(found, DetectorRoles.names[lane], context)
        }
        if !context.bench.marksLightEnd {
            context.outcome.notes.append(
                "recovery needs light that goes on an order; switched by hand it was not measured")
        }
    }

    private static func report(
        _ found: InterlockResponse.Result, _ name: String, _ context: ProcedureContext
    ) {
        let limits = context.limits
        context.outcome.add(
            "reaction", name, scaled(found.reaction), unit: "us",
            limit: CalibrationLimit(highest: Double(limits.reaction) * 1e-6), key: "reaction")
        context.outcome.add(
            "longest_reaction", name,
            Estimate(
                value: found.longestReaction * 1e-6, sigma: 0, counts: found.reaction.counts),
            unit: "us", limit: CalibrationLimit(highest: Double(limits.reaction) * 1e-6),
            key: "reaction")
        if let recovery = found.recovery {
            context.outcome.add(
                "recovery", name, scaled(recovery), unit: "us",
                limit: CalibrationLimit(highest: Double(limits.recovery) * 1e-6), key: "recovery")
        }
        context.outcome.add(
            "cycles_not_blanked", name,
            Estimate(
                value: Double(found.unblanked), sigma: 0, counts: found.reaction.counts),
            unit: "", limit: CalibrationLimit(highest: 0), key: nil)
    }

    private static func scaled(_ estimate: Estimate) -> Estimate {
        Estimate(
            value: estimate.value * 1e-6, sigma: estimate.sigma * 1e-6, counts: estimate.counts)
    }
}
