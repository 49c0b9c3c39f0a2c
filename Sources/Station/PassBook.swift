import BoardFile
import ClockSync
import Crypto
import Gating
import Monitors
import Recorder
import Sifting
import Simulator

/// Keeps the books of a pass: one row per second for the telemetry, and the sums of the summary.
final class PassBook {
    /// Seconds after which a row is written: longer than the clock's lag and most repeats.
    private static let rowDelay = 40

    private let board: Board
    private let truth: StateSequence?
    private var rows: [Second] = []
    private var written = 0
    private(set) var score = SyncScore()
    private(set) var sifted = SiftedDigest()
    /// n and m of both bases and all intensities; m of the key basis from the truth.
    private(set) var kept = [Int64](repeating: 0, count: 6)
    private(set) var errors = [Int64](repeating: 0, count: 6)
    /// Bits of the key basis as measured; kept only by ``keepKeyBits()``.
    private(set) var keyBits: [UInt8]?
    /// Of the same bits as they were sent, a byte each, which only a simulation knows.
    private(set) var sentKeyDigest: SHA256?
    private let keyBasis: UInt8
    private var lastCounts: [String: Int64] = [:]
    private var lastSums = Sums()
    private var events: [Event] = []
    private var lastPhase = BeaconClock.Phase.waiting
    private var lastLosses: Int64 = 0
    private var lastAccepted: UInt64 = 0
    private var lastRejected: UInt64 = 0
    /// What the security monitors said; `nil` without them.
    private(set) var monitors: MonitorLog?

    /// What one second of the pass gathers.
    fileprivate struct Second {
        var row: TelemetryRow
        var sigmaSum = 0.0
        var segments = 0.0
        var valid = 0.0
        var errorSquares = 0.0
        var errorCount = 0.0
        var testClicks: Int64 = 0
        var testErrors: Int64 = 0
        var sifted: Int64 = 0
        var kept = [Int64](repeating: 0, count: 6)
        var errors = [Int64](repeating: 0, count: 6)
        var pointing = PointingRecord()
    }

    /// Books for a pass of `board`; `truth` is what the satellite prepared, if it is simulated.
    init(
        board: Board, keyBasis: UInt8, truth: StateSequence?, monitors: MonitorSetup? = nil
    ) {
        self.monitors = monitors.map { MonitorLog($0, epoch: board.sifting.epoch) }
        self.board = board
        self.keyBasis = keyBasis
        self.truth = truth
        if truth != nil { sentKeyDigest = SHA256() }
    }

    /// From now on keeps what was measured in the key basis, for a simulation that compares both ends.
    func keepKeyBits() { keyBits = keyBits ?? [] }

    // MARK: Entries

    /// Books a settled clock segment.
    func book(_ segment: ClockSegment) {
        let error = score.score(segment, slotPeriod: board.transmitter.slotPeriod)
        guard let second = second(at: segment.tagStart) else { return }
        rows[second].segments += 1
        if segment.isValid {
            rows[second].valid += 1
            rows[second].sigmaSum += Double(segment.sigma)
        }
        if let error {
            rows[second].errorSquares += error * error
            rows[second].errorCount += 1
        }
    }

    /// Books what the security monitors make of an epoch.
    func book(_ epoch: UInt32, _ verdict: EpochVerdict, _ order: EpochWatch.Order?) {
        guard let words = monitors?.take(epoch, verdict, order) else { return }
        let time = Int64(epoch) * board.sifting.epoch
        note(order == nil ? .warning : .error, time: time, source: "monitors", words)
    }

    /// Takes in what the simulated world knows of a step.
    func learn(_ packet: WorldFeed.Packet) {
        score.learn(packet.truth, from: packet.truthStart)
        guard let second = second(at: packet.end - 1) else { return }
        rows[second].row.elevation = packet.elevation
        rows[second].row.azimuth = packet.azimuth
        rows[second].row.range = packet.range / 1000
        for entry in packet.notes {
            note(
                entry.isWarning ? .warning : .information, time: entry.time, source: "pointing",
                entry.message)
        }
        if let pointing = packet.pointing { rows[second].pointing.add(pointing) }
    }

    /// Books an epoch and its sifted clicks.
    func book(_ result: EpochResult, _ clicks: UnsafeBufferPointer<SiftedClick>) {
        guard result.outcome == .sifted else { return }
        sifted.add(clicks)
        let start = Int64(result.epoch) * board.sifting.epoch
        let second = second(at: start)
        var sentBits: [UInt8] = []
        var kept = InlineArray<6, Int64>(repeating: 0)
        var errors = InlineArray<6, Int64>(repeating: 0)
        let (truth, keyBasis, keepsBits) = (truth, keyBasis, keyBits != nil)
        for click in clicks {
            let index = Int(click.basis) * 3 + Int(click.intensity)
            kept[index] += 1
            let sent = truth.map { $0.state(ofSlot: click.slot).bit }
            if let sent, sent != click.bit { errors[index] += 1 }
            guard click.basis == keyBasis else { continue }
            if keepsBits { keyBits?.append(click.bit) }
            if let sent { sentBits.append(sent) }
        }
        for index in 0..<6 {
            self.kept[index] += kept[index]
            self.errors[index] += errors[index]
            if let second {
                rows[second].kept[index] += kept[index]
                rows[second].errors[index] += errors[index]
            }
        }
        sentKeyDigest?.update(data: sentBits)
        guard let second else { return }
        rows[second].sifted += Int64(clicks.count)
        // Signal states alone: vacuum is wrong half the time by nature.
        rows[second].testErrors += Int64(result.counts.testErrors[0])
        rows[second].testClicks += Int64(
            result.counts.detections(basis: 1 - keyBasis, intensity: 0))
    }

    /// Books what the path counted in the step that ended at stream time `now`.
    func book(_ engine: PassEngine, now: Int64, taggerBytes: Int) {
        guard let second = second(at: now - 1) else { return }
        for (name, input) in board.channels.all {
            let count = engine.path.detections(on: input.channel)
            rows[second].row.add(count - (lastCounts[name] ?? 0), to: name)
            lastCounts[name] = count
        }
        let clock = engine.path.clock.statistics
        rows[second].row.beaconAccepted =
            (rows[second].row.beaconAccepted ?? 0) + Int64(clock.accepted &- lastAccepted)
        rows[second].row.beaconFalse =
            (rows[second].row.beaconFalse ?? 0) + Int64(clock.rejected) - Int64(lastRejected)
        lastAccepted = clock.accepted
        lastRejected = clock.rejected
        noteChanges(engine, now: now)
        rows[second].row.lockState = "\(engine.path.clock.phase)"
        rows[second].row.taggerBytes = (rows[second].row.taggerBytes ?? 0) + Int64(taggerBytes)
        guard now % 1_000_000_000_000 == 0 else { return }
        // What the satellite sent in a whole second, less what was taken for its pulses.
        let sent = 1_000_000_000_000 / board.transmitter.beaconPeriod
        rows[second].row.beaconMissed = max(0, sent - (rows[second].row.beaconAccepted ?? 0))
        bookSums(engine, second: second, isEnd: false)
    }

    /// Books, in the last second, what came to pass after the last light.
    func finish(_ engine: PassEngine) {
        guard !rows.isEmpty else { return }
        bookSums(engine, second: rows.count - 1, isEnd: true)
    }

    /// Books what grew since the last whole second.
    private func bookSums(_ engine: PassEngine, second: Int, isEnd: Bool) {
        let sums = Sums(engine, sifted: siftedBits, isEnd: isEnd)
        var row = rows[second].row
        row.linkSentBytes =
            (row.linkSentBytes ?? 0) + sums.link.sentBytes - lastSums.link.sentBytes
        row.linkReceivedBytes =
            (row.linkReceivedBytes ?? 0) + sums.link.receivedBytes - lastSums.link.receivedBytes
        row.linkRetries = (row.linkRetries ?? 0) + sums.retries - lastSums.retries
        for (reason, count) in sums.drops {
            let grown = count - (lastSums.drops[reason] ?? 0)
            if grown != 0 { row.drops[reason, default: 0] += grown }
        }
        row.linkRefused = (row.linkRefused ?? 0) + sums.refused - lastSums.refused
        row.linkPending = Int64(engine.keeper.ground.epochsHeld)
        rows[second].row = row
        lastSums = sums
    }

    /// What only grows during a pass.
    private struct Sums {
        var link = SiftKeeper.LinkCounters()
        var retries: Int64 = 0
        var refused: Int64 = 0
        var drops: [String: Int64] = [:]

        init() {}

        init(_ engine: PassEngine, sifted: Int64, isEnd: Bool) {
            link = engine.keeper.link
            let counters = engine.keeper.ground.counters
            retries = Int64(counters.repeated)
            refused = Int64(
                counters.damaged + counters.foreign + counters.malformed + counters.duplicate
                    + counters.mismatched)
            drops = PassSummary.drops(engine, sifted: sifted, isEnd: isEnd)
        }
    }

    /// Told of every event, if anybody wants to be.
    var onNote: (@Sendable (String, String) -> Void)?

    /// Adds an event to the report.
    func note(_ severity: Telemetry.Severity, time: Int64, source: String, _ message: String) {
        onNote?("\(severity)", "\(source): \(message)")
        events.append(
            Event(
                time: Double(time) * 1e-12, severity: severity, source: source, message: message))
    }

    /// Something worth a line in the report.
    private struct Event {
        var time: Double
        var severity: Telemetry.Severity
        var source: String
        var message: String
    }

    /// Notes when the clock's state changes, and when the tagger loses tags.
    private func noteChanges(_ engine: PassEngine, now: Int64) {
        let phase = engine.path.clock.phase
        if phase != lastPhase {
            switch phase {
            case .waiting: note(.warning, time: now, source: "clock", "waits for 1PPS edges")
            case .acquiring: note(.information, time: now, source: "clock", "searches the beacon")
            case .tracking: note(.information, time: now, source: "clock", "follows the beacon")
            }
            lastPhase = phase
        }
        let losses = engine.path.counters.losses
        if losses != lastLosses {
            note(
                .error, time: now, source: "tagger",
                "tags were lost in \(losses - lastLosses) places")
            lastLosses = losses
        }
    }

    private func second(at time: Int64) -> Int? {
        let second = Int(time / 1_000_000_000_000)
        guard time >= 0, second < 1_000_000 else { return nil }
        while rows.count <= second {
            rows.append(Second(row: TelemetryRow(time: Int64(rows.count))))
        }
        return second
    }

    // MARK: Telemetry

    /// Writes the rows that nothing will change any more; all of them at the end.
    func write(to telemetry: Telemetry?, now: Int64, isLast: Bool) throws {
        guard let telemetry else { return }
        let ripe = Int(now / 1_000_000_000_000) - Self.rowDelay
        let end = isLast ? rows.count : min(rows.count, ripe)
        while written < end {
            try telemetry.append(rows[written].finished)
            written += 1
        }
        guard isLast else { return }
        for event in events {
            try telemetry.event(
                time: event.time, severity: event.severity, source: event.source,
                message: event.message)
        }
        try telemetry.commit()
    }

    /// Writes the phase histogram of every detector.
    func writeHistograms(of engine: PassEngine, to telemetry: Telemetry?) throws {
        guard let telemetry else { return }
        let period = board.transmitter.slotPeriod
        let width = max(period / Int64(SlotGeometry.binCount), 1)
        for (detector, name) in ["H", "V", "D", "A"].enumerated() {
            let counts = (0..<SlotGeometry.binCount).map { bin in
                [GateOutcome.outsideGate, .deadTime, .accepted].reduce(Int64(0)) { sum, outcome in
                    sum + Int64(engine.path.gate.tally.phase(outcome, detector: detector, bin: bin))
                }
            }
            try telemetry.histogram(
                detector: name, firstOffset: -period / 2, width: width, counts: counts)
        }
    }

    /// Sifted clicks so far, of both bases and all intensities.
    var siftedBits: Int64 { kept.reduce(0, +) }
}

extension PassBook.Second {
    /// The row with its means taken.
    fileprivate var finished: TelemetryRow {
        var row = row
        row.validFraction = segments > 0 ? valid / segments : nil
        row.syncSigma = valid > 0 ? sigmaSum / valid : nil
        row.syncError = errorCount > 0 ? (errorSquares / errorCount).squareRoot() : nil
        row.siftedBits = sifted
        row.qber = testClicks > 0 ? Double(testErrors) / Double(testClicks) : nil
        row.sifted = kept.map { $0 }
        row.errors = errors.map { $0 }
        pointing.fill(&row)
        return row
    }
}

extension TelemetryRow {
    /// Adds tags of the input called `role`.
    fileprivate mutating func add(_ tags: Int64, to role: String) {
        switch role {
        case "pps": countPPS = (countPPS ?? 0) + tags
        case "beacon": countBeacon = (countBeacon ?? 0) + tags
        case "H": countH = (countH ?? 0) + tags
        case "V": countV = (countV ?? 0) + tags
        case "D": countD = (countD ?? 0) + tags
        default: countA = (countA ?? 0) + tags
        }
    }
}
