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
        var rate_hz: Double
    }

    var file: String
    var format: String
    var bytes: Int64
    var records: Int64
    var detections: Int64
    var channels: [Channel]
    var markers: Int64
    var roll_overs: Int64
    var losses: Int64
    var tags_lost: Int64
    var time_lost_ps: Int64
    var unknown_records: Int64
    var skipped_bytes: Int64
    var first_time_ps: Int64?
    var last_time_ps: Int64?
    var duration_ps: Int64
    var resolution_ps: Double
    var out_of_order: Int64
    var largest_step_back_ps: Int64
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
                rate_hz: seconds > 0 ? Double(entry.element) / seconds : 0)
        }
        markers = summary.markers
        roll_overs = summary.counters.rollOvers
        losses = summary.counters.losses
        tags_lost = summary.counters.tagsLost
        time_lost_ps = summary.timeLost
        unknown_records = summary.counters.unknownRecords
        skipped_bytes = summary.counters.skippedBytes
        first_time_ps = summary.span?.first
        last_time_ps = summary.span?.last
        duration_ps = summary.duration
        resolution_ps = Double(summary.tick.numerator) / Double(summary.tick.denominator)
        out_of_order = summary.outOfOrder
        largest_step_back_ps = summary.largestStepBack
        damage = summary.damage?.description
    }

    /// The report for a person.
    var text: String {
        var lines = [
            "\(file): \(format), \(bytes) bytes, \(records) records, "
                + String(format: "%.6f s, ", Double(duration_ps) / 1e12)
                + String(format: "resolution %.6g ps", resolution_ps)
        ]
        for channel in channels {
            lines.append(
                String(
                    format: "  channel %3d: %12lld detections, %14.1f per second",
                    channel.channel, channel.detections, channel.rate_hz))
        }
        lines.append(
            "  \(markers) markers, \(roll_overs) roll-overs, \(losses) losses"
                + (losses > 0
                    ? String(
                        format: " (%lld tags known lost, %.6f s)", tags_lost,
                        Double(time_lost_ps) / 1e12) : ""))
        if out_of_order > 0 {
            lines.append(
                "  \(out_of_order) detections out of order, by at most \(largest_step_back_ps) ps")
        }
        if unknown_records + skipped_bytes > 0 {
            lines.append("  \(unknown_records) unknown records, \(skipped_bytes) bytes skipped")
        }
        return lines.joined(separator: "\n")
    }
}
