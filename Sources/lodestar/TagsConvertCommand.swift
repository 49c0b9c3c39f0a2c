import ArgumentParser
import Foundation
import TagFiles
import TimeTags

/// `lodestar tags convert`: writes a recording in another format.
struct TagsConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a recording in another format.",
        discussion: """
            The output replaces an older file only when it is complete. PTU output is sorted by \
            time, as its readers expect. What a format cannot hold is an error, except loss \
            records, which are counted and told.
            """)

    @OptionGroup var input: TagInputOptions

    @Argument(help: "The file to write.") var output: String

    @Option(help: "reference, ptu, a1, npy or csv; else by the name's ending.")
    var to: OutputFormat?

    @Option(help: "Renumber channels, as in 0:1,1:2; others keep their number.")
    var channels: String?

    @Flag(help: "Subtract the first detection's time from all.") var fromZero = false

    @Flag(help: "Print JSON.") var json = false

    struct Report: Encodable {
        var input: String
        var output: String
        var format: String
        var tags: Int64
        var records: Int64
        var rounded: Int64
        var omitted: Int64
        var moved: Int64
        var damage: String?
    }

    func run() throws {
        guard let format = to ?? OutputFormat(path: output) else {
            let names = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError(
                "'\(output)' does not say a format; add --to with one of \(names)")
        }
        let renumbering = try ChannelRenumbering(channels)
        try tellingTagErrors {
            let report = try convert(to: format, renumbering: renumbering)
            if json { print(try jsonText(report)) } else { tell(report) }
            if let damage = report.damage {
                writeToStandardError("error: \(damage); what was whole has been converted\n")
                throw ExitCode.failure
            }
        }
    }

    private func convert(
        to format: OutputFormat, renumbering: ChannelRenumbering
    ) throws -> Report {
        var reader = try input.open()
        var writer = try TagFileWriter(path: output, format: format)
        var progress = TagProgress(total: reader.byteCount)
        defer { progress.end() }
        var origin: Int64?
        try withTagBatch { batch in
            while true {
                let count = try reader.nextBatch(into: batch)
                if count == 0 { break }
                let tags = UnsafeMutableBufferPointer(rebasing: batch[..<count])
                if fromZero, origin == nil {
                    origin = tags.first { $0.kind == .detection }?.time ?? tags[0].time
                }
                renumbering.apply(to: tags, origin: origin ?? 0)
                try writer.append(UnsafeBufferPointer(tags))
                progress.show(reader.counters.bytes)
            }
        }
        try writer.finish()
        let counters = writer.counters
        return Report(
            input: input.file, output: output, format: format.rawValue, tags: counters.tags,
            records: counters.records, rounded: counters.roundedTags,
            omitted: counters.omittedTags, moved: writer.movedTags,
            damage: reader.damage?.description)
    }

    private func tell(_ report: Report) {
        print("\(report.output): \(report.format), \(report.tags) tags")
        if report.rounded > 0 {
            print("  \(report.rounded) times were rounded to the format's grid")
        }
        if report.omitted > 0 {
            print("  \(report.omitted) loss or roll-over records have no place in the format")
        }
        if report.moved > 0 { print("  \(report.moved) tags were moved to sort them by time") }
    }
}

/// New numbers for channels.
struct ChannelRenumbering {
    private var table = (0...255).map { UInt8($0) }

    /// Reads pairs such as `0:1,1:2`.
    init(_ text: String?) throws {
        guard let text else { return }
        for pair in text.split(separator: ",") {
            let ends = pair.split(separator: ":").map { UInt8($0) }
            guard ends.count == 2, let from = ends[0], let to = ends[1] else {
                throw ValidationError(
                    "--channels '\(pair)' is not OLD:NEW with numbers from 0 to 255")
            }
            table[Int(from)] = to
        }
    }

    /// Renumbers detections and subtracts `origin`, ps, from all times.
    func apply(to tags: UnsafeMutableBufferPointer<TimeTag>, origin: Int64) {
        for index in tags.indices {
            tags[index].time &-= origin
            if tags[index].kind == .detection {
                tags[index].channel = table[Int(tags[index].channel)]
            }
        }
    }
}
