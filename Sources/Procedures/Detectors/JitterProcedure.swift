import Calibration

/// Timing responses: widths and tails.
enum JitterProcedure {
    static let procedure = CalibrationProcedure(
        .jitter, "timing jitter and tail",
        fitted: "top, flanks and tail of the delays after a laser's pulses, as Poisson counts",
        preparation: "Pulsed laser of 10 MHz and less than 100 ps, its sync output (1 MHz) on the "
            + "beacon's input, about 110 kcps in each detector.",
        arguments: [.duration(1), .rate(110_000, 1e3...3e5)],
        limits: "calibration.limits.jitter, calibration.limits.tenth_width", seconds: 1
    ) { context throws(ProcedureFailure) in
        let response = try ResponseMeasurement(context)
        try response.take(
            context, rate: context.argument("rate"), seconds: context.argument("seconds"),
            "counting delays")
        response.keep(in: context)
        for lane in 0..<4 {
            let (name, histogram) = (DetectorRoles.names[lane], response.histogram(lane))
            let shape = try context.estimating(lane) { () throws(CalibrationError) in
                try ResponseShape(histogram)
            }
            context.outcome.add(
                "jitter_fwhm", name, shape.halfWidth, unit: "ps",
                limit: CalibrationLimit(highest: Double(context.limits.jitter)), key: "jitter")
            context.outcome.add(
                "jitter_fw10m", name, shape.tenthWidth, unit: "ps",
                limit: CalibrationLimit(highest: Double(context.limits.tenthWidth)),
                key: "tenth_width")
            if let tail = shape.tail { context.outcome.add("tail", name, tail, unit: "ps") }
        }
        context.outcome.notes.append("the widths hold laser, detector and tagger together")
    }
}
