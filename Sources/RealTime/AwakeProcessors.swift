import LinuxIO

/// Keeps all processors from sleeping deeply, as long as the value lives; warmer, and quicker to wake.
public final class AwakeProcessors: Sendable {
    private let limit: IdleStateLimit?

    /// Asks for it; what the machine refuses goes to `refused`.
    public init(_ refused: RefusedByMachine) {
        do throws(LinuxIOError) {
            limit = try IdleStateLimit(microseconds: 0)
        } catch {
            limit = nil
            var reason = "\(error)"
            if case .system(_, let number) = error { reason = Refusal.text(number) }
            refused.note(
                Refusal(
                    subject: .wakefulness, asker: "process",
                    problem: "processors may sleep deeply (\(IdleStateLimit.path): \(reason))",
                    remedy: "Give the group lodestar write access; virtual machines have none."))
        }
    }
}
