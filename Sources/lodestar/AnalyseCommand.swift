import ArgumentParser
import BoardFile
import Foundation
import Station
import TagFiles

/// `lodestar analyse`: the tag path over a recording that others made.
struct AnalyseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyse",
        abstract: "Lock a foreign recording to its satellite's beacon and place its clicks.",
        discussion: """
            The board maps the recording's channels to roles (beacon, pps, H, V, D, A) with their \
            skews; boards/recording.toml is an example. The light-time table has the columns t_s \
            (UTC seconds after the start, at emission) and light_time_ps, at least one row a \
            second; a constant or slowly drifting error in it does no harm. The satellite emits \
            beacon pulse k at k / beacon rate on its own clock, and slot m at m slot periods, both \
            from the start.

            Written into --out: clock.csv (tag_time_ps, satellite_time_ps, sigma_ps, valid), \
            clicks.npy (every detector tag: tag_time_ps, channel, slot, offset_ps, accepted), and \
            summary.json. A damaged recording is analysed as far as it makes sense; the first \
            damage is then told with its byte, and the exit code is 1.
            """)

    @Argument(help: "The recording, in any format that `lodestar tags info` reads.")
    var file: String
    @Option(help: "The board file.") var board: String
    @Option(help: "The light-time table, CSV.") var lightTime: String
    @Option(name: .customLong("start-utc"), help: "Start of the pass, as 2026-03-20T21:00:00Z.")
    var startUTC: String
    @Option(help: "Directory for the results; made if missing.") var out: String
    @Option(help: "Read the recording as this format, whatever it looks like.")
    var format: TagFormat?
    @Option(
        help: """
            Tag time at the start, ps: within 0.4 s with a pps channel, within 20 us without. \
            0 if not given, or the first tag if that is later than 10 s.
            """)
    var tagZero: Int64?
    @Option(help: "Rows of clock.csv per second, 1 to 10000.") var rowsPerSecond: Int64 = 1_000
    @Flag(help: "Print the summary as JSON.") var json = false

    func run() throws {
        guard let start = StartTime.seconds(startUTC) else {
            throw ValidationError(
                "--start-utc is \(startUTC); allowed is a whole UTC second, "
                    + "as 2026-03-20T21:00:00Z, because beacon pulse 0 leaves on it")
        }
        let analysis = try Analysis(
            Analysis.Request(
                file: file, format: format, board: try Board.load(board), lightTime: lightTime,
                startUTC: start, tagZero: tagZero, rowsPerSecond: rowsPerSecond, out: out))
        let line = ProgressLine(isShown: isatty(STDERR_FILENO) == 1)
        defer { line.end() }
        let summary = try analysis.run { line.show($0) }
        line.end()
        if json {
            print(String(decoding: try summary.json(), as: UTF8.self))
        } else {
            show(summary)
        }
        if let damage = summary.damage {
            FileHandle.standardError.write(
                Data("Error: \(damage); what could be read was analysed\n".utf8))
            throw ExitCode(1)
        }
    }

    private func show(_ summary: AnalysisSummary) {
        let sigma = summary.sync.sigmaMedianPs.map { "sigma \(Int($0)) ps, " } ?? ""
        let valid = String(format: "valid %.1f %% of the time", summary.sync.validFraction * 100)
        print("recording       \(summary.source) (\(summary.format))")
        print(
            "tags            \(SummaryPrinter.grouped(summary.records)) records in "
                + String(format: "%.1f s", summary.durationS))
        print("UTC             \(summary.pulsePerSecond)")
        print("sync            \(sigma)\(valid)")
        print(
            "clicks          \(SummaryPrinter.grouped(summary.accepted)) accepted of "
                + SummaryPrinter.grouped(summary.detections))
        print("written         \(out)/clock.csv, clicks.npy, summary.json")
    }
}

/// A whole UTC second as people write it.
enum StartTime {
    /// Seconds since 1970 of "2026-03-20T21:00:00Z", with ".000", "+00:00" or no zone, or of a
    /// plain number; `nil` if it is no whole second.
    static func seconds(_ text: String) -> Int64? {
        if let number = Double(text) {
            return number == number.rounded() ? Int64(exactly: number) : nil
        }
        var rest = text.replacingOccurrences(of: "+00:00", with: "Z")
        if rest.last != "Z", rest.last != "z" { rest += "Z" }
        if let point = rest.firstIndex(of: ".") {
            let fraction = rest[rest.index(after: point)...].dropLast()
            guard fraction.allSatisfy({ $0 == "0" }) else { return nil }
            rest = String(rest[..<point]) + "Z"
        }
        return CalendarTime.seconds(rest)
    }
}
