import Calibration

/// Background of the four detectors, from the clicks between a laser's pulses.
enum BackgroundProcedure {
    static let procedure = CalibrationProcedure(
        .background, "background",
        fitted: "the rate outside the bins of the laser's pulses",
        preparation: "Pulsed laser of 10 MHz, weak: about 10 kcps; telescope open to the dark sky.",
        arguments: [.duration(2), .rate(10_000, 1e3...1e5)],
        limits: "calibration.limits.background", seconds: 2
    ) { context throws(ProcedureFailure) in
        let response = try ResponseMeasurement(context)
        try response.take(
            context, rate: context.argument("rate"), seconds: context.argument("seconds"),
            "counting between the pulses")
        response.keep(in: context)
        let gate = Double(context.board.gate.width)
        for lane in 0..<4 {
            let (name, histogram) = (DetectorRoles.names[lane], response.histogram(lane))
            let seconds = response.seconds
            let light = try context.estimating(lane) { () throws(CalibrationError) in
                let shape = try ResponseShape(histogram)
                let middle = Int(shape.peak / histogram.binWidth)
                let bins = histogram.counts.count
                // A fifth of the period before the peak, where no tail is, to one behind it.
                let from = max(middle - bins / 10, 0)
                return try BackgroundLight(
                    histogram, outside: from...min(middle + bins * 3 / 10, bins - 1), gate: gate,
                    seconds: seconds)
            }
            context.outcome.add(
                "background", name, light.rate, unit: "cps",
                limit: CalibrationLimit(highest: context.limits.background), key: "background")
        }
        context.outcome.notes.append("dark counts and after-pulses of the laser's light are in it")
    }
}
