import BoardFile
import Buffers
import Foundation
public import GateDrivers
public import KeyStore
public import PayloadHAL
import Quantities
public import RealTime
import Recorder
import Simulator
import TagFiles
import TimeTags

/// A whole pass on real instruments, in real time; the wiring is in ``Topology``.
///
/// Two threads: the tagger's, which guards the detectors (``TaggerPump``), and the caller's of
/// ``run(progress:)``, which does everything else in steps of 10 ms. Whatever fails is noted in the
/// report; the detectors are blank before ``run(progress:)`` returns or throws.
public final class LivePass<
    Tagger: TimeTagger & ~Copyable, Gate: DetectorGate & ~Copyable, Shutter: OutputLine & ~Copyable,
    Link: MessageLink & ~Copyable, Clock: RateClock
> {
    /// Notes under way between the threads.
    private static var noteCapacity: Int { 256 }
    /// Bytes taken off the ring at once: what they hold fits in half the sifter's memory.
    private static var pieceSize: Int { 1 << 18 }
    /// After the last light the tagger is heard for so long, ps: what is under way still comes.
    private static var tail: Int64 { 300_000_000_000 }
    /// The gates open so long before the first light, ps.
    private static var lead: Int64 { 500_000_000_000 }

    private let plan: LivePlan
    private let settings: LivePassSettings
    private let clock: Clock
    private let store: KeyStore
    private let pump: TaggerPump<Tagger, Gate, Shutter>
    private var link: LiveLink<Link>
    private let supervisor = ThreadSupervisor()
    private var bytes: RingReader<UInt8>
    private var notes: RingReader<PumpNote>
    private let memory: RingMemory
    private let piece: UnsafeMutableBufferPointer<UInt8>
    private let isCancelled = StopFlag()
    /// Host time at which the pass begins, ps.
    private var hostZero: Int64 = 0
    private var taken: Int64 = 0
    /// A note of whose bytes not all were taken yet.
    private var pendingNote: PumpNote?
    private var goneSince: Int64?
    /// Why the pass ends early, if it does for another reason than an order.
    private var problem: String?

    /// Asks a running pass to end in order: what was recorded stays, the summary is written.
    public var cancel: @Sendable () -> Void {
        let flag = isCancelled
        return { flag.set() }
    }

    /// Beats as long as the tagger's thread moves, whether the tagger works or not, and once it has
    /// done its work: after the last light both ends may need a minute more.
    public var taggerBeats: @Sendable () -> UInt64 {
        let pump: any Pump = pump
        let clock = clock
        return { pump.isFinished ? UInt64(clamping: clock.now.count) : pump.beats }
    }

    /// Whether the tagger works; the detectors are blank while it does not.
    public var taggerWorks: @Sendable () -> Bool {
        let pump: any Pump = pump
        return { pump.works }
    }

    /// A pass as `plan` says.
    ///
    /// - Parameters:
    ///   - store: The station's keys, with authentication key for the pass.
    ///   - tagger: Configured, not started.
    ///   - gates: Closed until the pass begins.
    ///   - clock: The clock of the instruments' deadlines.
    public init(
        _ plan: LivePlan, store: KeyStore, tagger: consuming Tagger,
        gates: consuming GuardedGates<Gate, Shutter>, link: consuming Link, clock: Clock,
        settings: LivePassSettings = LivePassSettings()
    ) throws {
        guard let format = TagFormat(rawValue: plan.board.tagger.format) else {
            throw PassError.board(
                name: plan.board.name,
                problem: "tagger.format \(plan.board.tagger.format) is not known")
        }
        if let directory = settings.directory { try PassRecording.refuseUsed(directory) }
        self.plan = plan
        self.settings = settings
        self.clock = clock
        self.store = store
        try PassDistillation.requireStock(
            of: store, windows: plan.board.windowCount(of: plan.duration))
        memory = RingMemory(
            bytes: TaggerPump<Tagger, Gate, Shutter>.capacity, notes: Self.noteCapacity)
        bytes = memory.bytes.takeReader()
        notes = memory.notes.takeReader()
        pump = TaggerPump(
            tagger: tagger, gates: gates, format: format, bytes: memory.bytes.takeWriter(),
            notes: memory.notes.takeWriter())
        self.link = LiveLink(link)
        piece = .allocate(capacity: Self.pieceSize)
    }

    deinit { piece.deallocate() }

    // MARK: The pass

    /// Receives the pass, to its end.
    ///
    /// - Parameter progress: Called once per second of stream time.
    public func run(progress: (PassProgress) -> Void = { _ in }) throws -> PassSummary {
        var recording = try settings.directory.map {
            try PassRecording(
                directory: $0, board: plan.board, setup: plan.setup, startUTC: plan.startUTC)
        }
        let session: PassSession
        let now: Int64
        do {
            let thread = try startTagger()
            defer {
                pump.stop()
                thread.join()
            }
            session = try begin(recording)
            recording = session.recording
            now = try receiveLight(session, progress: progress)
        } catch {
            try? recording?.finish()
            throw error
        }
        return try close(session, from: now)
    }

    /// Starts the tagger and its thread; fixes when the pass begins.
    private func startTagger() throws -> RealTimeThread {
        do throws(Tagger.Failure) {
            try pump.start()
        } catch {
            throw PassError.board(
                name: plan.board.name, problem: "tagger: cannot be started: \(error)")
        }
        let host = clock.now.count
        switch plan.begin {
        case .withTagger: hostZero = host
        case .at(let seconds):
            hostZero = host + seconds * 1_000_000_000_000 - settings.systemTime()
        }
        let pump: any Pump = pump
        return try RealTimeThread(
            settings.taggerThread, supervisor: supervisor, refused: settings.refused
        ) { pump.run() }
    }

    /// The session, once the tagger's first tags say where the pass begins on its clock.
    private func begin(_ recording: PassRecording?) throws -> PassSession {
        var finder = ZeroFinder(plan.board)
        var decoder = StreamDecoder(TagFormat(rawValue: plan.board.tagger.format) ?? .reference)
        var held: [UInt8] = []
        // Ends soon after the first tags, some seconds later without an edge, with the pass, or on demand.
        while finder.zero == nil {
            clock.sleep(until: clock.now.later(by: Picoseconds(PassSession.step)))
            let now = streamNow
            guard !isCancelled.isSet else { throw LivePassError.cancelled }
            guard now < plan.lightEnd else { throw LivePassError.noTags }
            while true {
                let count = bytes.read(into: piece)
                if count == 0 { break }
                let taken = UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(piece)[..<count])
                try recording?.append(taken)
                held.append(contentsOf: taken)
                decoder.take(taken) { finder.take(UnsafeBufferPointer($0), at: now) }
            }
            finder.settle(at: now)
        }
        var setup = plan.setup
        if let zero = finder.zero { setup.zero = zero }
        if let directory = settings.directory { try setup.zero.write(to: directory) }
        let session = try PassSession(
            board: plan.board, setup: setup, world: plan.world, store: store,
            duration: plan.duration, watch: settings.watch)
        session.recording = recording
        session.note(settings.admission)
        if !finder.isFromEdge, plan.board.channels.pps != nil {
            session.book.note(
                .warning, time: streamNow, source: "clock",
                "no 1PPS edge: the host's clock says when the pass begins")
        }
        taken = Int64(held.count)
        held.withUnsafeBytes { session.engine.take($0, now: streamNow) }
        return session
    }

    private var streamNow: Int64 { clock.now.count - hostZero }

    private func receiveLight(
        _ session: PassSession, progress: (PassProgress) -> Void
    ) throws -> Int64 {
        var now = streamNow / PassSession.step * PassSession.step
        let end = plan.lightEnd + Self.tail
        // Ends with the light, on demand, or when nothing can be recorded any more.
        while now < end, !isCancelled.isSet, problem == nil {
            now += PassSession.step
            clock.sleep(until: Picoseconds(hostZero + now))
            let isOpen = now > -Self.lead && now < plan.lightEnd
            let allowed = settings.conditions?.allowed ?? .all
            pump.wanted.store(isOpen ? allowed.rawValue : 0, ordering: .releasing)
            for news in settings.conditions?.takeNews() ?? [] {
                session.book.note(
                    news.severity, time: max(now, 0), source: news.source, news.words)
            }
            do {
                let count = try takeBytes(session, now: now)
                try session.finishStep(now: now, taggerBytes: count, over: &link)
                problem = problem ?? session.stopReason
            } catch {
                stopRecording(session, because: error, now: now)
            }
            noteLink(session, now: now)
            if now % 1_000_000_000_000 == 0 {
                let elevation = plan.orbit.look(at: Double(now) * 1e-12).elevation * 180 / .pi
                progress(session.progress(now: now, end: plan.lightEnd, elevation: elevation))
            }
        }
        pump.wanted.store(0, ordering: .releasing)
        return now
    }

    /// Takes all that the tagger's thread has handed over, notes in their places.
    private func takeBytes(_ session: PassSession, now: Int64) throws -> Int {
        let before = taken
        while let note = pendingNote ?? notes.next() {
            pendingNote = note
            try takeBytes(session, until: note.offset, now: now)
            guard taken >= note.offset else { return Int(taken - before) }
            try heed(note, session, now: now)
            pendingNote = nil
        }
        try takeBytes(session, until: .max, now: now)
        return Int(taken - before)
    }

    /// Takes bytes up to an offset; fewer while the satellite's answers are behind, so that the
    /// ring, which counts what it cannot hold, fills and not the sifter.
    private func takeBytes(_ session: PassSession, until offset: Int64, now: Int64) throws {
        while taken < offset, !session.engine.keeper.ground.isHalfFull {
            let room = Int(min(offset - taken, Int64(piece.count)))
            let count = bytes.read(into: UnsafeMutableBufferPointer(rebasing: piece[..<room]))
            if count == 0 { return }
            taken += Int64(count)
            try session.take(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<count]), now: now)
        }
    }

    /// Does what a note of the tagger's thread asks for, and writes it into the report.
    private func heed(_ note: PumpNote, _ session: PassSession, now: Int64) throws {
        let time = note.time - hostZero
        func say(_ severity: Telemetry.Severity, _ source: String, _ words: String) {
            session.book.note(severity, time: max(time, 0), source: source, words)
        }
        switch note.kind {
        case .failed:
            goneSince = time
            let fault = PumpNote.Fault(rawValue: note.value) ?? .unreachable
            say(.error, "tagger", "\(fault.words); the detectors are blank until it is back")
            try session.breakStream(.disconnected, now: now)
        case .recovered:
            let epoch = plan.board.sifting.epoch
            let since = max(goneSince ?? time, 0)
            goneSince = nil
            say(
                .warning, "tagger",
                "works again; nothing was recorded for \(Self.seconds(time - since)) s, "
                    + "about epochs \(since / epoch) to \(max(time, 0) / epoch)")
        case .gap:
            say(.error, "tagger", "some of its bytes were lost on the way")
            try session.breakStream(.disconnected, now: now)
        case .overflow:
            say(.error, "tagger", "\(note.value) bytes had no room: this computer is too slow")
            try session.breakStream(.hostOverflow, now: now)
        case .tripped:
            let names = ["H", "V", "D", "A"].enumerated()
                .filter { note.value >> Int64($0.offset) & 1 == 1 }.map(\.element)
            say(
                .error, "detectors",
                "\(names.joined(separator: ", ")) counted more than allowed and stays blank until "
                    + "somebody re-arms it")
        case .gateFailed:
            say(
                .error, "detectors",
                "an order to a gate or the shutter failed (\(note.value) so far)")
        }
    }

    private static func seconds(_ time: Int64) -> String {
        String(format: "%.2f", Double(time) * 1e-12)
    }

    private func noteLink(_ session: PassSession, now: Int64) {
        for change in link.takeChanges() {
            switch change {
            case .silent(let since):
                session.book.note(
                    .warning, time: now, source: "link",
                    "no answer since \(Self.seconds(since)) s")
            case .answers(let since):
                session.book.note(
                    .information, time: now, source: "link",
                    "answers again after \(Self.seconds(now - since)) s")
            case .failed(let fault):
                session.book.note(
                    .error, time: now, source: "link",
                    "the connection failed (\(fault)); it is opened again")
            }
        }
    }

    /// Gives up recording, and with it the pass: light that is not recorded makes no key.
    private func stopRecording(_ session: PassSession, because error: any Error, now: Int64) {
        problem = "\(error)"
        session.book.note(.error, time: now, source: "recorder", "\(error); the pass ends here")
        try? session.recording?.finish()
        session.recording = nil
    }

    // MARK: Afterwards

    private func close(_ session: PassSession, from light: Int64) throws -> PassSummary {
        var now = light
        var hasLight = problem == nil
        if !hasLight { session.endLight(now: now) }
        while now < light + PassSession.closingTime {
            now += PassSession.step
            clock.sleep(until: Picoseconds(hostZero + now))
            do {
                if hasLight {
                    let count = try takeBytes(session, now: now)
                    try session.finishStep(now: now, taggerBytes: count, over: &link)
                    hasLight = bytes.count() > 0 || pendingNote != nil
                    if !hasLight { session.endLight(now: now) }
                } else if try session.closingStep(now: now, over: &link) {
                    break
                }
            } catch {
                stopRecording(session, because: error, now: now)
                hasLight = false
                session.endLight(now: now)
            }
        }
        session.close(now: now, isStoppedEarly: isCancelled.isSet || problem != nil)
        var summary = session.summary(now: now, lightEnd: plan.lightEnd)
        summary.seed = plan.world.map { Int64(bitPattern: $0.seed) }
        summary.problem = problem ?? summary.problem
        try session.recording?.finish(
            summary: summary, engine: session.engine, book: session.book, now: now)
        return summary
    }
}

/// Why a live pass came to nothing.
public enum LivePassError: Error, Equatable, CustomStringConvertible {
    /// It was stopped before the first tag.
    case cancelled
    /// The tagger gave no tag until the light was gone.
    case noTags

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .cancelled: "the pass was stopped before the first tag"
        case .noTags:
            "the tagger gave no tag while there was light; `lodestar doctor` says whether it is there"
        }
    }
}
