public import BoardFile

/// All calibrations, and one after the other on one bench.
public struct CalibrationCatalogue {
    /// All of them, in the order in which `all` does them: each finds what those after it need.
    public static let all: [CalibrationProcedure] = [
        DarkProcedure.procedure, ThresholdProcedure.procedure, DeadTimeProcedure.procedure,
        AfterpulseProcedure.procedure, LinearityProcedure.procedure, JitterProcedure.procedure,
        SkewProcedure.procedure, BeaconDelayProcedure.procedure, EfficiencyProcedure.procedure,
        PolarisationProcedure.procedure, GateProcedure.procedure, BackgroundProcedure.procedure,
        CrosstalkProcedure.procedure, InterlockProcedure.procedure, MirrorProcedure.procedure,
        CameraProcedure.procedure, BoresightProcedure.procedure,
    ]

    /// The procedure called `name`.
    public static func procedure(_ name: String) throws(ProcedureFailure) -> CalibrationProcedure {
        if let found = all.first(where: { $0.name == name }) { return found }
        throw .unknown(name: name, nearest: Nearest.word(to: name, among: all.map(\.name)))
    }

    private let board: Board
    private let bench: any DetectorBench
    private let pointing: (any PointingBench)?
    /// What calibrations before found; those on this bench add to it.
    public private(set) var priors: DetectorPriors

    /// Calibrations of `board` on a bench.
    public init(
        board: Board, bench: any DetectorBench, pointing: (any PointingBench)? = nil,
        priors: DetectorPriors = DetectorPriors()
    ) {
        self.board = board
        self.bench = bench
        self.pointing = pointing
        self.priors = priors
    }

    /// Does one calibration; the bench is in its safe state after, whatever happened.
    ///
    /// - Parameters:
    ///   - arguments: As typed, `seconds=30s`.
    ///   - progress: Part that is done, 0 to 1, and what is being done.
    ///   - isCancelled: Asked every few milliseconds of counting.
    public mutating func measure(
        _ name: String, arguments: [String] = [],
        progress: @escaping (Double, String) -> Void = { _, _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws(ProcedureFailure) -> CalibrationOutcome {
        let procedure = try Self.procedure(name)
        let values = try procedure.read(arguments)
        defer {
            bench.makeSafe()
            pointing?.makeSafe()
        }
        let context = try ProcedureContext(
            procedure, board: board, bench: bench, pointing: pointing, arguments: values,
            priors: priors, progress: progress, isCancelled: isCancelled)
        try procedure.run(context)
        var outcome = context.outcome
        outcome.temperatures = bench.temperatures()
        for argument in procedure.arguments where values[argument.name] != argument.usual {
            outcome.arguments[argument.name] = values[argument.name]
        }
        priors = context.priors
        priors.learn(outcome)
        progress(1, "done")
        return outcome
    }
}
