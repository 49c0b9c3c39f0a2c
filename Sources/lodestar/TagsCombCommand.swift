import ArgumentParser
import ClockSync
import Foundation
import TagFiles

/// `lodestar tags comb`: recovers a pulsed source's clock from one channel's photons, and scores it
/// on another's.
struct TagsCombCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comb",
        abstract: "Recover a pulse comb from one channel's photons and score it on another's.",
        discussion: """
            Finds period, drift and phase of a pulsed source from the photons of channel A alone, \
            then measures how well that predicts where channel B's photons fall: per block the \
            circular mean of B's photons against A's comb, less one constant offset. "smoothed" \
            uses all of A; "causal" only A's photons before each block.

            Example: lodestar tags comb run.ptu --channel 0 --score 1 --near 320MHz
            """)

    @OptionGroup var input: TagInputOptions

    @Option(help: "Channel whose photons give the comb.") var channel: UInt8

    @Option(help: "Channel that the comb is scored on; another than --channel to be independent.")
    var score: UInt8

    @Option(help: "The source's frequency, as in 320MHz (Hz, kHz, MHz, GHz).") var near: String

    @Option(help: "How far from it to search, as in 1% or 50ppm (1 ppb to 20 %).")
    var search = "1%"

    @Option(help: "Length of a block, as in 10ms (1us to 1s).") var block = "10ms"

    @Option(help: "Also write a CSV file with one row per block.") var out: String?

    @Flag(help: "Print JSON.") var json = false

    func validate() throws { _ = try settings() }

    /// The options as the recovery takes them.
    private func settings() throws -> CombRecoveryConfiguration {
        let hertz = try QuantityText.hertz(near, option: "--near")
        guard hertz >= 1e3, hertz <= 1e11 else {
            throw ValidationError("--near \(near) is not allowed; give 1 kHz to 100 GHz")
        }
        var configuration = CombRecoveryConfiguration(nominalPeriod: 1e12 / hertz)
        configuration.searchRange = try QuantityText.fraction(search, option: "--search")
        guard configuration.searchRange >= 1e-9, configuration.searchRange <= 0.2 else {
            throw ValidationError("--search \(search) is not allowed; give 1 ppb to 20 %")
        }
        let length = try QuantityText.picoseconds(block, option: "--block")
        guard length >= 1e6, length <= 1e12 else {
            throw ValidationError("--block \(block) is not allowed; give 1 us to 1 s")
        }
        configuration.block = Int64(length.rounded())
        return configuration
    }

    func run() throws {
        let configuration = try settings()
        try tellingJobErrors {
            let (result, damage) = try recovered(configuration)
            if let out {
                do {
                    try Data(result.csv.utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
                } catch {
                    throw TagJobError(
                        description: "cannot write \(out): \(error.localizedDescription)")
                }
            }
            let report = result.report(file: input.file, channel: channel, score: score)
            print(json ? try jsonText(report) : report.text)
            if let damage { throw damage }
        }
    }

    private func recovered(
        _ configuration: CombRecoveryConfiguration
    ) throws -> (CombResult, TagFileError?) {
        var source = try ChannelTimes(
            path: input.file, format: input.format, channels: [channel, score])
        try source.read()
        for wanted in [channel, score] where source.seen[Int(wanted)] == 0 {
            throw TagJobError(
                description: "\(input.file): no detections on channel \(wanted); "
                    + source.channelList)
        }
        let comb = source.times[channel] ?? []
        let witness = source.times[score] ?? []
        do {
            return (try CombResult(comb, scoredOn: witness, configuration), source.damage)
        } catch let error as CombRecoveryError {
            throw TagJobError(description: "\(input.file): \(text(of: error))")
        }
    }

    private func text(of error: CombRecoveryError) -> String {
        switch error {
        case .badSetting(let setting, let value, let lowest, let highest):
            "\(setting) is \(value); allowed are \(lowest) to \(highest)"
        case .tooFewPhotons(let found, let needed):
            "channel \(channel) has \(found) photons; at least \(needed) are needed to tell a comb "
                + "from noise"
        case .timeReversed(let index):
            "channel \(channel) runs backwards in time by more than 1 ms at photon \(index); "
                + "sort the recording first, for example with tags convert to ptu"
        case .tooManyBlocks(let needed, let room):
            "the recording would have \(needed) blocks of \(block), more than the \(room) that "
                + "there is memory for; give a longer --block"
        case .noComb(let significance, let needed):
            "no comb within \(search) of \(near) on channel \(channel): the best candidate could "
                + String(format: "be noise with a chance of 10^%.1f", -max(significance, 0))
                + String(format: "; 10^%.0f or less is required", -needed)
                + ". Check --near, or narrow --search if the frequency is known better"
        }
    }
}

/// A recovered comb with its scores.
struct CombResult {
    /// Most blocks that are kept in memory.
    private static let mostBlocks: Int64 = 1_000_000

    let summary: CombSummary
    let blocks: [CombBlock]
    let smoothed: CombScore
    let causal: CombScore
    private let smoothedReadings: [CombScore.Reading]
    private let causalReadings: [CombScore.Reading]
    private let configuration: CombRecoveryConfiguration

    /// Recovers the comb of `times` and scores it on `witness`, both ascending, ps.
    init(
        _ times: [Int64], scoredOn witness: [Int64], _ configuration: CombRecoveryConfiguration
    ) throws {
        let needed = CombRecovery.blockCount(
            first: times.first ?? 0, last: times.last ?? 0, block: configuration.block)
        guard needed <= Self.mostBlocks else {
            throw CombRecoveryError.tooManyBlocks(needed: needed, room: Int(Self.mostBlocks))
        }
        let bytes = CombRecovery.storageBytes(configuration: configuration, blocks: Int(needed))
        let storage = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer { storage.deallocate() }
        var blocks = [CombBlock](repeating: CombBlock(), count: Int(needed))
        let summary = try times.withUnsafeBufferPointer { times in
            try blocks.withUnsafeMutableBufferPointer { blocks in
                try CombRecovery.recover(
                    times, configuration: configuration, storage: storage, into: blocks)
            }
        }
        blocks.removeLast(blocks.count - summary.blocks)
        func scored(_ line: CombScore.Line) -> (CombScore, [CombScore.Reading]) {
            var readings = [CombScore.Reading](repeating: .init(), count: blocks.count)
            let score = witness.withUnsafeBufferPointer { witness in
                blocks.withUnsafeBufferPointer { blocks in
                    readings.withUnsafeMutableBufferPointer { readings in
                        CombScore(
                            witness, against: blocks, line: line, block: configuration.block,
                            storage: storage, into: readings)
                    }
                }
            }
            return (score, readings)
        }
        self.summary = summary
        self.blocks = blocks
        (smoothed, smoothedReadings) = scored(.smoothed)
        (causal, causalReadings) = scored(.causal)
        self.configuration = configuration
    }

    /// One row per block.
    var csv: String {
        var text =
            "start_ps,photons,contrast,measured,period_ps,phase_turns,sigma_ps,causal_sigma_ps,"
            + "score_photons,score_contrast,score_sigma_ps,smoothed_error_ps,causal_error_ps\n"
        for (index, block) in blocks.enumerated() {
            let smoothed = smoothedReadings[index]
            let causal = causalReadings[index]
            let error = { (reading: CombScore.Reading) in
                reading.sigma > 0 ? String(format: "%.3f", reading.lateness) : ""
            }
            text += "\(block.start),\(block.photons),"
            text += String(format: "%.4f,", block.contrast)
            text += block.isMeasured ? "1," : "0,"
            text += String(
                format: "%.9f,%.6f,%.3f,%.3f,", block.smoothed.period,
                Double(block.smoothed.phase) * 0x1p-64, block.smoothed.sigma, block.causal.sigma)
            text += "\(smoothed.photons),"
            text += String(format: "%.4f,%.3f,", smoothed.contrast, smoothed.sigma)
            text += "\(error(smoothed)),\(error(causal))\n"
        }
        return text
    }

    /// The figures to print.
    func report(file: String, channel: UInt8, score: UInt8) -> CombReport {
        CombReport(file: file, channel: channel, score: score, result: self, configuration)
    }
}

/// What `tags comb` prints. The names are the keys of its JSON, units included.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct CombReport: Encodable {
    struct Score: Encodable {
        var rms_ps: Double
        var expected_rms_ps: Double
        var photon_statistics_rms_ps: Double
        var largest_ps: Double
        var offset_ps: Double
        var blocks: Int
        var blocks_without: Int

        init(_ score: CombScore) {
            rms_ps = score.rms
            expected_rms_ps = score.expectedRMS
            photon_statistics_rms_ps = score.photonRMS
            largest_ps = score.largest
            offset_ps = score.offset
            blocks = score.blocks
            blocks_without = score.blocksWithout
        }
    }

    var file: String
    var channel: UInt8
    var score_channel: UInt8
    var block_ps: Int64
    var blocks: Int
    var blocks_skipped: Int64
    var measurements: Int
    var misses: Int
    var breaks: Int
    var period_ps: Double
    var frequency_hz: Double
    var drift_ppb_per_s: Double
    var phase_ps: Double
    var phase_at_ps: Int64
    var sigma_ps: Double
    var contrast: Double
    var score_contrast: Double
    var significance: Double
    var acquisition_s: Double
    var rms_ps: Double
    var smoothed: Score
    var causal: Score

    init(
        file: String, channel: UInt8, score: UInt8, result: CombResult,
        _ configuration: CombRecoveryConfiguration
    ) {
        self.file = file
        self.channel = channel
        score_channel = score
        let summary = result.summary
        block_ps = configuration.block
        blocks = summary.blocks
        blocks_skipped = summary.blocksSkipped
        measurements = summary.measurements
        misses = summary.misses
        breaks = summary.breaks
        period_ps = summary.period
        frequency_hz = 1e12 / summary.period
        drift_ppb_per_s = summary.drift * 1e9
        // Lateness of the first pulse after the start.
        let first = result.blocks[0]
        phase_ps = Double(0 &- first.smoothed.phase) * 0x1p-64 * first.smoothed.period
        phase_at_ps = first.start
        sigma_ps = summary.sigma
        contrast = summary.contrast
        score_contrast = result.smoothed.contrast
        significance = summary.significance
        acquisition_s = summary.acquisitionSpan
        rms_ps = result.smoothed.rms
        smoothed = Score(result.smoothed)
        causal = Score(result.causal)
    }

    /// The report for a person.
    var text: String {
        var lines = [
            "\(file): comb of channel \(channel), scored on channel \(score_channel)",
            String(
                format: "  period %.9f ps (%.3f Hz), drift %.3f ppb/s", period_ps, frequency_hz,
                drift_ppb_per_s),
            String(format: "  first pulse %.1f ps after \(phase_at_ps) ps; ", phase_ps)
                + String(format: "sigma %.2f ps rms in blocks of \(block_ps) ps", sigma_ps),
            String(
                format: "  contrast %.3f and %.3f; found in %.3f ms, chance of noise 10^%.0f",
                contrast, score_contrast, acquisition_s * 1e3, -significance),
            "  \(blocks) blocks, \(measurements) measurements, \(misses) without a comb, "
                + "\(breaks) breaks, \(blocks_skipped) blocks before the comb was found",
        ]
        for (name, score) in [("smoothed", smoothed), ("causal", causal)] {
            lines.append(
                "  \(name): " + String(format: "%.2f ps rms over ", score.rms_ps)
                    + "\(score.blocks) blocks"
                    + String(
                        format: " (%.2f expected, %.2f from the scored photons alone), "
                            + "largest %.1f ps, offset %.1f ps",
                        score.expected_rms_ps, score.photon_statistics_rms_ps, score.largest_ps,
                        score.offset_ps))
        }
        return lines.joined(separator: "\n")
    }
}
