import BoardFile
import ClockSync
import Crypto
import Gating
import Sifting
import Wire

extension PassSummary {
    /// What `engine` and `book` came to.
    init(board: Board, engine: PassEngine, book: PassBook, keyBasis: UInt8) {
        self.init()
        self.board = board.name
        simulated = board.isSimulated
        let kept = book.kept
        siftedBits = kept.reduce(0, +)
        siftedSignalBits = kept[0] + kept[3]
        let key = 3 * Int(keyBasis)
        keyBasisBits = kept[key..<key + 3].reduce(0, +)
        testBasisBits = siftedBits - keyBasisBits
        siftedSha256 = book.sifted.text
        keyBasisSha256 = book.sentKeyDigest.map { $0.finalize().digits }
        fillErrors(engine.keeper.ground.totals, book: book, keyBasis: keyBasis)
        for (name, input) in board.channels.all where name.count == 1 {
            detectionsByDetector[name] = engine.path.detections(on: input.channel)
        }
        detections = detectionsByDetector.values.reduce(0, +)
        dropped = Self.drops(engine, sifted: siftedBits, isEnd: true)
        fillSync(engine.path.clock.statistics, score: book.score, isSimulated: board.isSimulated)
        fillLink(engine)
        losses.records = engine.path.counters.losses
        losses.tags = engine.path.counters.tagsLost
        epochs = engine.keeper.epochs
        epochsLost = Int64(engine.keeper.ground.counters.epochsLost)
        if let log = book.monitors {
            epochsExcluded = Int64(engine.keeper.ground.counters.epochsExcluded)
            monitors = MonitorSummary(log, engine.keeper.watch?.monitors)
        }
        closing = Self.words(engine.keeper.ground.closeState)
    }

    private mutating func fillErrors(_ totals: SiftCounts, book: PassBook, keyBasis: UInt8) {
        let test = 1 - keyBasis
        let testClicks = totals.detections(basis: test, intensity: 0)
        if testClicks > 0 { qber = Double(totals.testErrors[0]) / Double(testClicks) }
        let isTruthKnown = simulated
        let signal = book.kept[0] + book.kept[3]
        if isTruthKnown, signal > 0 {
            qberTrue = Double(book.errors[0] + book.errors[3]) / Double(signal)
        }
        func basis(_ number: UInt8) -> Counts.Basis {
            var result = Counts.Basis()
            let first = 3 * Int(number)
            result.n = Array(book.kept[first..<first + 3])
            if number == test {
                result.m = (0..<3).map { Int64(totals.testErrors[$0]) }
            } else if isTruthKnown {
                result.m = Array(book.errors[first..<first + 3])
            }
            return result
        }
        counts.rectilinear = basis(0)
        counts.diagonal = basis(1)
    }

    /// Every detector tag that did not become a sifted bit, by reason; no number ever falls.
    ///
    /// - Parameter isEnd: Whether nothing follows: clicks that still wait for the satellite's
    ///   answer will have none then, and before are no drops.
    static func drops(
        _ engine: PassEngine, sifted: Int64, isEnd: Bool
    ) -> [String: Int64] {
        let tally = engine.path.gate.tally
        let squasher = engine.keeper.squasher
        let ground = engine.keeper.ground.counters
        func sum(_ counts: InlineArray<4, UInt64>) -> Int64 {
            (0..<4).reduce(Int64(0)) { $0 + Int64(counts[$1]) }
        }
        let doubles = Int64(squasher.doubles[0] + squasher.doubles[1])
        let lost =
            engine.keeper.unanswered + engine.keeper.announcedLost + engine.keeper.excluded
        return [
            "outside_gate": Int64(tally.count(.outsideGate)),
            "dead_time": Int64(tally.count(.deadTime)),
            "clock_not_valid": Int64(tally.count(.invalidClock)),
            "not_aimed": Int64(tally.count(.notAimed)),
            "clock_stepped": Int64(tally.count(.clockStepped)),
            "out_of_order": sum(tally.outOfOrder) + Int64(ground.outOfOrder),
            "waiting_overflow": engine.path.counters.waitingOverflow,
            "stray_time": engine.path.counters.strayTime,
            "cross_click": sum(squasher.crossClicks),
            "double_click_merged": sum(squasher.doubleClicks) - doubles,
            "repeated_click": sum(squasher.repeats),
            "beyond_pass": Int64(ground.beyondPass + ground.afterClose),
            "epoch_store_full": Int64(ground.clicksFull),
            "epoch_lost": engine.keeper.announcedLost,
            "excluded_by_monitors": engine.keeper.excluded,
            "no_answer": engine.keeper.unanswered
                + (isEnd ? Int64(engine.keeper.ground.clicksHeld) : 0),
            "basis_mismatch": engine.keeper.announced - lost - sifted,
        ]
    }

    private mutating func fillSync(
        _ statistics: BeaconClockStatistics, score: SyncScore, isSimulated: Bool
    ) {
        sync.validFraction = score.validFraction
        sync.sigmaMedianPs = score.medianSigma
        if isSimulated, let errors = score.errors {
            sync.rmsPs = errors.rms
            sync.p999Ps = errors.p999
            sync.maxPs = errors.max
            sync.normalisedError = errors.normalised
            sync.slotSlips = score.slips
        }
        sync.beaconAccepted = Int64(statistics.accepted)
        sync.beaconRejected = Int64(statistics.rejected)
        sync.acquisitions = Int64(statistics.acquisitions)
        if statistics.innovations > 0 {
            sync.innovationRatio = statistics.squaredInnovations / Double(statistics.innovations)
        }
    }

    private mutating func fillLink(_ engine: PassEngine) {
        let counters = engine.keeper.ground.counters
        link.sentMessages = engine.keeper.link.sentMessages
        link.sentBytes = engine.keeper.link.sentBytes
        link.repeatedMessages = Int64(counters.repeated)
        link.receivedMessages = engine.keeper.link.receivedMessages
        link.receivedBytes = engine.keeper.link.receivedBytes
        link.damagedMessages = Int64(counters.damaged)
        link.duplicateMessages = Int64(counters.duplicate)
        if engine.keeper.announced > 0 {
            link.bitsPerClick =
                8 * Double(link.sentBytes) / Double(engine.keeper.announced)
        }
    }

    private static func words(_ state: CloseState) -> String {
        switch state {
        case .open: "open"
        case .closing: "no answer"
        case .answered(let status): "\(status)"
        }
    }
}
