import Calibration
import Quantities
import Tracking

/// Where on the camera the quantum receiver looks: the mirror carries a star over the field stop.
enum BoresightProcedure {
    private static let (span, dwell, settle) = (54e-6, 6, 12)

    static let procedure = CalibrationProcedure(
        .boresight, "boresight",
        fitted: "the middle of the counts over where the camera sees the star, on a grid",
        preparation: "A star, or the satellite's simulator in parallel light, on camera and "
            + "detectors; the mount at rest.",
        arguments: [
            CalibrationArgument(
                "points", "points of the grid to each side of its middle",
                CalibrationArgument.none, usual: 9, 4...30)
        ],
        limits: "calibration.limits.boresight", seconds: 6.5
    ) { context throws(ProcedureFailure) in
        let bench = try context.pointingBench(.countedStar)
        let start = bench.time
        // Counts, counts times place, counts times place squared, over the background.
        var points: [(angle: FieldAngle, counts: Double)] = []
        let reach = Int(context.argument("points"))
        let step = span / Double(reach)
        let side = 2 * reach + 1
        for number in 0..<side * side {
            let (row, column) = number.quotientAndRemainder(dividingBy: side)
            // Every second row backwards, so that no step is long.
            let place = row % 2 == 0 ? column : side - 1 - column
            let tilt = MirrorTilt(
                a: Double(place - reach) * step, b: Double(row - reach) * step)
            for _ in 0..<settle { _ = try bench.step { _ in tilt } }
            if let found = try bench.dwell(at: tilt, frames: dwell) { points.append(found) }
            try context.watch(number + 1, of: side * side, 0...1, "scanning the field stop")
        }
        try report(points, step: step, context)
        context.outcome.detectorSeconds = Double(bench.time - start) * 1e-12
    }

    private static func report(
        _ points: [(angle: FieldAngle, counts: Double)], step: Double,
        _ context: ProcedureContext
    ) throws(ProcedureFailure) {
        // The lower quarter of the points lies outside the stop.
        let sorted = points.map(\.counts).sorted()
        let background =
            sorted[..<max(sorted.count / 4, 1)].reduce(0, +)
            / Double(max(sorted.count / 4, 1))
        var (light, x, y) = (0.0, 0.0, 0.0)
        for point in points {
            let net = point.counts - background
            light += net
            x += net * point.angle.x
            y += net * point.angle.y
        }
        guard light > 1_000 else {
            throw .instrument(
                "no light came through the field stop: open the shutter and look at the star")
        }
        (x, y) = (x / light, y / light)
        var (varianceX, varianceY) = (0.0, 0.0)
        for point in points {
            let (dx, dy) = (point.angle.x - x, point.angle.y - y)
            varianceX += max(point.counts, 1) * dx * dx
            varianceY += max(point.counts, 1) * dy * dy
        }
        // The star dances within a dwell, which moves what a point stands for.
        let dance = 1.5e-6 / Double(points.count).squareRoot() * 3
        // The stop's edge falls between points of the grid.
        let grid = 0.5 * step * step / span
        let limit = CalibrationLimit(0, within: context.limits.boresight)
        for (name, value, variance) in [
            ("boresight_x", x, varianceX), ("boresight_y", y, varianceY),
        ] {
            let counting = variance.squareRoot() / light
            let sigma = (counting * counting + dance * dance + grid * grid).squareRoot()
            context.outcome.add(
                name, nil,
                Estimate(value: value * 1e6, sigma: sigma * 1e6, counts: Int64(light)),
                unit: "urad", limit: limit, key: "boresight")
        }
        context.outcome.histograms.append(
            .init(
                name: "counts over the grid, row by row", first: 0, step: 1, unit: "point",
                counts: points.map(\.counts)))
    }
}
