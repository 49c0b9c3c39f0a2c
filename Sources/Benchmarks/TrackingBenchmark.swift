import Quantities
import Simulator
import Tracking

/// Figures of the fine loop: centroids against the Cramer-Rao bound, residuals, time back to lock,
/// and the time from a frame to its command.
struct TrackingBenchmark {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() throws {
        let what = options["what"] ?? "centroid,residual,lines,relock,lock,latency,render"
        for word in what.split(separator: ",") {
            switch word {
            case "centroid": try centroids()
            case "residual": try residuals(lines: [])
            case "lines":
                try residuals(lines: [
                    VibrationLine(frequency: 50, rms: 3e-6),
                    VibrationLine(frequency: 87, rms: 3e-6),
                ])
            case "relock": try relock()
            case "lock": try firstLock()
            case "latency": try latency()
            case "render": try rendering()
            default: throw BenchmarkError(description: "--what \(word) is not known")
            }
        }
    }

    /// The camera of the figure: 1.2 px, 3 electrons read noise.
    private static let camera = CameraCharacteristics(
        electronsPerLevel: 0.8, offset: 100, readNoise: 3, saturation: 65_535,
        pixelScale: 10e-6, boresightX: 63.5, boresightY: 63.5)

    private func centroids() throws {
        let count = options.count("frames", 4_000)
        for method in [SpotMethod.likelihood, .thresholded, .weighted] {
            for flux in [300.0, 500, 1_000, 3_000, 10_000, 50_000] {
                var settings = SpotFinder.Settings()
                settings.method = method
                var camera = Self.camera
                if flux > 20_000 { camera.electronsPerLevel = 1.6 }
                var finder = try SpotFinder(camera: camera, settings: settings)
                var model = BeaconCameraModel(camera: camera, background: 5, seed: 1)
                var random = SeededGenerator(seed: 2, stream: 1)
                var (square, missed, bound, normalised) = (0.0, 0, 0.0, 0.0)
                try withFrame(model) { pixels in
                    for i in 0..<count {
                        let x = 64 + 2 * random.uniform() - 1
                        let y = 64 + 2 * random.uniform() - 1
                        model.render([LightOnSensor(x: x, y: y, flux: flux)], into: pixels)
                        let frame = try Frame(
                            UnsafeBufferPointer(pixels), width: 128, height: 128, stride: 128,
                            stamp: FrameStamp(number: Int64(i), time: Int64(i)))
                        let report = finder.find(in: frame)
                        guard let spot = report.spot(near: x, y, within: 5) else {
                            missed += 1
                            continue
                        }
                        let (dx, dy) = (spot.x - x, spot.y - y)
                        square += dx * dx + dy * dy
                        normalised +=
                            dx * dx / (spot.sigmaX * spot.sigmaX)
                            + dy * dy / (spot.sigmaY * spot.sigmaY)
                        // Both axes: x and y shifts by turns give the mean bound.
                        let limit = CentroidBound.sigma(
                            flux: flux, width: 1.2, background: 5, readNoise: 3,
                            shift: x - x.rounded())
                        bound += limit * limit
                    }
                }
                let found = Double(count - missed)
                let rms = (square / found / 2).squareRoot()
                let limit = (bound / found).squareRoot()
                print(
                    "centroid method=\(method) flux=\(fixed(flux, 0)) rms_px=\(fixed(rms, 5))",
                    "bound_px=\(fixed(limit, 5)) ratio=\(fixed(rms / limit, 4))",
                    "own_sigma=\(fixed((normalised / found / 2).squareRoot(), 3)) missed=\(missed)",
                    "of=\(count)")
            }
        }
    }

    private func withFrame(
        _ model: BeaconCameraModel, _ body: (UnsafeMutableBufferPointer<UInt16>) throws -> Void
    ) rethrows {
        let pixels = UnsafeMutableBufferPointer<UInt16>.allocate(
            capacity: model.width * model.height)
        defer { pixels.deallocate() }
        try body(pixels)
    }

    private func residuals(lines: [VibrationLine]) throws {
        let name = lines.isEmpty ? "residual" : "lines"
        // Identified: the lines are not told but found. Mirror: a resonance of 800 Hz, an exposure
        // of 0.8 ms and a measured delay in place of exactly three frames.
        for controller in ["integrator", "predictor", "identified", "mirror"] {
            if controller == "identified", lines.isEmpty { continue }
            var sum = (x: 0.0, y: 0.0, open: 0.0, worst: 0.0)
            let seeds = options.count("seeds", 4)
            for seed in 1...seeds {
                var bench = try FineLoopBench(
                    controller: controller, lines: lines, seed: UInt64(seed),
                    flux: options.number("flux", 1_000), areLinesTold: controller != "identified",
                    hasResonance: controller == "mirror")
                if controller == "identified", try bench.identify() != 2 * lines.count {
                    writeError("seed \(seed): not all vibration lines were found")
                }
                let result = try bench.run(
                    seconds: options.number("seconds", 60), skip: options.number("skip", 10))
                sum.x += result.x * result.x
                sum.y += result.y * result.y
                sum.open += result.open * result.open
                sum.worst = max(sum.worst, max(result.x, result.y))
            }
            let n = Double(seeds)
            print(
                "\(name) controller=\(controller)",
                "x_urad=\(fixed((sum.x / n).squareRoot() * 1e6, 3))",
                "y_urad=\(fixed((sum.y / n).squareRoot() * 1e6, 3))",
                "worst_urad=\(fixed(sum.worst * 1e6, 3))",
                "open_urad=\(fixed((sum.open / n).squareRoot() * 1e6, 2)) seeds=\(seeds)")
        }
    }

    private func relock() throws {
        for controller in ["integrator", "predictor"] {
            var times: [Double] = []
            for seed in 1...options.count("seeds", 4) {
                var bench = try FineLoopBench(
                    controller: controller, lines: [], seed: UInt64(seed), flux: 1_000)
                _ = try bench.run(seconds: 3, skip: 1)
                for _ in 0..<20 { times.append(try bench.fade(seconds: 0.5, drift: 100e-6)) }
            }
            times.sort()
            print(
                "relock controller=\(controller) median_ms=\(fixed(times[times.count / 2] * 1e3, 1))",
                "worst_ms=\(fixed((times.last ?? 0) * 1e3, 1)) fades=\(times.count)")
        }
    }

    private func firstLock() throws {
        for controller in ["integrator", "predictor"] {
            var times: [Double] = []
            for seed in 1...(20 * options.count("seeds", 4)) {
                var bench = try FineLoopBench(
                    controller: controller, lines: [], seed: UInt64(seed), flux: 1_000)
                times.append(
                    try bench.lockTime(from: FieldAngle(x: 400e-6, y: -300e-6), drift: 200e-6))
            }
            times.sort()
            print(
                "lock controller=\(controller) median_ms=\(fixed(times[times.count / 2] * 1e3, 1))",
                "worst_ms=\(fixed((times.last ?? 0) * 1e3, 1)) starts=\(times.count)")
        }
    }

    private func latency() throws {
        let frames = options.count("latency-frames", 100_000)
        var bench = try FineLoopBench(
            controller: "predictor",
            lines: [
                VibrationLine(frequency: 50, rms: 3e-6), VibrationLine(frequency: 87, rms: 3e-6),
            ],
            seed: 1, flux: 1_000)
        var times = [Double](repeating: 0, count: frames)
        try bench.time(into: &times)
        times.sort()
        print(
            "latency frames=\(frames) p50_us=\(fixed(times[frames / 2] * 1e6, 1))",
            "p90_us=\(fixed(times[frames * 9 / 10] * 1e6, 1))",
            "p99_us=\(fixed(times[frames * 99 / 100] * 1e6, 1))",
            "p999_us=\(fixed(times[frames * 999 / 1_000] * 1e6, 1))",
            "max_us=\(fixed((times.last ?? 0) * 1e6, 0))")
    }

    private func rendering() throws {
        var model = BeaconCameraModel(camera: Self.camera, seed: 1)
        for flux in [1_000.0, 50_000] {
            let lights = [LightOnSensor(x: 61.3, y: 70.2, flux: flux)]
            withFrame(model) { pixels in
                let time = seconds { for _ in 0..<20_000 { model.render(lights, into: pixels) } }
                print("render flux=\(fixed(flux, 0)) us=\(fixed(time / 20_000 * 1e6, 2))")
            }
        }
    }
}
