/// Whoever holds tagger, gates and optics of a live board, and lends them to a calibration.
public protocol DetectorLender: Sendable {
    /// Lends what counts to `body`, and mirror and camera too if the calibration aims; no pass
    /// begins, and nobody else has any of it, until `body` returns.
    ///
    /// - Parameter hands: Whoever moves lamp, filters and plates.
    /// - Throws: why they cannot be had, or what `body` throws.
    func lend(
        aiming: Bool, hands: any BenchHands,
        _ body: (any DetectorBench, (any PointingBench)?) throws -> [String]
    ) throws -> [String]
}
