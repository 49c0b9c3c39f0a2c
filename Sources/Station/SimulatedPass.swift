public import BoardFile
import ClockSync
import Crypto
import Distillation
import Foundation
import KeyStore
import Quantities
import RealTime
import Recorder
import Sifting
import Simulator
import Wire

/// A whole pass of a simulated board, faster than life: the wiring is in ``Topology``.
public final class SimulatedPass {
    private let world: WorldParameters
    private let session: PassSession
    private let feed: WorldFeed
    /// Whether it takes as long as a real one.
    private let isPaced: Bool
    private let pointing: PointingRun?
    private let satelliteNotes: StoreVault.Notes
    /// Where the stores lie if nobody asked for them: gone when the pass is.
    private let scratch: String?
    private var peer: FaultyStationLink<SatellitePeer>
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
    ///   - calibrationDirectory: Of the calibration records; without it as the board says.
    ///   - watch: Who looks on, and may order faults.
    /// - Throws: ``PassError/calibration(_:)`` if the records do not allow it.
    public init(
        board: Board, seed: UInt64?, directory: String?, storeDirectory: String? = nil,
        letter: String? = nil, calibrationDirectory: String? = nil, watch: PassWatch? = nil
    ) throws {
        guard let world = try board.worldParameters(seed: seed) else {
            throw PassError.board(
                name: board.name,
                problem: "describes no simulated world, and its instruments belong to lodestard; "
                    + "ask that for a pass, or try boards/sim.toml")
        }
        if let fault = world.faults.first {
            throw PassError.board(name: board.name, problem: "world: \(fault)")
        }
        self.world = world
        let admission = PassAdmission(board: board, records: calibrationDirectory)
        if let refusal = admission.refusal {
            admission.writeRefusal(to: directory)
            throw PassError.calibration(refusal)
        }
        // The world stays as the board has it; the station works with what was measured.
        let board = admission.board
        let setup = PassSetup(board: board, world: world)
        if let directory { try PassRecording.refuseUsed(directory) }
        let stores: PassStores
        (stores, scratch) = try Self.openStores(storeDirectory, recording: directory)
        session = try PassSession(
            board: board, setup: setup, world: world, store: stores.station,
            duration: world.predictedOrbit.duration, watch: watch)
        session.book.keepKeyBits()
        session.note(admission)
        pointing = try PointingRun(board: board, world: world)
        pointing?.watch = watch
        isPaced = watch?.isPaced ?? false
        feed = WorldFeed(world, pointing: pointing, faults: watch?.faults)
        session.letter = letter.map {
            SecureLetter(
                $0, store: stores.station, session: setup.session, retry: board.link.retry)
        }
        let vault = StoreVault(stores.satellite)
        satelliteNotes = vault.notes
        peer = FaultyStationLink(
            try SatellitePeer(
                parameters: board.siftParameters(session: setup.session), world: world,
                distillation: session.distillation.parameters, vault: vault,
                time: session.distillation.time), orders: watch?.faults)
        if let directory {
            session.recording = try PassRecording(
                directory: directory, board: board, setup: setup,
                startUTC: world.geometry.sampled?.start.unixSeconds ?? board.world?.start ?? 0)
        }
    }

    deinit {
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
    public func run(progress: (PassProgress) -> Void = { _ in }) throws -> PassSummary {
        feed.start()
        var now: Int64 = 0
        do {
            now = try receiveLight(progress: progress)
        } catch {
            feed.stop()
            try? session.recording?.finish()
            throw error
        }
        if isCancelled.isSet || session.stopReason != nil { feed.stop() }
        now = try close(from: now)
        return try finish(now: now)
    }

    private func receiveLight(progress: (PassProgress) -> Void) throws -> Int64 {
        var now: Int64 = 0
        var isLast = false
        let clock = MonotonicClock()
        let began = clock.now
        // Ends with the packet that says that it is the last.
        while !isLast {
            let packet = feed.next()
            now = packet.end
            isLast = packet.isLast || isCancelled.isSet
            session.book.learn(packet)
            for verdict in packet.verdicts { try session.aim(verdict) }
            try packet.bytes.withUnsafeBytes { try session.take($0, now: now) }
            let (count, elevation) = (packet.bytes.count, packet.elevation)
            feed.release()
            try session.finishStep(now: now, taggerBytes: count, over: &peer)
            isLast = isLast || session.stopReason != nil
            if isPaced { clock.sleep(until: Picoseconds(began.count + now)) }
            if now % 1_000_000_000_000 == 0 {
                progress(session.progress(now: now, end: feed.end, elevation: elevation))
            }
        }
        return now
    }

    /// After the last light: the last epochs, and the word that both ends hold the same.
    private func close(from start: Int64) throws -> Int64 {
        session.endLight(now: start)
        var now = start
        while now < start + PassSession.closingTime {
            now += PassSession.step
            if try session.closingStep(now: now, over: &peer) { break }
        }
        session.close(now: now, isStoppedEarly: isCancelled.isSet)
        return now
    }

    private func finish(now: Int64) throws -> PassSummary {
        var summary = session.summary(
            now: now, lightEnd: feed.end, satelliteNotes: satelliteNotes)
        summary.seed = Int64(bitPattern: world.seed)
        if let satellite = peer.link.keyBits(), let bits = session.book.keyBits {
            summary.keyBitsCompared = Int64(min(satellite.count, bits.count))
            summary.keyBitsDiffering = Int64(
                zip(satellite, bits).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) })
        }
        if let pointing {
            summary.pointing = PointingSummary(pointing.log)
            try session.recording?.telemetry.write(pointing.log)
        }
        try session.recording?.finish(
            summary: summary, engine: session.engine, book: session.book, now: now)
        return summary
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
