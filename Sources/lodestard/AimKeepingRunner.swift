import Daemon
import RealTime

/// A runner of passes during which nobody moves mirror, camera or mount by hand.
struct AimKeepingRunner: PassRunner {
    let runner: any PassRunner
    let aim: HeldAim

    func prepare(_ arena: inout Arena, _ context: PassContext) throws {
        try runner.prepare(&arena, context)
    }

    func check(_ order: PassOrder) throws(PassRefusal) {
        // Of a pass that runs already the daemon itself tells, and better.
        if let user = aim.user, user != HeldAim.pass { throw Self.refusal(user) }
        try runner.check(order)
    }

    private static func refusal(_ user: String) -> PassRefusal {
        .notReady("\(user) has the instruments; wait for its end, or stop it with Ctrl-C there")
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        if let user = aim.give(to: HeldAim.pass) { throw Self.refusal(user) }
        defer { aim.giveBack() }
        return try runner.run(order, context)
    }
}
