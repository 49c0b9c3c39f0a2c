import Calibration
import Quantities
import Tracking

/// The steering mirror: scale, rotation, resonance and delay, from where the spot goes.
enum MirrorProcedure {
    private static let samples = 4_096

    static let procedure = CalibrationProcedure(
        .mirror, "mirror scale, rotation, resonance and delay",
        fitted: "pokes of both axes; the ringing's spectrum; a dither against what was seen",
        preparation: "A star or a lamp on the camera behind the mirror; the mount at rest.",
        arguments: [
            CalibrationArgument(
                "rounds", "rounds of eight pokes", CalibrationArgument.none, usual: 40, 2...1_000)
        ],
        limits: "pointing.mirror.command_delay within calibration.limits.mirror_delay",
        seconds: 16
    ) { context throws(ProcedureFailure) in
        let bench = try context.pointingBench(.star)
        let start = bench.time
        try poke(context, bench)
        try ring(context, bench)
        try dither(context, bench)
        context.outcome.detectorSeconds = Double(bench.time - start) * 1e-12
    }

    private static func poke(
        _ context: ProcedureContext, _ bench: any PointingBench
    ) throws(ProcedureFailure) {
        let rounds = Int(context.argument("rounds"))
        var poke = InteractionPoke(tilt: 100e-6, settle: 20, dwell: 8, rounds: rounds)
        var frame = 0
        let frames = rounds * 8 * 28
        while !poke.isDone {
            let seen = try bench.step { _ in poke.command }
            poke.take(seen)
            frame += 1
            try context.watch(frame, of: frames, 0...0.5, "poking both axes")
        }
        guard let found = poke.result else {
            throw .instrument("the spot does not follow the mirror: look at mirror and camera")
        }
        let matrix = found.matrix
        let counts = Int64(frame)
        func add(_ name: String, _ value: Double, _ sigma: Double, _ unit: String) {
            context.outcome.add(
                name, nil, Estimate(value: value, sigma: sigma, counts: counts), unit: unit)
        }
        let across = SIMD2(found.sigmas[0], found.sigmas[2])
        let along = SIMD2(found.sigmas[1], found.sigmas[3])
        add("mirror_scale_a", matrix.scaleA, (across * across).sum().squareRoot(), "")
        add("mirror_scale_b", matrix.scaleB, (along * along).sum().squareRoot(), "")
        add("mirror_rotation", matrix.rotation * 1e3, found.sigmaRotation * 1e3, "mrad")
        add(
            "mirror_shear", matrix.nonOrthogonality * 1e3, found.sigmaNonOrthogonality * 1e3,
            "mrad")
    }

    /// The resonance: random steps ring the mirror, and its spectrum has a peak there.
    private static func ring(
        _ context: ProcedureContext, _ bench: any PointingBench
    ) throws(ProcedureFailure) {
        let storage = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3 * samples)
        storage.initialize(repeating: 0)
        defer { storage.deallocate() }
        let period = Double(bench.framePeriod) * 1e-12
        guard var finder = VibrationFinder(storage: storage, period: period) else { return }
        // A tilt drawn anew each frame has an even spectrum: what stands out is the mirror.
        var random: UInt32 = 0xBEEF
        for frame in 1...samples {
            let seen = try bench.step { _ in
                random = random & 1 == 1 ? (random &>> 1) ^ 0xB400 : random &>> 1
                return MirrorTilt(a: random & 1 == 1 ? 20e-6 : -20e-6, b: 0)
            }
            // A frame that never came keeps its place in time.
            for _ in 0...min(bench.missed, 16) { finder.take(seen?.x ?? 0) }
            try context.watch(frame, of: samples, 0.5...0.8, "ringing the mirror")
        }
        var densities: [Double] = []
        let exposure = Double(bench.exposure) * 1e-12
        finder.eachDensity { place, density in
            // Commands are held for a frame and the light gathered for an exposure: both pass less
            // of what is fast.
            let hertz = Double(place) / (Double(samples) * period)
            let passed = sinc(hertz * period) * sinc(hertz * exposure)
            densities.append(density / max(passed * passed, 0.05))
        }
        guard let peak = Peak(densities, binsPerHertz: Double(samples) * period) else {
            context.outcome.notes.append(
                "no resonance stands out below \(Text.number(0.5 / period)) Hz")
            return
        }
        context.outcome.add(
            "mirror_resonance", nil,
            Estimate(value: peak.hertz, sigma: peak.sigma, counts: Int64(samples)), unit: "Hz")
    }

    private static func sinc(_ turns: Double) -> Double {
        let angle = Double.pi * turns
        return angle < 1e-6 ? 1 : Elementary.sin(angle) / angle
    }

    private static func dither(
        _ context: ProcedureContext, _ bench: any PointingBench
    ) throws(ProcedureFailure) {
        var dither = LoopDelay(
            amplitude: 50e-6, framePeriod: bench.framePeriod, exposure: bench.exposure)
        for frame in 1...2_000 {
            let seen = try bench.step { now in dither.command(at: now) }
            // The frame was before the command that has just been told of.
            dither.take(seen, at: bench.time)
            try context.watch(frame, of: 2_000, 0.8...1, "dithering the mirror")
        }
        guard let found = dither.result else {
            throw .instrument("the dither of the mirror is not seen: look at mirror and camera")
        }
        let nominal = Double(context.board.pointing?.mirror.commandDelay ?? 0)
        context.outcome.add(
            "mirror_delay", nil,
            Estimate(
                // The mirror's own shape is not in the model: no surer than a step of its grid.
                value: Double(found.delay) * 1e-6,
                sigma: max(found.sigma, Double(bench.framePeriod) / 16 / 3.46) * 1e-6,
                counts: Int64(dither.count)),
            unit: "us",
            limit: CalibrationLimit(
                nominal * 1e-6, within: Double(context.limits.mirrorDelay) * 1e-6),
            key: "mirror_delay")
    }

    /// The highest place of a spectrum smoothed over some hertz.
    private struct Peak {
        var hertz = 0.0
        var sigma = 0.0

        init?(_ densities: [Double], binsPerHertz: Double) {
            let half = Int(6 * binsPerHertz)
            // Turbulence is below; the last bins are the filter's.
            let first = Int(40 * binsPerHertz) + half
            let last = densities.count * 9 / 10 - half
            guard first + 4 * half < last else { return nil }
            var best = (place: 0, height: 0.0)
            var sum = 0.0
            for place in first...last {
                let height = densities[place - half...place + half].reduce(0, +)
                sum += height
                if height > best.height { best = (place, height) }
            }
            let mean = sum / Double(last - first + 1)
            guard best.height > 3 * mean, best.place > first, best.place < last else { return nil }
            // Centroid of what is above the mean about the peak.
            let reach = 4 * half
            let range = max(best.place - reach, 0)...min(best.place + reach, densities.count - 1)
            let floor = mean / Double(2 * half + 1)
            var (weight, moment, square) = (0.0, 0.0, 0.0)
            for place in range {
                let excess = max(densities[place] - floor, 0)
                weight += excess
                moment += excess * Double(place)
                let distance = Double(place - best.place)
                square += excess * excess * distance * distance
            }
            hertz = moment / weight / binsPerHertz
            // Never surer than the smoothing allows.
            sigma = max(square.squareRoot() / weight, Double(2 * half) / 3.46) / binsPerHertz
        }
    }
}
