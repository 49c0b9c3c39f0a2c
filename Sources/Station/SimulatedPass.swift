public import BoardFile
import ClockSync
import Crypto
import Distillation
import Foundation
import KeyStore
import Recorder
import Sifting
import Simulator
import Wire

/// A whole pass of a simulated board, faster than life: the wiring is in ``Topology``.
public final class SimulatedPass {
    /// How far a running pass has come.
    public struct Progress: Sendable {
        /// Stream time, s.
        public var time: Double
        /// Length of the pass, s.
        public var duration: Double
        /// Elevation, degrees.
        public var elevation: Double
        /// State of the clock.
        public var clock: String
        /// Sifted bits so far, of both bases.
        public var sifted: Int64
        /// Bits of the keys made so far.
        public var keyBits: Int64
        /// Errors over clicks of the test basis's signal states so far.
        public var qber: Double?
        /// Host time since the start, s.
        public var elapsed: Double
    }

    /// After the last light, messages may still be exchanged for this long, ps: a minute.
    private static let closingTime: Int64 = 60_000_000_000_000

    private let board: Board
    private let world: WorldParameters
    private let directory: String?
    private let keyBasis: UInt8
    private let engine: PassEngine
    private let book: PassBook
    private let feed: WorldFeed
    private let pointing: PointingRun?
    private let distillation: PassDistillation
    private let satelliteNotes: StoreVault.Notes
    private let stores: PassStores
    /// Where the stores lie if nobody asked for them: gone when the pass is.
    private let scratch: String?
    private var peer: SatellitePeer
    private var letter: SecureLetter?
    private var recording: PassRecording?
    private let message: UnsafeMutableRawBufferPointer
    private let started = ContinuousClock.now
    private let isCancelled = StopFlag()

    /// Asks a running pass to end in order: what was recorded stays, the summary is written.
    public var cancel: @Sendable () -> Void {
        let flag = isCancelled
        return { flag.set() }
    }

    /// A pass of `board`, recorded in `directory` if one is given.
    ///
    /// - Parameters:
    ///   - seed: Replaces the board's seed.
    ///   - letter: A text to send to the satellite under the first key, while the pass runs.
    ///   - storeDirectory: Where the key stores of both ends lie, made if missing; without it
    ///     `keys` in `directory`, and without that they end with the pass.
    public init(
        board: Board, seed: UInt64?, directory: String?, storeDirectory: String? = nil,
        letter: String? = nil
    ) throws {
        guard let world = try board.worldParameters(seed: seed) else {
            throw PassError.board(
                name: board.name,
                problem: "describes no simulated world; a pass needs [world] or a tagger, "
                    + "and live taggers are not built yet. Try boards/sim.toml")
        }
        if let fault = world.faults.first {
            throw PassError.board(name: board.name, problem: "world: \(fault)")
        }
        self.board = board
        self.world = world
        self.directory = directory
        let setup = PassSetup(board: board, world: world)
        if let directory { try PassRecording.refuseUsed(directory) }
        let parameters = board.distillationParameters(session: setup.session)
        (stores, scratch) = try Self.openStores(storeDirectory, recording: directory)
        distillation = try PassDistillation(
            parameters: parameters, store: stores.station,
            windows: board.windowCount(of: world.predictedOrbit.duration))
        let topology = try Topology(
            board: board, setup: setup, world: world, distillation: distillation)
        engine = topology.engine
        book = topology.book
        keyBasis = topology.keyBasis
        pointing = try PointingRun(board: board, world: world)
        feed = WorldFeed(world, pointing: pointing)
        self.letter = letter.map { [stores] in
            SecureLetter(
                $0, store: stores.station, session: setup.session, retry: board.link.retry)
        }
        let vault = StoreVault(stores.satellite)
        satelliteNotes = vault.notes
        peer = try SatellitePeer(
            parameters: board.siftParameters(session: setup.session), world: world,
            distillation: parameters, vault: vault, time: distillation.time)
        message = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
        if let directory {
            recording = try PassRecording(
                directory: directory, board: board, setup: setup,
                startUTC: world.geometry.sampled?.start.unixSeconds ?? board.world?.start ?? 0)
        }
    }

    deinit {
        message.deallocate()
        if let scratch { try? FileManager.default.removeItem(atPath: scratch) }
    }

    private static func openStores(
        _ given: String?, recording: String?
    ) throws -> (PassStores, scratch: String?) {
        if let path = given ?? recording.map({ $0 + "/keys" }) {
            return (try PassStores(directory: path), nil)
        }
        let scratch = FileManager.default.temporaryDirectory.path + "/lodestar-\(UUID())"
        return (try PassStores(directory: scratch), scratch)
    }

    /// Runs the pass to its end.
    ///
    /// - Parameter progress: Called once per second of stream time.
    public func run(progress: (Progress) -> Void = { _ in }) throws -> PassSummary {
        feed.start()
        var now: Int64 = 0
        do {
            now = try receiveLight(progress: progress)
        } catch {
            feed.stop()
            try? recording?.finish()
            throw error
        }
        if isCancelled.isSet { feed.stop() }
        now = try close(from: now)
        return try finish(now: now)
    }

    private func receiveLight(progress: (Progress) -> Void) throws -> Int64 {
        var now: Int64 = 0
        var isLast = false
        // Ends with the packet that says that it is the last.
        while !isLast {
            let packet = feed.next()
            now = packet.end
            isLast = packet.isLast || isCancelled.isSet
            book.learn(packet)
            for verdict in packet.verdicts {
                try recording?.note(verdict)
                engine.aim(verdict)
            }
            try recording?.append(packet.bytes)
            packet.bytes.withUnsafeBytes { engine.take($0, now: now) }
            book.book(engine, now: now, taggerBytes: packet.bytes.count)
            let elevation = packet.elevation
            feed.release()
            try step(now: now)
            if now % 1_000_000_000_000 == 0 {
                try book.write(to: recording?.telemetry, now: now, isLast: false)
                progress(report(now: now, elevation: elevation))
            }
        }
        return now
    }

    /// One exchange over the link at stream time `now`.
    private func step(now: Int64) throws {
        distillation.now = now
        try peer.exchange(until: now) { bytes, arrival in
            // Keys come of what nobody can replay: the journal has what sifting was told.
            switch MessageHeader.kind(bytes) {
            case .distillationAnswer: return distillation.receive(bytes, now: arrival)
            case .letter:
                letter?.receive(bytes, now: arrival)
                return
            default: break
            }
            try recording?.note(time: arrival, message: bytes)
            engine.receive(bytes, now: arrival)
        }
        try recording?.note(time: now, message: nil)
        // The sifter gives one message per call until none is due.
        while true {
            let count = engine.poll(now: now, into: message)
            if count == 0 { break }
            send(count, at: now)
        }
        send(distillation.poll(now: now, into: message), at: now)
        send(letter?.poll(now: now, key: distillation.firstKey, into: message) ?? 0, at: now)
    }

    /// Hands the first `count` bytes of the message to the link, if there are any.
    private func send(_ count: Int, at now: Int64) {
        guard count > 0 else { return }
        peer.send(UnsafeRawBufferPointer(rebasing: message[..<count]), at: now)
    }

    /// After the last light: the last epochs, and the word that both ends hold the same.
    private func close(from start: Int64) throws -> Int64 {
        engine.finish(now: start)
        var now = start
        while now < start + Self.closingTime {
            now += WorldFeed.step
            try step(now: now)
            if engine.keeper.ground.hasNothingWaiting { distillation.finish(now: now) }
            if case .answered = engine.keeper.ground.closeState, distillation.isIdle,
                letter?.isWaiting(forKey: distillation.firstKey) != true
            {
                break
            }
        }
        distillation.giveUp(now: now)
        noteEnd(now: now)
        return now
    }

    private func noteEnd(now: Int64) {
        if isCancelled.isSet { book.note(.warning, time: now, source: "station", "stopped early") }
        let lost = engine.keeper.ground.counters.epochsLost
        if lost > 0 {
            book.note(.error, time: now, source: "sifting", "\(lost) epochs got no answer")
        }
        switch engine.keeper.ground.closeState {
        case .answered(.agreed):
            book.note(
                .information, time: now, source: "sifting", "both ends hold the same record")
        case let state:
            book.note(.error, time: now, source: "sifting", "closing ended as \(state)")
        }
    }

    private func finish(now: Int64) throws -> PassSummary {
        var summary = PassSummary(board: board, engine: engine, book: book, keyBasis: keyBasis)
        summary.seed = Int64(bitPattern: world.seed)
        summary.durationS = Double(now) * 1e-12
        if let satellite = peer.keyBits() {
            summary.keyBitsCompared = Int64(min(satellite.count, book.keyBits.count))
            summary.keyBitsDiffering = Int64(
                zip(satellite, book.keyBits).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) })
        }
        summary.distillation = DistillationSummary(
            distillation, satelliteNotes: satelliteNotes, stores: stores,
            siftedBits: summary.siftedBits)
        if let letter {
            summary.distillation?.letter = DistillationSummary.Letter(
                letter, lightEndsAt: feed.end)
        }
        if let pointing {
            summary.pointing = PointingSummary(pointing.log)
            try recording?.telemetry.write(pointing.log)
        }
        summary.finishTiming(since: started)
        try recording?.finish(summary: summary, engine: engine, book: book, now: now)
        return summary
    }

    private func report(now: Int64, elevation: Double) -> Progress {
        let totals = engine.keeper.ground.totals
        let clicks = totals.detections(basis: 1 - keyBasis, intensity: 0)
        return Progress(
            time: Double(now) * 1e-12, duration: Double(feed.end) * 1e-12,
            elevation: elevation, clock: "\(engine.path.clock.phase)", sifted: book.siftedBits,
            keyBits: distillation.keyBits,
            qber: clicks > 0 ? Double(totals.testErrors[0]) / Double(clicks) : nil,
            elapsed: (ContinuousClock.now - started).seconds)
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension PassSummary {
    /// Fills in how long the pass took on this machine, and its largest memory.
    mutating func finishTiming(since start: ContinuousClock.Instant) {
        elapsedS = (ContinuousClock.now - start).seconds
        if elapsedS > 0 { speed = durationS / elapsedS }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        memoryBytesMax = Int64(usage.ru_maxrss) * 1_024
    }
}
