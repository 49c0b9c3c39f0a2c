import ArgumentParser
import BoardFile
import Foundation
import LinuxIO
import Quantities
import Station
import USBIP

/// `lodestar-sim world`: the simulated world of a board for drivers that think it is real.
struct WorldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "world",
        abstract: "Serve the simulated world of a board: a tagger on USB, the satellite on a link.",
        discussion: """
            The tagger is device 1-1 of a USB/IP server. On the machine that is to see it, as root:

                modprobe vhci-hcd
                usbip attach --remote HOST --busid 1-1

            The pass begins when the tagger is started and is played at the host's pace. Its light \
            is that of `lodestar run` with the same board and seed, bit for bit. The satellite \
            answers on --link, and keeps its keys in the store "satellite" of --store; the store \
            "station" beside it is for the station.

            Orders on the control socket, one per line, each answered by "ok", by one line of \
            JSON (status) or by "refused:" and the reason:

                unplug                   the tagger goes off the bus, and is stopped
                plug                     it is back, to be attached anew
                stall                    its endpoint halts until the host clears it
                garbage BYTES            bytes that mean nothing, before the next frame
                lose-frames COUNT        the next frames are lost without a word
                silence link TIME        no message crosses the link, as 2s
                flood CHANNEL RATE TIME  extra clicks of an input, as: flood 3 2MHz 50ms
                blank CHANNEL            an input gives no clicks, as behind a gate
                unblank CHANNEL          it does again
                fault INSTRUMENT KIND    as in the shell: tagger off, stuck, garbage, delayed or
                                         intermittent; link off or intermittent
                fault clear              all is well again; fault list says what is not
                status                   counts, and how far the pass is
                quit                     the same as Ctrl-C

            Ctrl-C ends in order: the satellite's store is closed, what happened is printed.
            """)

    @Argument(help: "The board file, as boards/sim.toml; it must describe a simulated world.")
    var board: String
    @Option(help: "Seed of the simulated world; the board's own if not given.") var seed: UInt64?
    @Option(help: "Where the bus is served, HOST:PORT; port 0 takes a free one.")
    var usbip = "127.0.0.1:3240"
    @Option(
        help: ArgumentHelp(
            "The satellite's end of the link: udp:PORT, or tcp:PORT for the byte stream of an "
                + "emulated serial line. Also udp:HOST:PORT and tcp:HOST:PORT.",
            valueName: "link"))
    var link: String?
    @Option(help: "Where orders are taken, HOST:PORT; port 0 takes a free one.")
    var control: String?
    @Option(
        help: ArgumentHelp(
            "reference, nox or fx2; or a reference tagger with a fault: "
                + EmulatedTagger.names.dropFirst(3).joined(separator: ", ") + ".",
            valueName: "kind"))
    var tagger = "reference"
    @Option(
        help: ArgumentHelp(
            "Serial line of --tagger nox as a byte stream, HOST:PORT: R starts it, S stops it.",
            discussion: "Without it the first request for data starts it."))
    var line: String?
    @Option(help: "Tags that the reference tagger holds while the host does not read.")
    var memory = 262_144
    @Option(
        help: ArgumentHelp(
            "Key stores of both ends, made if missing.",
            discussion: "Without it they lie in a folder that is gone with the program.",
            valueName: "directory"))
    var store: String?
    @Option(help: "Stream time per time of the host, 0.01 to 1000.") var speed = 1.0
    @Option(
        help: ArgumentHelp(
            "How often tags are handed to the tagger, 0.1 to 10 ms of stream time. With 10 the "
                + "frames are those of lodestar run byte for byte.",
            valueName: "milliseconds"))
    var step = 5.0
    @Flag(help: "Print what happened as one line of JSON.") var json = false

    func validate() throws {
        guard EmulatedTagger.names.contains(tagger) else {
            throw ValidationError(
                "--tagger is '\(tagger)'; possible are "
                    + EmulatedTagger.names.joined(separator: ", "))
        }
        guard line == nil || tagger == "nox" else {
            throw ValidationError("--line is for --tagger nox; \(tagger) has no serial line.")
        }
        guard 1_000...16_777_216 ~= memory else {
            throw ValidationError("--memory is \(memory); 1000 to 16777216 tags are possible.")
        }
        guard 0.01...1_000 ~= speed else {
            throw ValidationError("--speed is \(speed); 0.01 to 1000 are possible.")
        }
        guard 0.1...10 ~= step else {
            throw ValidationError("--step is \(step); 0.1 to 10 milliseconds are possible.")
        }
    }

    func run() throws {
        Interruption.listen()
        let board = try Board.load(board)
        let folder = try StoreFolder(store)
        defer { folder.remove() }
        let world = try ServedWorld(board: board, seed: seed)
        let port = try link.map { try LinkPort($0) }
        let satellite =
            port == nil
            ? nil
            : try ServedSatellite(board: board, seed: seed, storeDirectory: folder.path)
        guard var device = EmulatedTagger(named: tagger, memory: memory) else {
            throw ValidationError("there is no tagger '\(tagger)'.")
        }
        if line != nil { device.attachLine() }
        let service = WorldService(
            board: board, world: world, tagger: device, satellite: satellite,
            settings: .init(
                taggerName: tagger, speed: speed, step: Int64(step * 1e9)))
        try listen(port, for: service)
        service.run(world)
        let report = service.report()
        service.end()
        print(json ? report.json : report.text)
    }

    /// Opens all sockets, says where they are, and starts their threads.
    private func listen(_ port: LinkPort?, for service: WorldService) throws {
        try Self.start(usbip, "--usbip", "bus") { BusClient.accept($0, for: service) }
        if let control {
            try Self.start(control, "--control", "control") {
                ControlSocket.run($0, for: service)
            }
        }
        if let line { try Self.start(line, "--line", "line") { NoxLine.run($0, for: service) } }
        try port?.start(for: service)
        Notice.say("the pass begins when the tagger is started; Ctrl-C ends")
    }

    /// A listener on its way to its thread, which takes it once.
    private final class Held: @unchecked Sendable {
        private var listener: TCPListener?
        init(_ listener: consuming TCPListener) { self.listener = consume listener }
        func take() -> TCPListener? { listener.take() }
    }

    /// Listens at `address` and hands the listener to a thread of its own.
    static func start(
        _ address: String, _ option: String, _ what: String,
        _ body: @escaping @Sendable (consuming TCPListener) -> Void
    ) throws {
        let listener: TCPListener
        do throws(LinuxIOError) {
            listener = try TCPListener(on: NetworkAddress(parsing: address))
        } catch {
            throw ValidationError(explanation(error, address, option))
        }
        let host = address.lastIndex(of: ":").map { address[..<$0] } ?? ""
        Notice.say("\(what) on \(host):\(listener.port)")
        let held = Held(consume listener)
        Thread.detachNewThread {
            if let listener = held.take() { body(listener) }
        }
    }

    static func explanation(
        _ error: LinuxIOError, _ address: String, _ option: String
    ) -> String {
        switch error {
        case .address:
            "\(option) \(address) is no address; write HOST:PORT, as 127.0.0.1:3240."
        case .system("bind", let number):
            "cannot listen on \(address): \(String(cString: strerror(number))); "
                + "choose another port with \(option), or 0 for a free one."
        default: "listening on \(address) failed: \(error)"
        }
    }
}

/// The folder of the key stores; one that nobody named is gone with the program.
private struct StoreFolder {
    let path: String
    private let isScratch: Bool

    init(_ given: String?) throws {
        isScratch = given == nil
        path = given ?? FileManager.default.temporaryDirectory.path + "/lodestar-sim-\(UUID())"
    }

    func remove() {
        if isScratch { try? FileManager.default.removeItem(atPath: path) }
    }
}

/// Lines on the standard error output, beside what is printed at the end.
enum Notice {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
