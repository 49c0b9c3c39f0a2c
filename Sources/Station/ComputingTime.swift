/// Host time that both ends of a simulated pass spend on making keys.
///
/// Stream time stands still while they compute; a real pass would have to wait.
final class ComputingTime {
    /// So far.
    private(set) var total = Duration.zero

    /// Runs `body` and counts its time.
    func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer { total += ContinuousClock.now - start }
        return try body()
    }
}
