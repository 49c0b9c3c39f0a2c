import Foundation
import LinuxIO
import PayloadHAL
import Quantities

/// The control socket: one line of text per order, one line for each answer.
enum ControlSocket {
    /// Serves the orders of a world until the service ends.
    static func run(_ listener: consuming TCPListener, for service: WorldService) {
        run(listener, until: { service.isEnding }) { line in
            do throws(WorldOrder.Refusal) {
                return service.obey(try WorldOrder(line))
            } catch {
                return "refused: \(error)"
            }
        }
    }

    /// Serves clients until `isEnding`, each on a thread of its own.
    ///
    /// - Parameter answer: The answer to a line, both without their ends.
    static func run(
        _ listener: consuming TCPListener, until isEnding: @escaping @Sendable () -> Bool,
        _ answer: @escaping @Sendable (String) -> String
    ) {
        var listener = listener
        while !isEnding() {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let connection = try? listener.accept(by: deadline) else { continue }
            let held = HeldConnection(connection)
            Thread.detachNewThread {
                if let connection = held.take() { serve(connection, isEnding, answer) }
            }
        }
    }

    private static func serve(
        _ connection: consuming TCPConnection, _ isEnding: () -> Bool, _ answer: (String) -> String
    ) {
        var link = LineLink(connection)
        while !isEnding() {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            do {
                guard let range = try link.nextLine(by: deadline) else { continue }
                let words = answer(link.text(range))
                try link.send(words + "\n", by: HostClock.now.later(by: .seconds(5)))
            } catch {
                return
            }
        }
    }
}
