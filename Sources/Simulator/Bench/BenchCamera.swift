import Calibration
import Tracking

/// Calibration of the beacon camera before an even light.
enum BenchCamera {
    static func photonTransfer(seed: UInt64) throws(CalibrationError) -> [BenchFinding] {
        let camera = CameraCharacteristics(
            electronsPerLevel: 0.8, offset: 100, readNoise: 3, saturation: 4_095,
            pixelScale: 10e-6, boresightX: 31.5, boresightY: 31.5)
        var source = FlatFieldCamera(camera, width: 64, height: 64, seed: seed)
        var transfer = try PhotonTransfer(
            region: .init(x: 0, y: 0, width: 64, height: 64), saturation: 4_095)
        for electrons in [0.0, 0, 0, 30, 100, 300, 600, 1_000, 1_500, 2_000] {
            let first = source.picture(electrons: electrons)
            let second = source.picture(electrons: electrons)
            try take(&transfer, first, second, isDark: electrons == 0)
        }
        let result = try transfer.result()
        // Rounding to levels adds a twelfth of a level squared.
        let read = (3.0 * 3 + 0.8 * 0.8 / 12).squareRoot()
        return [
            BenchFinding("camera gain", "e/level", truth: 0.8, result.electronsPerLevel),
            BenchFinding("camera read noise", "e", truth: read, result.readNoise),
            BenchFinding("camera offset", "levels", truth: 100, result.offset),
        ]
    }

    private static func take(
        _ transfer: inout PhotonTransfer, _ first: [UInt16], _ second: [UInt16], isDark: Bool
    ) throws(CalibrationError) {
        var pictures = first + second
        try lending(&pictures) { (buffer) throws(CalibrationError) in
            let half = buffer.count / 2
            // Frames of this size cannot be refused.
            guard let a = frame(buffer[..<half]), let b = frame(buffer[half...]) else { return }
            try transfer.take(a, b, isDark: isDark, hotPixels: HotPixels())
        }
    }

    private static func frame(
        _ pixels: Slice<UnsafeMutableBufferPointer<UInt16>>
    ) -> Frame<UInt16>? {
        try? Frame(
            UnsafeBufferPointer(rebasing: pixels), width: 64, height: 64, stride: 64,
            stamp: FrameStamp(number: 0, time: 0))
    }
}
