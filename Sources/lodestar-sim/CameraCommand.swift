import ArgumentParser
import Glibc
import LinuxIO
import Quantities

/// `lodestar-sim camera`: a GigE Vision camera that sees a moving beacon.
struct CameraCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "camera",
        abstract: "Serve a GigE Vision camera that sees a moving beacon spot.",
        discussion: """
            Drawn anew for every frame: the spot moves by itself, and back by twice the tilt of the \
            mirror that is served on --listen. Needs the Aravis library, Debian's libaravis-0.8-0.
            """)

    @Option(help: "Address of the network interface to answer on.") var interface = "127.0.0.1"
    @Option(help: "Serial number: the camera is found as Aravis-Fake-SERIAL.") var serial = "BEACON"
    @Flag(help: "Serve a mirror too, which moves the spot.") var withMirror = false
    @Option(help: "How far the spot moves, microradians on the sky, 0 to 10,000.")
    var amplitude = 60.0
    @Option(help: "How often it does, Hz, 0 to 100.") var frequency = 0.5
    @Option(help: "Field of one pixel, microradians, 0.1 to 1000.") var pixel = 10.0
    @Option(help: "Photo-electrons of the spot in a frame, 0 to 1,000,000.") var electrons = 1_500.0
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1
    @OptionGroup(title: "Options of the mirror") var mirror: MirrorOptions

    func validate() throws {
        guard 0...10_000 ~= amplitude, 0...100 ~= frequency, 0.1...1_000 ~= pixel,
            0...1_000_000 ~= electrons
        else {
            throw ValidationError(
                "--amplitude, --frequency, --pixel or --electrons is out of range; see --help.")
        }
    }

    func run() throws {
        Interruption.listen()
        let server = mirror.server()
        let scene = BeaconScene(
            amplitude: amplitude, frequency: frequency, pixel: pixel, electrons: electrons,
            seed: seed, mirror: withMirror ? server : nil)
        let camera = try FakeBeaconCamera(interface: interface, serial: serial, scene: scene)
        print("camera Aravis-Fake-\(serial) on \(interface); Ctrl-C ends")
        if withMirror {
            do throws(LinuxIOError) {
                let listener = try mirror.listener()
                print("mirror listening on \(mirror.host):\(listener.port)")
                fflush(nil)
                try server.run(listener)
            } catch {
                throw ValidationError(mirror.explanation(error))
            }
        } else {
            fflush(nil)
            while !Interruption.isOrdered {
                HostClock.sleep(until: HostClock.now.later(by: .milliseconds(100)))
            }
        }
        camera.end()
    }
}
