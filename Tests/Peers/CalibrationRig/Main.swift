// Runs one estimator on tags that another program made: `calibration-rig NAME [number]...`.
//
// Tags come on standard input as records of 16 bytes: time in ps (8 bytes, little-endian), channel,
// kind, and six bytes that do not matter. Prints `name value sigma counts` lines.

import Calibration
import Foundation
import TimeTags

@main
enum Rig {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        guard let name = words.first else { return fail("usage: calibration-rig NAME [number]...") }
        let numbers = words.dropFirst().compactMap(Double.init)
        do {
            if name == "skew" || name == "jitter" { return try responses(name, numbers) }
            if name == "polarisation" { return try polarisation(numbers) }
            try intervals(name, numbers, try tags())
        } catch {
            fail("\(name): \(error)")
        }
    }

    private static func fail(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
        exit(1)
    }

    private static func show(_ name: String, _ estimate: Estimate) {
        print(name, estimate.value, estimate.sigma, estimate.counts)
    }

    private static func tags() throws -> [TimeTag] {
        let data = FileHandle.standardInput.readDataToEndOfFile()
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 16).map { index in
                TimeTag(
                    time: bytes.loadUnaligned(fromByteOffset: 16 * index, as: Int64.self),
                    channel: bytes[16 * index + 8], kind: .init(rawValue: bytes[16 * index + 9]))
            }
        }
    }

    /// Estimators that look at times between clicks; numbers as each takes them.
    private static func intervals(
        _ name: String, _ numbers: [Double], _ tags: [TimeTag]
    ) throws {
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 2_000)
        defer { memory.deallocate() }
        try tags.withUnsafeBufferPointer { all in
            switch name {
            case "dark":
                var measurement = try DarkCounts(channel: 1, start: 0)
                measurement.take(all)
                measurement.close(at: Int64(numbers[0]))
                let result = try measurement.result()
                show("rate", result.rate)
                show("fano", result.fano)
            case "deadtime":
                var measurement = try DeadTime(channel: 1, histogram: memory)
                measurement.take(all)
                show("deadtime", try measurement.result().deadTime)
            case "afterpulse":
                var measurement = try Afterpulsing(channel: 1, deadTime: numbers[0])
                measurement.take(all)
                show("afterpulse", try measurement.result().probability)
            case "crosstalk":
                var measurement = try Crosstalk(lit: 1, dark: 2)
                measurement.take(all)
                show("crosstalk", try measurement.result())
            default: fail("no estimator is called \(name)")
            }
        }
    }

    /// Period and bins; sync on channel 9, detectors on 1 and 2.
    private static func responses(_ name: String, _ numbers: [Double]) throws {
        let bins = Int(numbers[1])
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 4 * bins)
        defer { memory.deallocate() }
        var recorder = try ResponseRecorder(
            channels: SIMD4(1, 2, 0, 0), sync: 9, period: numbers[0], syncPeriod: numbers[0],
            memory: memory)
        let tags = try tags()
        tags.withUnsafeBufferPointer { recorder.take($0) }
        let histograms = recorder.histograms
        if name == "skew" {
            show("centroid", try ChannelSkew.byCentroid(histograms[0], histograms[1]))
            show("correlation", try ChannelSkew.byCorrelation(histograms[0], histograms[1]))
        } else {
            let shape = try ResponseShape(histograms[0])
            show("half", shape.halfWidth)
            show("tenth", shape.tenthWidth)
            if let tail = shape.tail { show("tail", tail) }
        }
    }

    /// Seconds per step, then angle (rad) and counts of each step.
    private static func polarisation(_ numbers: [Double]) throws {
        let steps = stride(from: 1, to: numbers.count - 1, by: 2).map {
            WavePlateStep(angle: numbers[$0], counts: numbers[$0 + 1], seconds: numbers[0])
        }
        try steps.withUnsafeBufferPointer {
            let scan = try PolarisationScan(
                $0, dark: Estimate(value: 0, sigma: 0, counts: 0), correction: .none)
            show("level", scan.level)
            show("visibility", scan.visibility)
            show("phase", scan.phase)
        }
    }
}
