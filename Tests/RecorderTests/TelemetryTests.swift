import Foundation
import Recorder
import Testing

@Suite struct TelemetryTests {
    /// A row with something in every kind of column.
    func row(_ time: Int64) -> TelemetryRow {
        var row = TelemetryRow(time: time)
        row.elevation = 10.5 + Double(time)
        row.range = 1_200.25
        row.countH = 1_000 + time
        row.lockState = "tracking"
        row.syncSigma = 12.5
        row.qber = 0.0125
        row.sifted = [10, 5, 1, 9, 4, nil]
        row.errors = [1, 0, 0, 1, 0, 0]
        row.drops = ["gate": 17, "dead time": 3]
        return row
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        let rows = (0..<25).map { row(Int64($0)) }
        for row in rows { try telemetry.append(row) }
        try telemetry.event(time: 3.5, severity: .warning, source: "clock", message: "fade")
        try telemetry.histogram(detector: "H", firstOffset: -800, width: 100, counts: [1, 2, 3])
        try telemetry.summary(["sifted_bits": "12345"])
        try telemetry.finish()
        let reader = try TelemetryReader(directory: folder.path)
        #expect(reader.rows == rows)
        #expect(reader.summary == ["sifted_bits": "12345"])
        #expect(reader.events.map(\.message) == ["fade"])
        #expect(reader.events.first?.severity == .warning)
        #expect(reader.histograms.first?.counts == [1, 2, 3])
        #expect(reader.histograms.first?.firstOffset == -800)
    }

    @Test func theFileStandsAloneAndPythonOpensIt() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        for time in 0..<12 { try telemetry.append(row(Int64(time))) }
        try telemetry.finish()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files == ["telemetry.sqlite"])
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = [
            "python3", "-c",
            "import sqlite3,sys; d = sqlite3.connect(sys.argv[1]); "
                + "print(d.execute('select count(*), sum(count_h), max(elevation_deg), "
                + "sum(n_rectilinear_signal), typeof(n_diagonal_vacuum) from seconds').fetchone(), "
                + "d.execute(\"select sum(count) from drops where reason='gate'\").fetchone())",
            folder.path + "/telemetry.sqlite",
        ]
        let output = Pipe()
        python.standardOutput = output
        guard (try? python.run()) != nil else {
            print("skipped: no python3")
            return
        }
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "(12, 12066, 21.5, 120, 'null') (204,)\n")
    }

    @Test func rowsOfACrashedPassAreThereUpToTheLastCommit() throws {
        let folder = Folder()
        let telemetry = try Telemetry(directory: folder.path)
        for time in 0..<15 { try telemetry.append(row(Int64(time))) }
        let reader = try TelemetryReader(directory: folder.path)
        #expect(reader.rows.count == Telemetry.rowsPerCommit)
        try telemetry.finish()
    }

    @Test func whatIsNoDatabaseIsAClearError() throws {
        let folder = Folder()
        try Data(noise(4_096)).write(to: URL(fileURLWithPath: folder.path + "/telemetry.sqlite"))
        #expect(throws: RecorderError.self) { _ = try TelemetryReader(directory: folder.path) }
        #expect(throws: RecorderError.exists(path: folder.path + "/telemetry.sqlite")) {
            _ = try Telemetry(directory: folder.path)
        }
    }
}

@Suite struct PassManifestTests {
    @Test func aManifestIsReadBack() throws {
        let folder = Folder()
        let manifest = PassManifest(
            softwareVersion: "0.1.0", boardName: "sim", boardText: "[board]\nname = \"sim\"\n",
            boardDigest: String(repeating: "a", count: 64), isSimulated: true,
            startUTC: 1_774_040_400, seed: 7, taggerFormat: "reference")
        try manifest.write(to: folder.path)
        #expect(try PassManifest.read(from: folder.path) == manifest)
    }

    @Test func aMissingOrForeignManifestIsAClearError() throws {
        let folder = Folder()
        #expect(throws: RecorderError.self) { _ = try PassManifest.read(from: folder.path) }
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path + "/pass.json"))
        #expect(throws: RecorderError.self) { _ = try PassManifest.read(from: folder.path) }
    }
}
