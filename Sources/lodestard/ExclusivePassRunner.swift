import Daemon
import RealTime

/// A runner of passes that have the instruments for themselves: no pass begins while a calibration has
/// them, and nobody moves mirror, camera or mount by hand meanwhile.
struct ExclusivePassRunner: PassRunner {
    let runner: any PassRunner
    let aim: HeldAim

    func prepare(_ arena: inout Arena, _ context: PassContext) throws {
        try runner.prepare(&arena, context)
    }

    func check(_ order: PassOrder) throws(PassRefusal) {
        // Of a pass that runs already the daemon itself tells, and better.
        if let user = aim.user, user != .pass { throw Self.refusal(user) }
        try runner.check(order)
    }

    private static func refusal(_ user: InstrumentUser) -> PassRefusal {
        .notReady("\(user) has the instruments; \(user.remedy)")
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        if let user = aim.give(to: .pass) { throw Self.refusal(user) }
        defer { aim.giveBack() }
        return try runner.run(order, context)
    }
}
