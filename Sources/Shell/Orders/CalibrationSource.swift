/// Runs calibrations by name: what `cal` asks of whoever has the instruments.
///
/// - Note: For implementers: ``run(_:arguments:progress:isCancelled:)`` has a thread of its own. It
///   looks at `isCancelled` at least every 50 ms, and leaves the instruments in their safe state
///   however it ends.
public protocol CalibrationSource: Sendable {
    /// What can be calibrated, in the order in which it should be.
    var names: [(name: String, title: String)] { get }
    /// Runs one calibration to its end.
    ///
    /// - Parameters:
    ///   - progress: Told how far it has come, 0 to 1, and what it does.
    ///   - ask: Asks whoever gave the order to do something, in a few words; returns once it is
    ///     done, `false` if it will not be.
    ///   - isCancelled: Whether it should end now.
    /// - Returns: the result in lines for people.
    /// - Throws: what went wrong, whose description says what to do.
    func run(
        _ name: String, arguments: [String], progress: @escaping @Sendable (Double, String) -> Void,
        ask: @escaping @Sendable (String) -> Bool, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [String]
}
