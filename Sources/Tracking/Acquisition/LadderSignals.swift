public import Quantities

/// How the telescope is steered.
public enum LadderMode: UInt8, Sendable, BitwiseCopyable {
    /// By the prediction alone.
    case openLoop
    /// By the prediction and a search until the coarse camera sees the beacon.
    case wideSearch
    /// By the coarse camera.
    case coarse
    /// By the coarse camera and a spiral until the fine camera sees the beacon.
    case fineSearch
    /// By the fine camera; the mirror's loop is closed.
    case fine
    /// By what was learnt, while both cameras see nothing.
    case coast
}

/// What the ladder is told, once per tick.
public struct LadderInput: Equatable, Sendable, BitwiseCopyable {
    /// Time, ps, ascending.
    public var time: Int64
    /// The declared beacon in the coarse camera, from its middle, rad; `nil` if this frame shows
    /// none or there is no new frame.
    public var coarse: FieldAngle?
    /// Target minus telescope axis as the fine side sees it, rad: spot and mirror together; `nil`
    /// as above.
    public var fine: FieldAngle?
    /// Telescope axis minus where it was told to be, rad, from the encoders.
    public var mountError: FieldAngle
    /// Rate of the track on the sky, rad/s.
    public var trackRate: FieldAngle

    /// An input with every field given.
    public init(
        time: Int64, coarse: FieldAngle?, fine: FieldAngle?, mountError: FieldAngle,
        trackRate: FieldAngle
    ) {
        self.time = time
        self.coarse = coarse
        self.fine = fine
        self.mountError = mountError
        self.trackRate = trackRate
    }

    /// The same without what is no number.
    var finite: LadderInput {
        LadderInput(
            time: time, coarse: coarse.flatMap { $0.length.isFinite ? $0 : nil },
            fine: fine.flatMap { $0.length.isFinite ? $0 : nil },
            mountError: mountError.length.isFinite ? mountError : .zero,
            trackRate: trackRate.length.isFinite ? trackRate : .zero)
    }
}

/// What changed on the ladder, for pass control and the log.
public enum LadderEvent: UInt8, Sendable, BitwiseCopyable {
    /// A search around the prediction began.
    case searchStarted
    /// A search ended without a find, and begins again.
    case searchExhausted
    /// The coarse camera has the beacon.
    case coarseAcquired
    /// The coarse loop settled: the beacon stands where the fine camera should see it.
    case coarseSettled
    /// The coarse camera lost it.
    case coarseLost
    /// The fine camera has the beacon: the mirror's loop may close.
    case fineAcquired
    /// The fine camera lost it: the mirror's loop must open.
    case fineLost
}

/// What the ladder wants.
public struct LadderOutput: Equatable, Sendable, BitwiseCopyable {
    /// The step of the ladder.
    public var mode: LadderMode
    /// To be added on the sky to the prediction that ``AcquisitionLadder/bias`` corrected, rad.
    public var offset: FieldAngle
    /// Whether the mirror's loop may be closed.
    public var isFineLoopClosed: Bool
    /// What changed with this tick, if anything did.
    public var event: LadderEvent?

    /// Before the first tick.
    public static let start = LadderOutput(
        mode: .openLoop, offset: .zero, isFineLoopClosed: false, event: nil)
}
