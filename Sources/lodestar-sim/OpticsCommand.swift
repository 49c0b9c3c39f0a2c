import ArgumentParser
import Foundation
import LinuxIO
import MirrorDrivers
import Quantities
import Simulator

/// `lodestar-sim optics`: mirror and camera of one bench, for the calibrations of aiming.
struct OpticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optics",
        abstract: "Serve a mirror, the camera behind it, and detectors: a bench for aiming.",
        discussion: """
            The mirror speaks GCS 2.0 on --listen; the camera is GigE Vision, Aravis-Fake-SERIAL, \
            of --pixels each way. The seed draws what a calibration has to find: scale, rotation \
            and delay of the mirror, gain, offset, read noise and hot pixels of the camera, the \
            boresight. --json prints it at the start, as one line.

            Orders on the control socket, one per line, each answered by "ok" or by "refused:" \
            and the reason:

                light star      a star
                light even      a white screen, evenly lit
                light dark      the cap
                quit            the same as Ctrl-C

            Needs the Aravis library, Debian's libaravis-0.8-0.
            """)

    @Option(help: "Address of the network interface on which the camera answers.")
    var interface = "127.0.0.1"
    @Option(help: "Serial number of the camera.") var serial = "OPTICS"
    @Option(help: "Pixels across a picture, 32 to 512: pointing.camera.pixels of the board.")
    var pixels = 64
    @Option(help: "Field of one pixel, microradians, 0.1 to 1000: pointing.camera.pixel.")
    var pixel = 6.0
    @Option(help: "Resonance of the mirror, Hz, 10 to 10,000.") var resonance = 800.0
    @Option(help: "Damping ratio of the resonance, 0.01 to 0.99.") var damping = 0.5
    @Option(help: "Seed of what is to be found, and of the noise.") var seed: UInt64 = 1
    @Option(help: "Where orders are taken, HOST:PORT; port 0 takes a free one.")
    var control: String?
    @Option(
        help: ArgumentHelp(
            "Serve the detectors' tagger too, as device 1-1 of a USB/IP server at HOST:PORT: H, V, "
                + "D and A at inputs 3 to 6.", valueName: "host:port"))
    var usbip: String?
    @Flag(help: "Print what is to be found as one line of JSON.") var json = false
    @OptionGroup(title: "Options of the mirror") var mirror: MirrorOptions

    func validate() throws {
        guard 32...512 ~= pixels, 0.1...1_000 ~= pixel, 10...10_000 ~= resonance,
            0.01...0.99 ~= damping
        else {
            throw ValidationError(
                "--pixels, --pixel, --resonance or --damping is out of range; see --help.")
        }
    }

    func run() throws {
        Interruption.listen()
        var setting = OpticsScene.Setting()
        setting.pixels = pixels
        setting.pixelScale = pixel * 1e-6
        (setting.resonance, setting.damping) = (resonance, damping)
        let bench = OpticsBench(setting, seed: seed)
        let server = mirror.server { targets in
            bench.steer(to: MirrorTilt(a: targets[0] * 1e-6, b: targets[1] * 1e-6))
        }
        let camera = try FakeBeaconCamera(interface: interface, serial: serial, scene: bench)
        if let control {
            try WorldCommand.start(control, "--control", "control") {
                ControlSocket.run($0, until: { Interruption.isOrdered }) {
                    Self.obey($0, bench)
                }
            }
        }
        if let usbip, let tagger = OpticsTagger(bench, seed: seed) {
            try WorldCommand.start(usbip, "--usbip", "bus") {
                BusClient.accept($0, for: tagger)
            }
            Thread.detachNewThread { tagger.run() }
        }
        if json { print(OpticsTruth(bench.truth).json) }
        Notice.say("camera Aravis-Fake-\(serial) on \(interface); Ctrl-C ends")
        do throws(LinuxIOError) {
            let listener = try mirror.listener()
            Notice.say("mirror on \(mirror.host):\(listener.port)")
            fflush(nil)
            try server.run(listener)
        } catch {
            throw ValidationError(mirror.explanation(error))
        }
        camera.end()
    }

    /// Carries out an order; returns the answer, one line.
    static func obey(_ line: String, _ bench: OpticsBench) -> String {
        let words = line.split { $0.isWhitespace }.map(String.init)
        if words == ["quit"] {
            Interruption.order()
            return "ok"
        }
        guard words.count == 2, words[0] == "light",
            let light = OpticsScene.Light(rawValue: words[1])
        else {
            return "refused: no such order: '\(line.prefix(60))'; possible are "
                + "light star, light even, light dark, quit"
        }
        bench.light = light
        return "ok"
    }
}

/// What a calibration has to find, as programs read it.
struct OpticsTruth: Encodable {
    let scaleA, scaleB, rotationMrad, resonanceHz, delayUs: Double
    let electronsPerLevel, offset, readNoiseElectrons: Double
    let hotPixels: Int
    let boresightXUrad, boresightYUrad: Double

    init(_ truth: OpticsScene.Truth) {
        (scaleA, scaleB) = (truth.matrix.scaleA, truth.matrix.scaleB)
        rotationMrad = truth.matrix.rotation * 1e3
        resonanceHz = truth.mirror.resonance ?? 0
        delayUs = truth.delay * 1e-6
        electronsPerLevel = truth.camera.electronsPerLevel
        offset = truth.camera.offset
        readNoiseElectrons = truth.camera.readNoise
        hotPixels = Set(truth.hotPixels.map { $0.y << 16 | $0.x }).count
        (boresightXUrad, boresightYUrad) = (truth.boresight.x * 1e6, truth.boresight.y * 1e6)
    }

    /// One line, keys in snake_case.
    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
