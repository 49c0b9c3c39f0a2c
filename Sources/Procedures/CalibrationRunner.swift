public import BoardFile
public import CalibrationRecords

/// Calibrations by name with their records: what `lodestar calibrate NAME` and the shell's
/// `cal NAME` share.
public final class CalibrationRunner {
    /// Where records go, and who signs them.
    public struct Keeping: Sendable {
        /// Folder of the records.
        public var directory: String
        /// File of the station's private key; made on first use.
        public var keyPath: String

        /// Records in `directory`, signed by the key at `keyPath`.
        public init(directory: String, keyPath: String) {
            self.directory = directory
            self.keyPath = keyPath
        }
    }

    private let board: Board
    private let keeping: Keeping?
    private let person: String
    private let seed: UInt64?
    private let now: () -> Int64
    private var catalogue: CalibrationCatalogue
    /// The record of the last calibration, and its file where it was kept.
    public private(set) var last: (record: CalibrationRecord, file: String?)?

    /// Calibrations of `board` on `bench`.
    ///
    /// - Parameters:
    ///   - keeping: Where records go; `nil`: nothing is recorded.
    ///   - operator: Who measures.
    ///   - seed: Of a simulated bench.
    ///   - now: Seconds since 1970, UTC.
    public init(
        board: Board, bench: any DetectorBench, pointing: (any PointingBench)? = nil,
        keeping: Keeping? = nil, operator: String = "", seed: UInt64? = nil,
        now: @escaping () -> Int64
    ) {
        self.board = board
        self.keeping = keeping
        person = `operator`
        self.seed = seed
        self.now = now
        catalogue = CalibrationCatalogue(
            board: board, bench: bench, pointing: pointing,
            priors: keeping.map { Self.priors($0, board, bench, seed) } ?? DetectorPriors())
    }

    /// Does one calibration, records it, and tells the result in lines.
    ///
    /// - Throws: ``ProcedureFailure``, or a fault of the records.
    @discardableResult public func run(
        _ name: String, arguments: [String] = [],
        progress: @escaping (Double, String) -> Void = { _, _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> [String] {
        let outcome = try measure(
            name, arguments: arguments, progress: progress, isCancelled: isCancelled)
        var lines = last?.record.lines ?? []
        if let file = last?.file, let keeping {
            lines.append("  recorded in \(keeping.directory)/\(file)")
        }
        if outcome.verdict == .unclear {
            lines.append("  unclear: a limit is less than two deviations away; count for longer")
        }
        return lines
    }

    /// Does one calibration and records it.
    public func measure(
        _ name: String, arguments: [String] = [],
        progress: @escaping (Double, String) -> Void = { _, _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> CalibrationOutcome {
        // Before anything moves: a key that cannot be had would be found too late.
        if let keeping { _ = try StationKey(at: keeping.keyPath) }
        let outcome = try catalogue.measure(
            name, arguments: arguments, progress: progress, isCancelled: isCancelled)
        let record = outcome.record(board: board, operator: person, time: now(), seed: seed)
        last = (record, nil)
        if let keeping {
            let key = try StationKey(at: keeping.keyPath)
            let stored = try RecordStore(directory: keeping.directory).append(
                record, histograms: outcome.histogramText, key: key)
            last = (stored.record, stored.file)
        }
        return outcome
    }

    /// What the newest good records of this bench say of the detectors.
    private static func priors(
        _ keeping: Keeping, _ board: Board, _ bench: any DetectorBench, _ seed: UInt64?
    ) -> DetectorPriors {
        var priors = DetectorPriors()
        let store = RecordStore(directory: keeping.directory)
        guard let stored = try? store.readable() else { return priors }
        let own = StationKey.publicText(at: keeping.keyPath)
        for record in stored where record.isSigned && record.key == own {
            guard record.record.board == board.name,
                record.record.simulated == bench.isSimulated,
                !bench.isSimulated || record.record.seed == seed
            else { continue }
            var outcome = CalibrationOutcome(.dark)
            for value in record.record.values {
                outcome.add(
                    value.name, value.detector,
                    .init(value: value.value, sigma: value.sigma, counts: value.counts),
                    unit: value.unit)
            }
            priors.learn(outcome)
        }
        return priors
    }
}
