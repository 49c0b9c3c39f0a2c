import Foundation
import Recorder
import Testing

@testable import Report

/// A directory that is gone after the test, unless someone wants to look at it.
final class Folder {
    let path: String
    private let isKept: Bool

    init() {
        let wanted = ProcessInfo.processInfo.environment["LODESTAR_REPORT_SAMPLES"]
        isKept = wanted != nil
        path = (wanted ?? NSTemporaryDirectory()) + "/report-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { if !isKept { try? FileManager.default.removeItem(atPath: path) } }

    /// Renders the page and checks that it is well formed.
    func page() throws -> String {
        let page = try Report.render(path)
        try page.write(toFile: path + "/report.html", atomically: true, encoding: .utf8)
        return page
    }
}

/// Whether every drawing and table of `page` is well-formed XML, by Python's parser.
func isWellFormed(_ page: String) -> Bool? {
    let body = page.replacingOccurrences(of: "<!DOCTYPE html>", with: "")
        .replacingOccurrences(
            of: "<meta [^>]*>", with: "", options: .regularExpression)
    let file = NSTemporaryDirectory() + UUID().uuidString + ".xml"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try? body.write(toFile: file, atomically: true, encoding: .utf8)
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
        "python3", "-c", "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])", file,
    ]
    guard (try? python.run()) != nil else { return nil }
    python.waitUntilExit()
    return python.terminationStatus == 0
}

@Suite struct ReportTests {
    @Test func aWholePassShowsEverySection() throws {
        let folder = Folder()
        try SyntheticPass.write(to: folder.path)
        let page = try folder.page()
        for text in [
            "SIMULATED", "1\u{202F}672\u{202F}345", "1.21\u{202F}%", "11.4\u{202F}ps",
            "94.2\u{202F}%", "22\u{202F}\u{00D7}", "seed 7", "Elevation and range", "Detector A",
            "Sifted rate", "outside the gate", "no answer for 2.0 s", "rectilinear",
            "from the slot", "147\u{202F}576", "0c560674-5e13-43a5-bead-a3ea297e7cda", "1.106",
            "nothing left &lt;after&gt;", "Where the key-basis bits went", "122\u{202F}000",
            "Tracking error", "Spectrum of the tracking error", "Spot on the fine camera",
            "The sky:",
            "0.380 s after the start", "380.50 s",
            "Security monitors", "1\u{202F}934 epochs watched", "phase shift", "87.3\u{202F}ps",
            "1e\u{2212}14.2", "rate ceiling", "quiet", "dark rate&lt;b&gt; 50 Hz (board)",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("Left out"))
        #expect(isWellFormed(page) ?? true)
    }

    @Test func thePageStandsAlone() throws {
        let folder = Folder()
        try SyntheticPass.write(to: folder.path)
        let page = try folder.page()
        for text in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
            #expect(!page.contains(text), "\(text)")
        }
    }

    @Test func textsOfOthersCannotBecomeMarkup() throws {
        let folder = Folder()
        try SyntheticPass.write(to: folder.path)
        let page = try folder.page()
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("&lt;for the page&#39;s tests&gt;"))
    }

    @Test func aRecordingOfOthersLeavesOutWhatItHasNot() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        for time in 0..<30 {
            var row = TelemetryRow(time: Int64(time))
            row.countH = 1_000
            row.countV = 900 + Int64(time)
            row.syncSigma = 20
            try telemetry.append(row)
        }
        try telemetry.summary(["source": "recording.ptu"])
        try telemetry.finish()
        let page = try folder.page()
        #expect(page.contains("recording.ptu"))
        #expect(!page.contains("SIMULATED"))
        #expect(!page.contains("Elevation and range"))
        #expect(page.contains("Left out: nothing was sifted, as no satellite answered."))
        #expect(page.contains("Left out: there was no link to a satellite."))
        #expect(page.contains("Left out: this recording was not distilled to a key."))
        #expect(isWellFormed(page) ?? true)
    }

    @Test func anEmptyPassIsStillAPage() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        try telemetry.finish()
        #expect(isWellFormed(try folder.page()) ?? true)
    }

    @Test func aDirectoryWithoutTelemetryIsAClearError() {
        do throws(RecorderError) {
            _ = try Report.render("no/such/pass")
            Issue.record("made a page from nothing")
        } catch {
            #expect(
                error.description
                    == "telemetry no/such/pass/telemetry.sqlite: there is no such file")
        }
    }

    @Test func extremeValuesStayInsideTheDrawing() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        for (time, value) in [0.0, 1e300, -1e300, 1e-300, .infinity, .nan].enumerated() {
            var row = TelemetryRow(time: Int64(time) * 1_000_000_000_000)
            row.elevation = value
            row.qber = value
            row.countH = time % 2 == 0 ? .max : .min
            row.siftedBits = .max
            row.drops = ["gate": .max]
            try telemetry.append(row)
        }
        try telemetry.histogram(detector: "H", firstOffset: .max, width: .max, counts: [.max, 0])
        try telemetry.finish()
        let page = try folder.page()
        #expect(!page.contains("nan"))
        #expect(!page.contains("\"inf"))
        #expect(isWellFormed(page) ?? true)
    }
}

@Suite struct TicksTests {
    @Test(arguments: [
        (0.0, 400.0, true, ["0", "60", "120", "180", "240", "300", "360"]),
        (0.0, 78.0, false, ["0", "20", "40", "60", "80"]),
        (0.0, 0.013, false, ["0.000", "0.005", "0.010", "0.015"]),
    ])
    func ticksAreRoundNumbers(least: Double, greatest: Double, isTime: Bool, labels: [String]) {
        let ticks = Ticks(
            least...greatest, count: isTime ? 7 : 4, isTime: isTime, endsWithData: isTime)
        #expect(ticks.values.map(ticks.label) == labels)
        #expect(ticks.range.lowerBound <= least && ticks.range.upperBound >= greatest)
    }

    @Test func numbersAreWrittenForPeople() {
        #expect(Markup.grouped(1_234_567) == "1\u{202F}234\u{202F}567")
        #expect(
            Markup.grouped(.min)
                == "\u{2212}9\u{202F}223\u{202F}372\u{202F}036\u{202F}854\u{202F}775\u{202F}808")
        #expect(Markup.fixed(-0.04, 1) == "0.0")
        #expect(Markup.significant(0.01234) == "0.0123")
        #expect(
            Markup.significant(1234.5) == "1\u{202F}235"
                || Markup.significant(1234.5) == "1\u{202F}234")
    }
}
