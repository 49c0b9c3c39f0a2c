import ArgumentParser
import Glibc
import LinuxIO
import MirrorDrivers

/// `lodestar-sim mirror`: a piezo mirror controller that speaks GCS 2.0.
struct MirrorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Serve a fast steering mirror that speaks PI's General Command Set 2.0.",
        discussion: """
            Two axes, 1 and 2, counted in microradians of mechanical tilt. One client at a time; \
            the next one waits.
            """)

    @OptionGroup var options: MirrorOptions

    func run() throws {
        Interruption.listen()
        do throws(LinuxIOError) {
            let listener = try options.listener()
            print("mirror listening on \(options.host):\(listener.port); Ctrl-C ends")
            fflush(nil)
            try options.server().run(listener)
        } catch {
            throw ValidationError(options.explanation(error))
        }
    }
}

/// What both the mirror alone and the mirror beside the camera are told.
struct MirrorOptions: ParsableArguments {
    @Option(
        name: .customLong("listen"),
        help: "Address to listen on, HOST:PORT; port 0 takes a free one.")
    var address = "127.0.0.1:50000"
    @Option(help: "Travel of each axis, microradians, 1 to 100,000.") var travel = 2_000.0
    @Option(help: "Corner of the closed servo loops, Hz, 1 to 10,000.") var corner = 300.0
    @Option(
        help: ArgumentHelp(
            "Fail on purpose: \(Misbehaviour.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "kind"))
    var fault: Misbehaviour?
    @Option(help: "Commands to obey before failing, 0 or more.") var faultAfter: Int64 = 0

    func validate() throws {
        guard 1...100_000 ~= travel else {
            throw ValidationError("--travel is \(travel); 1 to 100000 microradians are possible.")
        }
        guard 1...10_000 ~= corner else {
            throw ValidationError("--corner is \(corner); 1 to 10000 Hz are possible.")
        }
        guard faultAfter >= 0 else {
            throw ValidationError("--fault-after is \(faultAfter); it cannot be negative.")
        }
    }

    /// The host as it was given.
    var host: String { address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address }

    func listener() throws(LinuxIOError) -> TCPListener {
        try TCPListener(on: NetworkAddress(parsing: address))
    }

    func server(onMove: (@Sendable ([Double]) -> Void)? = nil) -> MirrorServer {
        let axes = ["1", "2"].map {
            SimulatedAxis(name: $0, travel: 0...travel, corner: corner)
        }
        return MirrorServer(
            GCSServer(axes: axes), misbehaviour: fault, after: faultAfter, onMove: onMove)
    }

    func explanation(_ error: LinuxIOError) -> String {
        switch error {
        case .address: "--listen \(address) is no address; write HOST:PORT, as 127.0.0.1:50000."
        case .system("bind", let number):
            "cannot listen on \(address): \(String(cString: strerror(number))); "
                + "choose another port with --listen, or 0 for a free one."
        default: "serving on \(address) failed: \(error)"
        }
    }
}
