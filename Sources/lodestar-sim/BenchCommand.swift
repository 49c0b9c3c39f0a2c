import ArgumentParser
import BoardFile
import LinuxIO
import Procedures
import USBIP

/// `lodestar-sim bench`: the calibration bench of a board for drivers that think it is real.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Serve the calibration bench of a board: a tagger on USB, light on order.",
        discussion: """
            The four detectors of `lodestar calibrate` with the same board and seed, behind a \
            reference tagger on a USB/IP server, device 1-1, at the host's pace. Thresholds, \
            inputs in use, clock and test pulses are what the host sets. With, in the board, \
            tagger.connection = "usbip:HOST:PORT/1-1":

                lodestar calibrate dead-time --board BOARD --bench-control HOST:PORT

            Orders on the control socket, one per line, each answered by "ok" and the time on the \
            tagger's clock in ps from which it is so, by one line of JSON (truth, status) or by \
            "refused:" and the reason:

                set dark                           the lamp is off
                set lamp RATE                      steady light, clicks per second, as 180kHz
                set laser RATE PERIOD SYNC         pulses and their sync edges, as 110kHz 100ns 1us
                set satellite RATE                 the satellite's pulses, and its beacon
                set filters TRANSMITTANCE          above 0 and up to 1
                set plate ANGLE | none             half-wave plate behind a polariser, as 22.5deg
                set only H | V | D | A | all       who is in the light
                set window DELAY WIDTH | none      time gate about the pulses, as -3ns 2ns
                shutter open | close               before all four
                gate H open | close                of one detector
                truth                              what is hidden, and what was over-exposed
                seed                               the number that it is drawn from
                status                             counts
                unplug, plug                       the tagger goes off the bus, and is back
                quit                               the same as Ctrl-C
            """)

    @Argument(help: "The board file, as boards/sim.toml; it must be a simulated one.")
    var board: String
    @Option(help: "Seed of what is hidden; the board's own if not given.") var seed: UInt64?
    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp(
            "What is wrong with the bench: dead:H, saturated:D, swapped:H:V.", valueName: "fault"))
    var faults: [String] = []
    @Option(help: "Where the bus is served, HOST:PORT; port 0 takes a free one.")
    var usbip = "127.0.0.1:3240"
    @Option(help: "Where orders are taken, HOST:PORT; port 0 takes a free one.")
    var control = "127.0.0.1:0"
    @Option(help: "Tags that the tagger holds while the host does not read.")
    var memory = 1_048_576
    @Option(
        help: ArgumentHelp(
            "How often tags are handed to the tagger, 0.1 to 10 ms.", valueName: "milliseconds"))
    var step = 0.5
    @Flag(help: "Print what was hidden and what happened as one line of JSON at the end.")
    var json = false

    func validate() throws {
        guard 1_000...16_777_216 ~= memory else {
            throw ValidationError("--memory is \(memory); 1000 to 16777216 tags are possible.")
        }
        guard 0.1...10 ~= step else {
            throw ValidationError("--step is \(step); 0.1 to 10 milliseconds are possible.")
        }
    }

    func run() throws {
        Interruption.listen()
        let board = try Board.load(board)
        guard board.isSimulated else {
            throw ValidationError("board \(board.name) is a real one; give one with [world].")
        }
        let seed = seed ?? UInt64(bitPattern: board.world?.seed ?? 1)
        let faults = try faults.map { text in
            guard let fault = BenchTruth.Fault(text) else {
                throw ValidationError(
                    "--fault \(text) is not known; give dead:H, saturated:D or swapped:H:V.")
            }
            return fault
        }
        guard let tagger = EmulatedTagger(named: "reference", memory: memory) else { return }
        let service = BenchService(
            try ServedBench(board: board, seed: seed, faults: faults), tagger,
            board: board.name, seed: seed, step: Int64(step * 1e9))
        try WorldCommand.start(usbip, "--usbip", "bus") { BusClient.accept($0, for: service) }
        try WorldCommand.start(control, "--control", "control") { listener in
            ControlSocket.run(listener, until: { service.isEnding }, service.answer)
        }
        Notice.say("all of it is simulated, seed \(seed); Ctrl-C ends")
        service.run()
        print(json ? service.report().json : service.report().text)
    }
}
