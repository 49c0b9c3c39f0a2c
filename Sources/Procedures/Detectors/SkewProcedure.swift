import Calibration

/// Skews of the channels, at three rates.
enum SkewProcedure {
    private static let rates = [30_000.0, 100_000, 300_000]

    static let procedure = CalibrationProcedure(
        .skew, "channel skew at three rates",
        fitted: "centroids of the delays, and the maximum of their cross-correlation",
        preparation: "Pulsed laser of 10 MHz into all four detectors, unpolarised; its sync output "
            + "(1 MHz) on the beacon's input; filters for 30, 100 and 300 kcps.",
        arguments: [
            CalibrationArgument(
                "counts", "counts in each detector at each rate", CalibrationArgument.none,
                usual: 20_000, 1_000...1e8)
        ],
        limits: "what [channels] leaves within calibration.limits.skew", seconds: 0.94
    ) { context throws(ProcedureFailure) in
        var centroids: [[Estimate]] = []
        for rate in rates {
            let response = try ResponseMeasurement(context, holdOff: 400_000)
            try response.take(
                context, rate: rate, seconds: context.argument("counts") / rate,
                "laser at \(Text.number(rate / 1e3)) kcps")
            response.keep(in: context, " at \(Text.number(rate / 1e3)) kcps")
            var found: [Estimate] = []
            for lane in 0..<4 {
                let histogram = response.histogram(lane)
                found.append(
                    try context.estimating(lane) { () throws(CalibrationError) in
                        try ChannelSkew.centroid(histogram)
                    })
            }
            centroids.append(found)
            if rate == rates[1] { try reportCorrelation(response, context) }
        }
        try report(centroids, context)
    }

    /// Skews against the mean of all four, so that none of them is special.
    private static func report(
        _ centroids: [[Estimate]], _ context: ProcedureContext
    ) throws(ProcedureFailure) {
        let skews = context.inputs.skews
        let nominal = skews - skews.sum() / 4
        for lane in 0..<4 {
            let name = DetectorRoles.names[lane]
            var byRate: [Estimate] = []
            for found in centroids { byRate.append(relative(found, lane)) }
            // The three rates together, weighted by what each knows.
            var (weight, sum, counts) = (0.0, 0.0, Int64(0))
            for estimate in byRate {
                let own = 1 / max(estimate.sigma * estimate.sigma, 1e-9)
                weight += own
                sum += own * estimate.value
                counts += estimate.counts
            }
            let skew = Estimate(
                value: sum / weight, sigma: (1 / weight).squareRoot(), counts: counts)
            context.outcome.add("skew", name, skew, unit: "ps")
            let left = Estimate(
                value: skew.value - nominal[lane], sigma: skew.sigma, counts: counts)
            context.outcome.add(
                "skew_left", name, left, unit: "ps",
                limit: CalibrationLimit(0, within: Double(context.limits.skew)), key: "skew")
            context.outcome.add("walk", name, byRate[2].minus(byRate[0]), unit: "ps")
        }
    }

    /// The centroid of `lane` less the mean of all, with the uncertainty of both.
    private static func relative(_ found: [Estimate], _ lane: Int) -> Estimate {
        let mean = found.map(\.value).reduce(0, +) / 4
        var variance = 0.0
        for other in 0..<4 {
            let share = other == lane ? 0.75 : 0.25
            variance += share * share * found[other].sigma * found[other].sigma
        }
        return Estimate(
            value: found[lane].value - mean, sigma: variance.squareRoot(),
            counts: found[lane].counts)
    }

    private static func reportCorrelation(
        _ response: ResponseMeasurement, _ context: ProcedureContext
    ) throws(ProcedureFailure) {
        for lane in 1..<4 {
            let (first, other) = (response.histogram(0), response.histogram(lane))
            let skew = try context.estimating(lane) { () throws(CalibrationError) in
                try ChannelSkew.byCorrelation(first, other)
            }
            context.outcome.add(
                "skew_to_H_by_correlation", DetectorRoles.names[lane], skew, unit: "ps")
        }
    }
}
