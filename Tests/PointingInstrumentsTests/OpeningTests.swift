import AravisCamera
import BoardFile
import Foundation
import LinuxIO
import Testing

@testable import PointingInstruments

/// Goal: what aims the telescope is opened as the board says, and what cannot be opened is named by
/// its key with what to do.
@Suite struct OpeningTests {
    private func board(_ pointing: String) throws -> Board {
        let path = FileManager.default.temporaryDirectory.path + "/pointing-\(UUID()).toml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = """
            [board]
            name = "bench"
            [channels]
            pps = 1
            beacon = 2
            H = 3
            V = 4
            D = 5
            A = 6
            [pointing]
            field_stop = "60 urad"
            \(pointing)
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try Board.load(path)
    }

    @Test func aBoardThatNamesNoConnectionHasNothingToOpen() throws {
        let instruments = PointingInstruments(try board(""))
        #expect(try instruments.mirror() == nil)
        #expect(try instruments.camera() == nil)
        #expect(try instruments.mount() == nil)
    }

    @Test(arguments: ["mirror", "mount"])
    func aServerThatIsNotThereIsNamedByItsKey(_ part: String) throws {
        // A port that was free a moment ago.
        let port: UInt16
        do {
            let listener = try TCPListener(on: NetworkAddress(parsing: "127.0.0.1:0"))
            port = listener.port
        }
        let connection = part == "mirror" ? "tcp" : "rotctld"
        let instruments = PointingInstruments(
            try board("[pointing.\(part)]\nconnection = \"\(connection):127.0.0.1:\(port)\""))
        let problem = #expect(throws: InstrumentProblem.self) {
            _ = part == "mirror" ? try instruments.mirror() == nil : try instruments.mount() == nil
        }
        #expect(problem?.key == "pointing.\(part).connection")
        #expect(problem?.fault == .unreachable)
        #expect(problem?.line.contains("127.0.0.1:\(port)") == true)
        #expect(problem?.remedy.contains("power and cable") == true)
    }

    @Test func aSerialLineThatIsNotThereIsNamedByItsKey() throws {
        let instruments = PointingInstruments(
            try board("[pointing.mirror]\nconnection = \"serial:/dev/lodestar/none@115200\""))
        let problem = #expect(throws: InstrumentProblem.self) { _ = try instruments.mirror() }
        #expect(problem?.key == "pointing.mirror.connection")
    }

    @Test func aCameraThatIsNotThereIsNamedByItsKey() throws {
        for connection in ["v4l2:/dev/lodestar/none", "aravis:No-Such-Camera"] {
            let instruments = PointingInstruments(
                try board("[pointing.camera]\nconnection = \"\(connection)\""))
            let problem = #expect(throws: InstrumentProblem.self) { _ = try instruments.camera() }
            #expect(problem?.key == "pointing.camera.connection")
            #expect(problem?.remedy.isEmpty == false)
        }
    }

    @Test func aMachineWithoutTheCameraLibraryIsToldWhatToInstall() {
        let key = "pointing.camera.connection"
        let problem = PointingInstruments.problem(
            .missing("the Aravis library cannot be loaded (no such file)"), key,
            .aravis(name: "CAM-1"))
        #expect(
            problem.description
                == "pointing.camera.connection = aravis:CAM-1: the Aravis library cannot be loaded "
                + "(no such file); sudo apt-get install libaravis-0.8-0")
        #expect(problem.fault == .unreachable)
        let refusal = PointingInstruments.problem(.unsuitable("9 bits"), key, .aravis(name: "C"))
        #expect(refusal.problem.hasPrefix("opening: it refused"))
    }
}
