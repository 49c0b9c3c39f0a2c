/// Whoever moves what no line of the station moves on a live bench: lamp, laser, filters, plates.
///
/// A person is asked; a bench that is served, or a motor, is ordered.
public protocol BenchHands: AnyObject {
    /// Whether it is done at once and told when; else it takes as long as a person does.
    var isOrdered: Bool { get }

    /// Brings the bench to `setting`, but for thresholds.
    ///
    /// - Parameter isSoon: Return before it is so; it is done within half a minute.
    /// - Returns: When it was so on the tagger's clock, ps; `nil` where nobody can tell.
    /// - Throws: ``ProcedureFailure/cancelled`` if the person wants to stop.
    func bring(
        to setting: BenchSetting, isSoon: Bool, isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Int64?
}
