import ArgumentParser
import ClockSync
import Foundation
import TagFiles

/// `lodestar tags align`: how one tagger's clock stands against another's, from coincident photons.
struct TagsAlignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "align",
        abstract: "Find the offset and frequency difference of two taggers from coincidences.",
        discussion: """
            A pair that REFERENCE tags at t is tagged by OTHER at t + offset + frequency * \
            (t - origin); origin is the later of the two recordings' first detections. The signs \
            are those of fpfind with -t REFERENCE -T OTHER. Give the recording with fewer photons \
            as REFERENCE: that costs less. Only as much is read as --span and --range need.
            """)

    @Argument(help: "The recording whose clock is the reference.") var reference: String

    @Argument(help: "The recording of the other tagger.") var other: String

    @Option(help: "Largest offset either way, as in 200ms (1us to 10s).") var range = "200ms"

    @Option(help: "Largest frequency difference either way, in ppm (0.001 to 1000).")
    var ppm = 20.0

    // At 20,000 pairs a second 3 s hold 0.1 ns over 20 s; 1 s costs half and holds it over 5 s.
    @Option(help: "How much of the recordings to use, as in 1s (10ms to 100s).") var span = "3s"

    @Option(help: "Read both as this format, whatever they look like.") var format: TagFormat?

    @Option(help: "Channels of REFERENCE to use, as in 1,2; all unless given.")
    var referenceChannels: String?

    @Option(help: "Channels of OTHER to use, as in 1,2; all unless given.")
    var otherChannels: String?

    @Flag(help: "Print JSON.") var json = false

    struct Report: Encodable {
        var reference: String
        var other: String
        var offsetNs: Double
        var offsetSigmaNs: Double
        var frequency: Double
        var frequencySigma: Double
        var originPs: Int64
        var jitterPs: Double
        var pairs: Int
        var accidentals: Double
        var spanS: Double
        var significance: Double
    }

    func validate() throws {
        _ = try settings()
        _ = try channels(referenceChannels, option: "--reference-channels")
        _ = try channels(otherChannels, option: "--other-channels")
    }

    private func settings() throws -> CoincidenceConfiguration {
        var configuration = CoincidenceConfiguration()
        let reach = try QuantityText.picoseconds(range, option: "--range")
        guard reach >= 1e6, reach <= 1e13 else {
            throw ValidationError("--range \(range) is not allowed; give 1us to 10s")
        }
        guard ppm >= 0.001, ppm <= 1_000 else {
            throw ValidationError("--ppm \(ppm) is not allowed; give 0.001 to 1000")
        }
        let length = try QuantityText.picoseconds(span, option: "--span")
        guard length >= 1e10, length <= 1e14 else {
            throw ValidationError("--span \(span) is not allowed; give 10ms to 100s")
        }
        configuration.range = Int64(reach)
        configuration.frequencyRange = ppm * 1e-6
        configuration.span = Int64(length)
        return configuration
    }

    private func channels(_ text: String?, option: String) throws -> Set<UInt8>? {
        guard let text else { return nil }
        return try Set(
            text.split(separator: ",").map { part in
                guard let channel = UInt8(part) else {
                    throw ValidationError(
                        "\(option) '\(part)' is not a channel number from 0 to 255")
                }
                return channel
            })
    }

    func run() throws {
        let configuration = try settings()
        let first = try channels(referenceChannels, option: "--reference-channels")
        let second = try channels(otherChannels, option: "--other-channels")
        try tellingJobErrors {
            let alignment = try aligned(configuration, first, second)
            let report = Report(
                reference: reference, other: other, offsetNs: alignment.offset * 1e-3,
                offsetSigmaNs: alignment.offsetSigma * 1e-3, frequency: alignment.frequency,
                frequencySigma: alignment.frequencySigma, originPs: alignment.origin,
                jitterPs: alignment.jitter, pairs: alignment.pairs,
                accidentals: alignment.accidentals, spanS: alignment.span,
                significance: alignment.significance)
            if json { print(try jsonText(report)) } else { tell(report) }
        }
    }

    private func aligned(
        _ configuration: CoincidenceConfiguration, _ first: Set<UInt8>?, _ second: Set<UInt8>?
    ) throws -> CoincidenceAlignment {
        var a = try MergedTimes(path: reference, format: format, channels: first)
        var b = try MergedTimes(path: other, format: format, channels: second)
        try a.read(to: .min)
        try b.read(to: .min)
        guard let start = a.times.first, let otherStart = b.times.first else {
            let empty = a.times.isEmpty ? reference : other
            throw TagJobError(description: "\(empty): no detections on the channels asked for")
        }
        let end = max(start, otherStart).addingReportingOverflow(configuration.span).partialValue
        try a.read(to: end)
        let margin = configuration.range &+ Int64(Double(configuration.span) * ppm * 1e-6)
        try b.read(to: end.addingReportingOverflow(margin).partialValue)
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: CoincidenceAcquisition.storageBytes, alignment: 64)
        defer { storage.deallocate() }
        do {
            return try a.times.withUnsafeBufferPointer { a in
                try b.times.withUnsafeBufferPointer { b in
                    try CoincidenceAcquisition.align(
                        reference: a, other: b, configuration: configuration, storage: storage)
                }
            }
        } catch let error as CoincidenceError {
            throw TagJobError(description: "\(reference), \(other): \(text(of: error))")
        }
    }

    private func text(of error: CoincidenceError) -> String {
        switch error {
        case .badSetting(let setting, let value, let lowest, let highest):
            "\(setting) is \(value); allowed are \(lowest) to \(highest)"
        case .tooFewPhotons(let reference, let other, let needed):
            "\(reference) and \(other) photons in what both recorded; at least \(needed) of each "
                + "are needed"
        case .noCoincidences(let significance, let needed):
            "no coincidences within \(range) and \(ppm) ppm: the highest peak stands out by "
                + String(format: "%.1f sigma, %.1f are required", significance, needed)
                + ". Widen --range or --ppm, or lengthen --span"
        case .notALine(let significance, let needed):
            "a peak of coincidences did not narrow to a straight line: "
                + String(format: "%.1f sigma, %.1f are required", significance, needed)
                + ". Shorten --span if the frequency changes quickly"
        }
    }

    private func tell(_ report: Report) {
        print(
            String(
                format: "offset %.4f ns +- %.4f ns at %.9f s", report.offsetNs,
                report.offsetSigmaNs, Double(report.originPs) * 1e-12))
        print(
            String(
                format: "frequency %+.6f ppm +- %.6f ppm", report.frequency * 1e6,
                report.frequencySigma * 1e6))
        print(
            String(
                format: "%ld pairs in %.3f s (%.0f accidental), jitter %.0f ps, peak %.0f sigma",
                report.pairs, report.spanS, report.accidentals, report.jitterPs,
                report.significance))
    }
}
