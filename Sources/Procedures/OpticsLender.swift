public import PointingInstruments

/// Whoever holds mirror and camera of a live board, and lends them to a calibration.
public protocol OpticsLender: Sendable {
    /// Lends both to `body`; nobody else moves them meanwhile.
    ///
    /// - Throws: why they cannot be had, or what `body` throws.
    func lend(
        _ body: (any MirrorHandle, any CameraHandle) throws -> [String]
    ) throws -> [String]
}
