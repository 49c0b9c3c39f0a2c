import ArgumentParser
import Foundation
import TagFiles
import TimeTags

/// `lodestar tags info`: what a recording holds.
struct TagsInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a recording holds.")

    @OptionGroup var input: TagInputOptions

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try tellingTagErrors {
            let summary = try summarised()
            if json {
                print(try jsonText(TagsInfoReport(file: input.file, summary: summary)))
            } else {
                print(TagsInfoReport(file: input.file, summary: summary).text)
            }
            if let damage = summary.damage { throw damage }
        }
    }

    private func summarised() throws -> TagFileSummary {
        var reader = try input.open()
        var summary = TagFileSummary(format: reader.format, bytes: reader.byteCount)
        var progress = TagProgress(total: reader.byteCount)
        defer { progress.end() }
        try withTagBatch { batch in
            while true {
                let count = try reader.nextBatch(into: batch)
                if count == 0 { break }
                summary.add(UnsafeBufferPointer(rebasing: batch[..<count]))
                progress.show(reader.counters.bytes)
            }
        }
        summary.counters = reader.counters
        summary.tick = reader.tick
        summary.damage = reader.damage
        return summary
    }
}

/// What `tags info` prints.
struct TagsInfoReport: Encodable {
    struct Channel: Encodable {
        var channel: Int
        var detections: Int64
        var rateHz: Double
    }

    var file: String
    var format: String
    var bytes: Int64
    var records: Int64
    var detections: Int64
    var channels: [Channel]
    var markers: Int64
    var rollOvers: Int64
    var losses: Int64
    var tagsLost: Int64
    var timeLostPs: Int64
    var unknownRecords: Int64
    var skippedBytes: Int64
    var firstTimePs: Int64?
    var lastTimePs: Int64?
    var durationPs: Int64
    var resolutionPs: Double
    var outOfOrder: Int64
    var largestStepBackPs: Int64
    var damage: String?

    init(file: String, summary: TagFileSummary) {
        self.file = file
        format = summary.format.rawValue
        bytes = max(summary.bytes, summary.counters.bytes)
        records = summary.counters.records
        detections = summary.counters.detections
        let seconds = Double(summary.duration) / 1e12
        channels = summary.detections.enumerated().filter { $0.element > 0 }.map { entry in
            Channel(
                channel: entry.offset, detections: entry.element,
                rateHz: seconds > 0 ? Double(entry.element) / seconds : 0)
        }
        markers = summary.markers
        rollOvers = summary.counters.rollOvers
        losses = summary.counters.losses
        tagsLost = summary.counters.tagsLost
        timeLostPs = summary.timeLost
        unknownRecords = summary.counters.unknownRecords
        skippedBytes = summary.counters.skippedBytes
        firstTimePs = summary.span?.first
        lastTimePs = summary.span?.last
        durationPs = summary.duration
        resolutionPs = Double(summary.tick.numerator) / Double(summary.tick.denominator)
        outOfOrder = summary.outOfOrder
        largestStepBackPs = summary.largestStepBack
        damage = summary.damage?.description
    }

    /// The report for a person.
    var text: String {
        var lines = [
            "\(file): \(format), \(bytes) bytes, \(records) records, "
                + String(format: "%.6f s, ", Double(durationPs) / 1e12)
                + String(format: "resolution %.6g ps", resolutionPs)
        ]
        for channel in channels {
            lines.append(
                String(
                    format: "  channel %3d: %12lld detections, %14.1f per second",
                    channel.channel, channel.detections, channel.rateHz))
        }
        lines.append(
            "  \(markers) markers, \(rollOvers) roll-overs, \(losses) losses"
                + (losses > 0
                    ? String(
                        format: " (%lld tags known lost, %.6f s)", tagsLost,
                        Double(timeLostPs) / 1e12) : ""))
        if outOfOrder > 0 {
            lines.append(
                "  \(outOfOrder) detections out of order, by at most \(largestStepBackPs) ps")
        }
        if unknownRecords + skippedBytes > 0 {
            lines.append("  \(unknownRecords) unknown records, \(skippedBytes) bytes skipped")
        }
        return lines.joined(separator: "\n")
    }
}
