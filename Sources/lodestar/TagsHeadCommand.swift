import ArgumentParser
import TagFiles
import TimeTags

/// `lodestar tags head`: the first records of a recording.
struct TagsHeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Print the first records of a recording.")

    @OptionGroup var input: TagInputOptions

    @Option(name: [.customShort("n"), .long], help: "How many records, 1 or more.") var count = 10

    @Flag(help: "Print JSON.") var json = false

    struct Row: Encodable {
        var timePs: Int64
        var channel: UInt8
        var kind: String
        var detail: UInt16
        var count: UInt32
    }

    func validate() throws {
        guard count >= 1 else {
            throw ValidationError("--count \(count) is not allowed; give 1 or more")
        }
    }

    func run() throws {
        try tellingTagErrors {
            let rows = try firstRows()
            if json {
                print(try jsonText(rows))
                return
            }
            for row in rows {
                let note = row.detail == 0 && row.count == 0 ? "" : " \(row.detail) \(row.count)"
                print("\(row.timePs) ps  channel \(row.channel)  \(row.kind)\(note)")
            }
        }
    }

    private func firstRows() throws -> [Row] {
        var reader = try input.open()
        return try withTagBatch { batch in
            var rows: [Row] = []
            while rows.count < count {
                let found = try reader.nextBatch(into: batch)
                if found == 0 { break }
                for tag in batch[..<found].prefix(count - rows.count) {
                    rows.append(
                        Row(
                            timePs: tag.time, channel: tag.channel, kind: tag.kind.name,
                            detail: tag.detail, count: tag.count))
                }
            }
            return rows
        }
    }
}
