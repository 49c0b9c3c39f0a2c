public import BoardFile
public import TimeTags

/// No detectors: for the calibrations of mirror and camera, which count nothing.
public final class AbsentDetectorBench: DetectorBench {
    /// As the board says.
    public let isSimulated: Bool
    /// Says so.
    public let summary = "no detectors"
    /// Tagger inputs of H, V, D and A, as the board has them.
    public let channels: SIMD4<UInt8>
    /// Tagger input of the beacon.
    public let syncChannel: UInt8
    /// Never goes on.
    public let time: Int64 = 0
    private let reason: String

    /// None on `board`, for the reason given.
    public init(board: Board, reason: String) throws(ProcedureFailure) {
        let inputs = try BoardInputs(board)
        channels = inputs.detectors
        syncChannel = inputs.beacon
        isSimulated = board.isSimulated
        self.reason = reason
    }

    /// Refuses.
    public func set(_ setting: BenchSetting, isCancelled: () -> Bool) throws(ProcedureFailure) {
        throw .board(reason)
    }

    /// Refuses.
    public func take(
        seconds: Double, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        throw .board(reason)
    }

    /// There is no light to end.
    public var marksLightEnd: Bool { false }

    /// Refuses.
    public func overExpose(
        detector: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        throw .board(reason)
    }

    /// None.
    public func temperatures() -> [String: Double] { [:] }

    /// Has nothing to do.
    public func makeSafe() {}
}
