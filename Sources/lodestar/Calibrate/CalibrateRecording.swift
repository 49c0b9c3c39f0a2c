import ArgumentParser
import Calibration
import ClockSync
import Foundation
import TagFiles

extension CalibrateCommand {
    /// `lodestar calibrate recording`
    struct Recording: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Jitter and skew of two channels of a recording of pulsed light.",
            discussion: """
                Without a sync channel: the comb of the first channel's photons is the clock for \
                both, so that the widths hold laser, detector, tagger and comb together. Nothing \
                is recorded.

                Example: lodestar calibrate recording run.ptu --channel 0 --other 1 --near 320MHz
                """)

        /// Bins of a period.
        private static let bins = 625

        @OptionGroup var input: TagInputOptions
        @Option(help: "Channel whose photons give the comb.") var channel: UInt8
        @Option(help: "The other channel.") var other: UInt8
        @Option(help: "The laser's frequency, as in 320MHz.") var near: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let hertz = try QuantityText.hertz(near, option: "--near")
            guard hertz >= 1e6, hertz <= 1e10 else {
                throw ValidationError("--near \(near) is not allowed; give 1 MHz to 10 GHz")
            }
            let configuration = CombRecoveryConfiguration(nominalPeriod: 1e12 / hertz)
            try tellingJobErrors {
                var source = try ChannelTimes(
                    path: input.file, format: input.format, channels: [channel, other])
                try source.read()
                for wanted in [channel, other] where source.seen[Int(wanted)] == 0 {
                    throw TagJobError(
                        description: "\(input.file): no detections on channel \(wanted); "
                            + source.channelList)
                }
                let times = [source.times[channel] ?? [], source.times[other] ?? []]
                do {
                    try report(times, configuration)
                } catch let error as CalibrationError {
                    throw TagJobError(description: "\(input.file): no response: \(error)")
                } catch let error as CombRecoveryError {
                    throw TagJobError(
                        description: "\(input.file): no comb near \(near) on channel \(channel): "
                            + "\(error)")
                }
            }
        }

        private func report(
            _ times: [[Int64]], _ configuration: CombRecoveryConfiguration
        ) throws {
            let blocks = try Self.comb(times[0], configuration)
            let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 2 * Self.bins)
            defer { memory.deallocate() }
            var histograms: [PhaseHistogram] = []
            for place in 0..<2 {
                let part = UnsafeMutableBufferPointer(
                    rebasing: memory[place * Self.bins..<(place + 1) * Self.bins])
                histograms.append(try Self.fold(times[place], blocks, part, configuration))
            }
            var rows: [Row] = []
            for (number, histogram) in zip([channel, other], histograms) {
                let shape = try ResponseShape(histogram)
                rows.append(Row("jitter FWHM of channel \(number)", shape.halfWidth))
                rows.append(Row("jitter FW1/10M of channel \(number)", shape.tenthWidth))
                if let tail = shape.tail { rows.append(Row("tail of channel \(number)", tail)) }
            }
            let words = "channel \(other) after channel \(channel), modulo the period"
            rows.append(Row(words, try ChannelSkew.byCentroid(histograms[0], histograms[1])))
            if json { return try CalibrationJSON.show(rows) }
            for row in rows {
                print(
                    row.name.padding(toLength: 52, withPad: " ", startingAt: 0)
                        + String(format: "%.1f +- %.1f ps", row.value, row.sigma))
            }
        }

        private struct Row: Encodable {
            let name: String
            let value, sigma: Double
            let unit = "ps"
            let counts: Int64

            init(_ name: String, _ estimate: Estimate) {
                self.name = name
                (value, sigma, counts) = (estimate.value, estimate.sigma, estimate.counts)
            }
        }

        private static func comb(
            _ times: [Int64], _ configuration: CombRecoveryConfiguration
        ) throws -> [CombBlock] {
            let count = Int(
                CombRecovery.blockCount(
                    first: times.first ?? 0, last: times.last ?? 0, block: configuration.block))
            guard count <= 1_000_000 else {
                throw CombRecoveryError.tooManyBlocks(needed: Int64(count), room: 1_000_000)
            }
            var blocks = [CombBlock](repeating: CombBlock(), count: count)
            let storage = UnsafeMutableRawPointer.allocate(
                byteCount: CombRecovery.storageBytes(configuration: configuration, blocks: count),
                alignment: 16)
            defer { storage.deallocate() }
            let summary = try times.withUnsafeBufferPointer { times in
                try blocks.withUnsafeMutableBufferPointer {
                    try CombRecovery.recover(
                        times, configuration: configuration, storage: storage, into: $0)
                }
            }
            return Array(blocks.prefix(summary.blocks))
        }

        /// Phases of `times` against the comb.
        private static func fold(
            _ times: [Int64], _ blocks: [CombBlock], _ memory: UnsafeMutableBufferPointer<Int64>,
            _ configuration: CombRecoveryConfiguration
        ) throws -> PhaseHistogram {
            let period = configuration.nominalPeriod
            let histogram = try PhaseHistogram(memory, period: period)
            var block = 0
            for time in times {
                while block + 1 < blocks.count, time >= blocks[block + 1].start { block += 1 }
                guard block < blocks.count, time >= blocks[block].start,
                    time < blocks[block].start + configuration.block
                else { continue }
                let turns = blocks[block].smoothed.turns(after: time - blocks[block].start)
                histogram.count(delay: Double(turns >> 11) * 0x1p-53 * period)
            }
            return histogram
        }
    }
}
