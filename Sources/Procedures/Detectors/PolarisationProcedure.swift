import Calibration
import Quantities

/// Contrast and alignment of the four polarisation analysers.
enum PolarisationProcedure {
    private static let (count, step) = (36, 5.0)
    /// Plate phases at which H, V, D and A see most.
    private static let expected = [0, Double.pi, Double.pi / 2, -Double.pi / 2]

    static let procedure = CalibrationProcedure(
        .polarisation, "polarisation contrast and alignment",
        fitted: "A (1 + V cos(4 theta - phi)) over the angle of a half-wave plate",
        preparation: "Polarised steady lamp, half-wave plate in a rotary stage, about 160 kcps "
            + "in each detector on average.",
        arguments: [
            .duration(0.1, "how long to count at each angle"), .rate(160_000, 1e3...5e5),
        ],
        limits: "calibration.limits.extinction, calibration.limits.alignment", seconds: 3.6
    ) { context throws(ProcedureFailure) in
        let dark = try context.darkRates()
        var corrections: [RateCorrection] = []
        for lane in 0..<4 { corrections.append(try context.correction(lane)) }
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        var steps: [[WavePlateStep]] = [[], [], [], []]
        var total = SIMD4<Double>(repeating: 0)
        for place in 0..<count {
            var setting = BenchSetting(.lamp(rate: rate))
            let degrees = Double(place) * step
            setting.plate = degrees
            let counts = try context.count(
                setting, for: seconds, "half-wave plate at \(Text.number(degrees)) degrees")
            total += counts.counts
            for lane in 0..<4 {
                steps[lane].append(
                    WavePlateStep(
                        angle: degrees * .pi / 180, counts: counts.counts[lane],
                        seconds: counts.seconds))
            }
        }
        try context.checkAlive(
            total, due: rate * seconds * Double(count), lanes: [0, 1, 2, 3])
        var scans: [PolarisationScan] = []
        for lane in 0..<4 {
            let (own, darkness, correction) = (steps[lane], dark[lane], corrections[lane])
            scans.append(
                try context.estimating(lane) { () throws(CalibrationError) in
                    try lending(own) { (steps) throws(CalibrationError) in
                        try PolarisationScan(
                            UnsafeBufferPointer(steps), dark: darkness, correction: correction)
                    }
                })
        }
        try checkPlaces(scans)
        for lane in 0..<4 { report(scans[lane], steps[lane], lane, context) }
    }

    /// A detector whose phase is another one's stands in that one's place.
    private static func checkPlaces(_ scans: [PolarisationScan]) throws(ProcedureFailure) {
        for lane in 0..<4 {
            func off(_ place: Int) -> Double {
                let turns = (scans[lane].phase.value - expected[place]) / (2 * .pi)
                return (turns - turns.rounded()).magnitude
            }
            for other in 0..<4 where other != lane && off(other) < 0.06 && off(lane) > 0.15 {
                throw .swapped(
                    detector: DetectorRoles.names[other], other: DetectorRoles.names[lane])
            }
        }
    }

    private static func report(
        _ scan: PolarisationScan, _ steps: [WavePlateStep], _ lane: Int,
        _ context: ProcedureContext
    ) {
        let name = DetectorRoles.names[lane]
        context.outcome.add("visibility", name, scan.visibility, unit: "")
        context.outcome.add(
            "extinction", name, scan.extinction, unit: "dB",
            limit: CalibrationLimit(lowest: context.limits.extinction), key: "extinction")
        let rotation = scan.rotation(from: expected[lane])
        let degrees = Estimate(
            value: rotation.value * 180 / .pi, sigma: rotation.sigma * 180 / .pi,
            counts: rotation.counts)
        context.outcome.add(
            "plate_rotation", name, degrees, unit: "deg",
            limit: CalibrationLimit(0, within: context.limits.alignment), key: "alignment")
        context.outcome.histograms.append(
            .init(
                name: "counts of \(name)", first: 0, step: step, unit: "degrees of the plate",
                counts: steps.map(\.counts)))
        if scan.misfit > 3 {
            context.outcome.notes.append(
                "detector \(name): the counts leave the curve by "
                    + "\(Text.number(scan.misfit.squareRoot(), 2)) times their statistics; look "
                    + "for a plate that wobbles or light that drifts")
        }
    }
}
