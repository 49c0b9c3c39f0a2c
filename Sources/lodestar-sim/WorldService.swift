import BoardFile
import FaultyDrivers
import Foundation
import LinuxIO
import PayloadHAL
import Quantities
import Station
import Synchronization
import TimeTags
import USBIP

/// The simulated world at work: paced by the host's clock, seen through a bus and a link.
///
/// Threads: the caller's runs the world (``run()``); each client of the bus, the link and the
/// control socket have one. They meet in ``bus``, ``satellite`` and ``orders`` alone.
final class WorldService: BusService {
    /// How the world is played.
    struct Settings: Sendable {
        var taggerName: String
        /// Stream time per host time.
        var speed: Double
        /// Stream time after which the tagger is given what the world has made, ps.
        var step: Int64
    }

    /// What other threads want of the world's.
    private struct Orders {
        var flood: Flood
        var spoilt = FaultyTags()
        var time: Int64 = 0
        var isQuitting = false
    }

    /// What the world's thread tells the others.
    private struct Progress {
        var report: WorldReport
        var connections: Int64 = 0
        var lastFault: String?
    }

    let bus: Mutex<USBIPServer<EmulatedTagger>>
    let satellite: Mutex<ServedSatellite?>
    private let settings: Settings
    private let faults = FaultOrders()
    private let orders: Mutex<Orders>
    private let progress: Mutex<Progress>
    private let began = HostClock.now

    /// A world that waits for its tagger to be started.
    init(
        board: Board, world: borrowing ServedWorld, tagger: EmulatedTagger,
        satellite: consuming sending ServedSatellite?, settings: Settings
    ) {
        self.settings = settings
        bus = Mutex(USBIPServer([tagger]))
        self.satellite = Mutex(satellite)
        orders = Mutex(Orders(flood: Flood(seed: world.seed)))
        var report = WorldReport(
            board: board.name, seed: world.seed, session: world.session,
            tagger: settings.taggerName)
        report.durationS = Double(world.end) * 1e-12
        progress = Mutex(Progress(report: report))
    }

    /// Whether to end.
    var isEnding: Bool { Interruption.isOrdered || orders.withLock { $0.isQuitting } }

    /// Time of the link, ps: it runs from the start of the program, with the speed of the world.
    var linkTime: Int64 {
        Int64(Double(HostClock.now.count - began.count) * settings.speed)
    }

    func withBus<Result: Sendable>(
        _ body: (inout USBIPServer<EmulatedTagger>) -> Result
    ) -> Result { bus.withLock { body(&$0) } }

    // MARK: The world's thread

    /// Plays `world` until ordered to end.
    func run(_ world: consuming ServedWorld) {
        var world = world
        var start: Picoseconds?
        // The last step of a pass in one process ends here: a whole 10 ms.
        let last = (world.end + 9_999_999_999) / 10_000_000_000 * 10_000_000_000
        while !isEnding {
            guard let begin = start else {
                if bus.withLock({ $0.withFunction(0) { $0.isRunning } }) {
                    start = HostClock.now
                } else {
                    rest(for: 1_000_000_000)
                }
                continue
            }
            let due = Int64(Double(HostClock.now.count - begin.count) * settings.speed)
            play(&world, until: min(due, last))
            if world.time >= last { beat(world, at: due) }
            note(world, isOver: world.time >= last)
            let next = Double(world.time + settings.step - due) / settings.speed
            rest(for: min(max(Int64(min(next, 1e12)), 100_000_000), 10_000_000_000))
        }
    }

    /// Sleeps, ps.
    private func rest(for span: Int64) {
        HostClock.sleep(until: HostClock.now.later(by: Picoseconds(span)))
    }

    /// Lets the world run on, at most a second at once, so that orders are heard.
    private func play(_ world: inout ServedWorld, until due: Int64) {
        let limit = min(due, world.time + 1_000_000_000_000)
        while world.time + settings.step <= limit {
            world.advance(to: world.time + settings.step)
            give(world.tags, now: world.taggerTime)
        }
    }

    private func give(_ tags: [TimeTag], now: Int64) {
        let given = orders.withLock { orders in
            orders.time = now
            let lit = orders.flood.isIdle ? tags : orders.flood.apply(to: tags, until: now)
            return orders.spoilt.pass(lit, now: now, faults[.tagger])
        }
        guard let given else { return }
        bus.withLock { bus in
            bus.withFunction(0) { tagger in
                if given.garbage > 0 { tagger.sendGarbage(given.garbage) }
                given.tags.withUnsafeBufferPointer { tagger.take($0, now: given.now) }
            }
        }
    }

    /// After the last light the tagger's clock goes on.
    private func beat(_ world: borrowing ServedWorld, at due: Int64) {
        give([], now: world.taggerTime + max(0, due - world.time))
    }

    private func note(_ world: borrowing ServedWorld, isOver: Bool) {
        let (time, tags, elevation) = (world.time, world.tagCount, world.elevation)
        progress.withLock {
            $0.report.streamS = Double(time) * 1e-12
            $0.report.elevationDeg = elevation
            $0.report.tags.made = tags
            $0.report.isOver = isOver
        }
    }

    // MARK: The link

    /// Gives the satellite a message, if there is one, and takes what is due to the station.
    func exchange(_ message: [UInt8]) -> [[UInt8]] {
        satellite.withLock { satellite in
            let now = linkTime
            let isLost = isLinkOff(at: now)
            if !message.isEmpty, !isLost {
                message.withUnsafeBytes { satellite?.send($0, at: now) }
            }
            var answers: [[UInt8]] = []
            satellite?.exchange(until: now) { if !isLost { answers.append(Array($0)) } }
            return answers
        }
    }

    private func isLinkOff(at now: Int64) -> Bool {
        switch faults[.link] {
        case .off: true
        case .intermittent: FaultyBytes.isOff(at: now)
        default: false
        }
    }

    /// The satellite answers no more, and its store is closed.
    func end() {
        satellite.withLock { satellite in
            if let last = satellite.take() { last.close() }
        }
    }

    // MARK: Orders

    /// Carries out an order; returns the answer, one line.
    func obey(_ order: WorldOrder) -> String {
        switch order {
        case .unplug: bus.withLock { $0.unplug(0) }
        case .plug: bus.withLock { $0.plug(0) }
        case .stall:
            bus.withLock { bus in
                bus.halt(0, endpoint: bus.withFunction(0) { $0.dataEndpoint })
            }
        case .garbage(let count):
            bus.withLock { $0.withFunction(0) { $0.sendGarbage(count) } }
        case .loseFrames(let count):
            bus.withLock { $0.withFunction(0) { $0.loseFrames(count) } }
        case .silence(let span):
            guard satellite.withLock({ $0?.silence(for: span) }) != nil else {
                return "refused: there is no link; start with --link"
            }
        case .flood(let channel, let rate, let span):
            orders.withLock {
                $0.flood.light(channel, rate: rate, from: $0.time, span: span)
            }
        case .blank(let channel, let isBlank):
            orders.withLock { $0.flood.blank(channel, isBlank) }
        case .fault(let instrument, let kind):
            if instrument == .link, satellite.withLock({ $0 == nil }) {
                return "refused: there is no link; start with --link"
            }
            faults[instrument] = kind
        case .clearFaults: faults.clear()
        case .listFaults:
            let all = faults.all.map { "\($0.instrument.rawValue) \($0.kind.rawValue)" }
            return all.isEmpty ? "none" : all.joined(separator: ", ")
        case .status: return report().json
        case .quit: orders.withLock { $0.isQuitting = true }
        }
        return "ok"
    }

    /// Everything there is to say now.
    func report() -> WorldReport {
        var report = progress.withLock { progress in
            progress.report.bus.connections = progress.connections
            progress.report.bus.lastFault = progress.lastFault
            return progress.report
        }
        bus.withLock { bus in
            let counts = bus.withFunction(0) { $0.counts }
            let traffic = bus.traffic(of: 0)
            report.tags.taken = counts.taken
            report.tags.dropped = counts.dropped
            report.tags.sent = counts.sent
            report.tags.lostOnOrder = counts.lostOnOrder
            report.tags.discarded = counts.discarded
            report.tags.frames = counts.frames
            report.bus.isPlugged = bus.isPlugged(0)
            report.bus.isImported = bus.isImported(0)
            report.bus.isRunning = bus.withFunction(0) { $0.isRunning }
            report.bus.transfers = traffic.transfers
            report.bus.bytes = traffic.bytes
            report.bus.stalls = traffic.stalls
        }
        report.satellite = satellite.withLock { $0?.summarise() }
        return report
    }

    /// Counts a client of the bus, and notes why the last one was let go.
    func noteClient(fault: USBIPFault?) {
        progress.withLock {
            if let fault { $0.lastFault = "\(fault)" } else { $0.connections += 1 }
        }
    }
}
