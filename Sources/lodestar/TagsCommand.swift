public import ArgumentParser
import Foundation
public import TagFiles
import TimeTags

/// `lodestar tags`: looks at recordings of time tags and converts them.
struct TagsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tags",
        abstract: "Look at recordings of time tags, and convert them.",
        discussion: """
            Reads reference (Lodestar's own), ptu (PicoQuant T2), a0, a1 and a2 (S-Fifteen \
            timestamp7; a0x and a1x force the high half first, a1l the low half), qutag, ustc \
            (frames of the USTC ground converter), nox (Nox / RWN-11), fx2 (timetag-fpga) and, if told \
            so, tdc1 (S-Fifteen TDC1); more \
            in docs/formats. The format is found from the content. A damaged recording is read as \
            far as it makes sense; the first damage is then told with its byte, and the exit code \
            is not 0.
            """,
        subcommands: [
            TagsInfoCommand.self, TagsConvertCommand.self, TagsHeadCommand.self,
            TagsCombCommand.self,
            TagsAlignCommand.self,
        ])
}

/// Which recording to read, and as what.
struct TagInputOptions: ParsableArguments {
    @Argument(help: "The recording.") var file: String

    @Option(help: "Read it as this format, whatever it looks like.")
    var format: TagFormat?

    /// Opens the recording.
    func open() throws(TagFileError) -> TagFileReader {
        try TagFileReader(path: file, format: format)
    }
}

extension TagFormat: ExpressibleByArgument {}
extension OutputFormat: ExpressibleByArgument {}

/// A line on the screen that says how far a long job is; silent for two seconds, and in pipes.
struct TagProgress {
    private let total: Int64
    private let start = Date()
    private var next = 2.0
    private var hasShown = false
    private let isShown = isatty(STDERR_FILENO) == 1

    init(total: Int64) { self.total = total }

    /// Shows that `done` bytes have been read.
    mutating func show(_ done: Int64) {
        guard isShown else { return }
        let elapsed = -start.timeIntervalSinceNow
        guard elapsed >= next else { return }
        next = elapsed + 0.25
        hasShown = true
        let share =
            total > 0 ? String(format: " (%.0f %%)", 100 * Double(done) / Double(total)) : ""
        writeToStandardError(String(format: "\r%.1f MB read%@ ", Double(done) / 1e6, share))
    }

    /// Clears the line.
    func end() {
        if hasShown { writeToStandardError("\r\u{1B}[K") }
    }
}

/// Runs `body` with room for a batch of tags.
func withTagBatch<Result>(
    _ body: (UnsafeMutableBufferPointer<TimeTag>) throws -> Result
) rethrows -> Result {
    // 16,384 tags are 256 KiB: within a second-level cache.
    let batch = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 16_384)
    defer { batch.deallocate() }
    return try body(batch)
}

/// Writes `text` to the screen's error channel as it is.
func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
}

/// Runs `body`; a tag file's error becomes one line and the exit code 1.
func tellingTagErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as TagFileError {
        writeToStandardError("error: \(error)\n")
        throw ExitCode.failure
    }
}

/// `value` as indented JSON with sorted keys.
func jsonText<Value: Encodable>(_ value: Value) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
