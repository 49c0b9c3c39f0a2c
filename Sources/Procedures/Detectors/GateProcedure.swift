import Calibration

/// When each detector's gate is open, and what the common gate leaves of each.
enum GateProcedure {
    private static let (first, width, step, count) = (-3_000.0, 2_000.0, 50.0, 80)

    static let procedure = CalibrationProcedure(
        .gate, "gate delay and width, and the mismatch they make",
        fitted: "counts over the delay of the gate: centroid, area over plateau, shares kept",
        preparation: "Pulsed laser of 10 MHz, gates of 2 ns that can be delayed in steps of 50 ps, "
            + "about 275 kcps in each detector while the gate is open.",
        arguments: [
            .duration(0.02, "how long to count at each delay"), .rate(275_000, 1e3...1e6),
        ],
        limits: "calibration.limits.gate_mismatch", seconds: 1.6
    ) { context throws(ProcedureFailure) in
        let dark = try context.darkRates()
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        let light = BenchSetting.Light.laser(
            rate: rate, period: ResponseMeasurement.period, sync: 100_000_000)
        var counts: [SIMD4<Double>] = []
        var most = SIMD4<Double>(repeating: 0)
        for place in 0..<count {
            var setting = BenchSetting(light)
            let delay = first + Double(place) * step
            setting.gate = .init(delay: delay, width: width)
            let found = try context.count(
                setting, for: seconds, "gate \(Text.number(delay)) ps after the pulse")
            counts.append(found.counts)
            most = pointwiseMax(most, found.counts)
        }
        try context.checkAlive(most, due: rate * seconds, lanes: [0, 1, 2, 3])
        // Dark counts come only while the gate is open.
        var background = SIMD4<Double>(repeating: 0)
        let open = width / Double(ResponseMeasurement.period) * seconds
        for lane in 0..<4 { background[lane] = dark[lane].value * open }
        try report(counts, background, context)
    }

    private static func report(
        _ counts: [SIMD4<Double>], _ background: SIMD4<Double>, _ context: ProcedureContext
    ) throws(ProcedureFailure) {
        var values: [(String, Int?, Estimate)] = []
        let mismatch = try context.estimating(nil) { () throws(CalibrationError) in
            try lending(counts) { (buffer) throws(CalibrationError) in
                let scan = try GateScan(buffer, step: step, background: background)
                for lane in 0..<4 {
                    var centre = scan.centre(lane)
                    centre.value += first + width / 2
                    values.append(("gate_delay", lane, centre))
                    values.append(("gate_width", lane, try scan.width(lane)))
                }
                return try scan.gate(first: 22, length: 36).mismatch
            }
        }
        for (name, lane, estimate) in values {
            context.outcome.add(
                name, lane.map { DetectorRoles.names[$0] }, estimate, unit: "ps")
        }
        context.outcome.add(
            "gate_mismatch", nil, mismatch, unit: "",
            limit: CalibrationLimit(lowest: 1, highest: context.limits.gateMismatch),
            key: "gate_mismatch")
        for lane in 0..<4 {
            context.outcome.histograms.append(
                .init(
                    name: "counts of \(DetectorRoles.names[lane])", first: first, step: step,
                    unit: "ps", counts: counts.map { $0[lane] }))
        }
    }
}
