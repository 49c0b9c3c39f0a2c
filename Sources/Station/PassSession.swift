import BoardFile
import Distillation
import Foundation
import KeyStore
import Recorder
import Sifting
import Simulator
import TimeTags
import Wire

/// One pass from the station's side, live or simulated: records, sifts, distils and keeps the books.
///
/// It has no thread and no clock: whoever runs the pass says what the tagger sent, what time it is
/// on the stream, and what carries the messages. Stream time advances in steps of ``step``.
final class PassSession {
    /// Stream time between two exchanges over the link, ps: 10 ms, about what a transfer gathers.
    static let step: Int64 = 10_000_000_000
    /// After the last light, messages may still be exchanged for this long, ps: a minute.
    static let closingTime: Int64 = 60_000_000_000_000

    let board: Board
    let keyBasis: UInt8
    let engine: PassEngine
    let book: PassBook
    let distillation: PassDistillation
    /// A text for the satellite under the first key, if there is one.
    var letter: SecureLetter?
    /// What the calibration records had to do with the pass.
    var admission: PassAdmission?
    /// Where everything is recorded, if anywhere.
    var recording: PassRecording?
    private let message: UnsafeMutableRawBufferPointer
    private let started = ContinuousClock.now

    /// A session that has begun.
    ///
    /// - Parameters:
    ///   - world: What is known of a simulated world.
    ///   - store: The station's keys.
    ///   - duration: From the first to the last light, s.
    ///   - watch: Who looks on, if anybody.
    init(
        board: Board, setup: PassSetup, world: WorldParameters?, store: KeyStore, duration: Double,
        watch: PassWatch? = nil
    ) throws {
        self.board = board
        distillation = try PassDistillation(
            parameters: board.distillationParameters(session: setup.session), store: store,
            windows: board.windowCount(of: duration))
        let topology = try Topology(
            board: board, setup: setup, world: world, distillation: distillation)
        engine = topology.engine
        book = topology.book
        keyBasis = topology.keyBasis
        if let watch {
            engine.count(in: watch.live, board: board)
            book.onNote = watch.note
        }
        message = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
    }

    deinit { message.deallocate() }

    /// Why the security monitors ended key making; `nil` as long as they did not. Whoever runs the
    /// pass then ends it in order.
    var stopReason: String? {
        guard let epoch = engine.stoppedAt else { return nil }
        return "the security monitors ended key making in epoch \(epoch): "
            + (book.monitors?.stopWords ?? "an alarm")
    }

    // MARK: While there is light

    /// Takes in what was decided on the telescope's aim, before the bytes that follow.
    func aim(_ verdict: AimTimeline.Verdict) throws {
        try recording?.note(verdict)
        engine.aim(verdict)
    }

    /// Takes in the tagger's bytes of the step that ends at stream time `now`.
    func take(_ bytes: UnsafeRawBufferPointer, now: Int64) throws {
        try recording?.append(bytes)
        engine.take(bytes, now: now)
    }

    /// Says that bytes are missing before those that follow.
    func breakStream(_ reason: LossReason, now: Int64) throws {
        try recording?.note(gap: reason, time: now)
        engine.breakStream(reason)
    }

    /// Ends the step at stream time `now`: books, then one exchange over the link.
    func finishStep(
        now: Int64, taggerBytes: Int, over link: inout some StationLink & ~Copyable
    ) throws {
        book.book(engine, now: now, taggerBytes: taggerBytes)
        try exchange(now: now, over: &link)
        if now % 1_000_000_000_000 == 0 {
            try book.write(to: recording?.telemetry, now: now, isLast: false)
        }
    }

    /// One exchange over the link at stream time `now`.
    private func exchange(
        now: Int64, over link: inout some StationLink & ~Copyable
    ) throws {
        distillation.now = now
        if let epoch = engine.stoppedAt { distillation.stop(at: epoch, now: now) }
        try link.exchange(until: now) { bytes, arrival in
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
            send(count, at: now, over: &link)
        }
        send(distillation.poll(now: now, into: message), at: now, over: &link)
        let count = letter?.poll(now: now, key: distillation.firstKey, into: message) ?? 0
        send(count, at: now, over: &link)
    }

    /// Hands the first `count` bytes of the message to the link, if there are any.
    private func send(_ count: Int, at now: Int64, over link: inout some StationLink & ~Copyable) {
        guard count > 0 else { return }
        link.send(UnsafeRawBufferPointer(rebasing: message[..<count]), at: now)
    }

    // MARK: Afterwards

    /// Takes note of what the calibration records say, for summary and report.
    func note(_ admission: PassAdmission?) {
        self.admission = admission
        if let note = admission?.note {
            book.note(.error, time: 0, source: "calibration", note)
        }
    }

    /// Says that no light follows.
    func endLight(now: Int64) { engine.finish(now: now) }

    /// One step after the last light, at stream time `now`.
    ///
    /// - Returns: Whether both ends are sure that they hold the same, or will never be.
    func closingStep(
        now: Int64, over link: inout some StationLink & ~Copyable
    ) throws -> Bool {
        try exchange(now: now, over: &link)
        if engine.keeper.ground.hasNothingWaiting { distillation.finish(now: now) }
        guard case .answered = engine.keeper.ground.closeState, distillation.isIdle else {
            return false
        }
        return letter?.isWaiting(forKey: distillation.firstKey) != true
    }

    /// Gives up on what is not settled yet, and notes how the pass ended.
    func close(now: Int64, isStoppedEarly: Bool) {
        distillation.giveUp(now: now)
        if isStoppedEarly { book.note(.warning, time: now, source: "station", "stopped early") }
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

    /// The summary of a pass that was closed at stream time `now`.
    ///
    /// - Parameters:
    ///   - lightEnd: Stream time of the last light, ps.
    ///   - satelliteNotes: What the satellite knows of its keys, in a simulation.
    func summary(
        now: Int64, lightEnd: Int64, satelliteNotes: StoreVault.Notes? = nil
    ) -> PassSummary {
        var summary = PassSummary(board: board, engine: engine, book: book, keyBasis: keyBasis)
        summary.durationS = Double(now) * 1e-12
        summary.problem = stopReason
        summary.distillation = DistillationSummary(
            distillation, satelliteNotes: satelliteNotes, siftedBits: summary.siftedBits)
        if let letter {
            summary.distillation?.letter = DistillationSummary.Letter(
                letter, lightEndsAt: lightEnd)
        }
        summary.calibration = admission?.summary
        summary.finishTiming(since: started)
        return summary
    }

    /// How far the pass has come at stream time `now`, of `end`.
    func progress(now: Int64, end: Int64, elevation: Double?) -> PassProgress {
        let totals = engine.keeper.ground.totals
        let clicks = totals.detections(basis: 1 - keyBasis, intensity: 0)
        return PassProgress(
            time: Double(now) * 1e-12, duration: Double(end) * 1e-12, elevation: elevation,
            clock: "\(engine.path.clock.phase)", sifted: book.siftedBits,
            keyBits: distillation.keyBits,
            qber: clicks > 0 ? Double(totals.testErrors[0]) / Double(clicks) : nil,
            elapsed: (ContinuousClock.now - started).seconds)
    }
}
