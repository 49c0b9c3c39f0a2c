import Calibration
import Tracking

/// The camera behind the mirror: gain, read noise and hot pixels.
enum CameraProcedure {
    private static let levels = [0.0, 0, 0, 30, 100, 300, 600, 1_000, 1_500, 2_000]

    static let procedure = CalibrationProcedure(
        .camera, "camera gain, read noise, hot pixels",
        fitted: "variance of differences of pairs of even pictures against their mean",
        preparation: "An even light before the camera (a white screen), in steps from dark to half "
            + "of saturation; cap on for the first three pairs.",
        limits: "calibration.limits.camera_gain, read_noise_electrons, hot_pixels", seconds: 0.02
    ) { context throws(ProcedureFailure) in
        let bench = try context.pointingBench(.dark)
        let edge = bench.pixels
        var transfer = try context.estimating(nil) { () throws(CalibrationError) in
            try PhotonTransfer(
                region: .init(x: 0, y: 0, width: edge, height: edge), saturation: bench.saturation)
        }
        var hot = HotPixels()
        for (number, electrons) in levels.enumerated() {
            if electrons > 0, number > 0, levels[number - 1] == 0 {
                _ = try context.pointingBench(.even)
            }
            let pair = (
                try bench.picture(electrons: electrons), try bench.picture(electrons: electrons)
            )
            if number == 0 {
                guard let found = take(pair, edge, { PhotonTransfer.hotPixels($0, $1) }) else {
                    throw .instrument("more than 64 hot pixels: the camera wants replacing")
                }
                hot = found
            }
            try context.estimating(nil) { () throws(CalibrationError) in
                try take(&transfer, pair, edge, isDark: electrons == 0, hot)
            }
            try context.watch(
                number + 1, of: levels.count, 0...1, "pictures of \(Text.number(electrons)) e")
        }
        let found = try context.estimating(nil) { () throws(CalibrationError) in
            try transfer.result()
        }
        let limits = context.limits
        context.outcome.add(
            "camera_gain", nil, found.electronsPerLevel, unit: "e/level",
            limit: limits.cameraGain.map {
                CalibrationLimit($0, within: limits.cameraGainTolerance * $0)
            },
            key: limits.cameraGain == nil ? nil : "camera_gain")
        context.outcome.add(
            "camera_read_noise", nil, found.readNoise, unit: "e",
            limit: CalibrationLimit(highest: limits.readNoise), key: "read_noise_electrons")
        context.outcome.add("camera_offset", nil, found.offset, unit: "levels")
        context.outcome.add(
            "hot_pixels", nil,
            Estimate(
                value: Double(hot.count), sigma: 0, counts: Int64(edge * edge)), unit: "",
            limit: CalibrationLimit(highest: limits.hotPixels), key: "hot_pixels")
        context.outcome.detectorSeconds = Double(2 * levels.count) * 1e-3
    }

    private typealias Pair = ([UInt16], [UInt16])

    private static func take(
        _ transfer: inout PhotonTransfer, _ pair: Pair, _ edge: Int, isDark: Bool, _ hot: HotPixels
    ) throws(CalibrationError) {
        var failure: CalibrationError?
        _ = take(pair, edge) { first, second in
            do throws(CalibrationError) {
                try transfer.take(first, second, isDark: isDark, hotPixels: hot)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Lends both pictures as frames.
    private static func take<Result>(
        _ pair: Pair, _ edge: Int, _ body: (Frame<UInt16>, Frame<UInt16>) -> Result?
    ) -> Result? {
        pair.0.withUnsafeBufferPointer { first in
            pair.1.withUnsafeBufferPointer { second in
                func frame(_ pixels: UnsafeBufferPointer<UInt16>) -> Frame<UInt16>? {
                    try? Frame(
                        pixels, width: edge, height: edge, stride: edge,
                        stamp: FrameStamp(number: 0, time: 0))
                }
                guard let a = frame(first), let b = frame(second) else { return nil }
                return body(a, b)
            }
        }
    }
}
