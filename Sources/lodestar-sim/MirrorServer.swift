import LinuxIO
import MirrorDrivers
import PayloadHAL
import Quantities
import Synchronization

/// Serves a simulated mirror controller to one client after the other.
final class MirrorServer: Sendable {
    private struct State {
        var controller: GCSServer
        var time: Picoseconds
    }
    private let state: Mutex<State>
    private let misbehaviour: Misbehaviour?
    private let misbehavesAfter: Int64
    private let onMove: (@Sendable ([Double]) -> Void)?

    /// A server of `controller` that fails as ordered after that many commands.
    ///
    /// - Parameter onMove: Told the targets, in the controller's units from the middle of the
    ///   travel, when they have changed.
    init(
        _ controller: GCSServer, misbehaviour: Misbehaviour?, after commands: Int64,
        onMove: (@Sendable ([Double]) -> Void)? = nil
    ) {
        self.onMove = onMove
        state = Mutex(State(controller: controller, time: HostClock.now))
        self.misbehaviour = misbehaviour
        misbehavesAfter = commands
    }

    /// Where the axes are now, in the controller's units from the middle of their travel.
    func offsets() -> [Double] {
        state.withLock { state in
            Self.advance(&state)
            return state.controller.axes.map {
                $0.position - ($0.travel.lowerBound + $0.travel.upperBound) / 2
            }
        }
    }

    /// Serves until ordered to end.
    func run(_ listener: consuming TCPListener) throws(LinuxIOError) {
        var listener = listener
        while !Interruption.isOrdered {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let connection = try listener.accept(by: deadline) else { continue }
            serve(connection)
        }
    }

    /// Serves one client until it leaves; its failures are its own.
    private func serve(_ connection: consuming TCPConnection) {
        var connection = connection
        var memory = InlineArray<512, UInt8>(repeating: 0)
        while !Interruption.isOrdered {
            var span = memory.mutableSpan
            var bytes = span.mutableBytes
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let count = try? connection.receive(into: &bytes, by: deadline) else { return }
            var received: [UInt8] = []
            for index in 0..<count { received.append(memory[index]) }
            guard let answer = answer(to: received) else { return }
            guard !answer.isEmpty else { continue }
            let patience = HostClock.now.later(by: .seconds(1))
            guard (try? connection.send(answer.span.bytes, by: patience)) != nil else { return }
        }
    }

    /// What the client gets for `bytes`; `nil` if the connection is to be closed.
    private func answer(to bytes: [UInt8]) -> [UInt8]? {
        state.withLock { state in
            Self.advance(&state)
            let before = targets(state)
            let answer = state.controller.receive(bytes)
            if let before, let after = targets(state), before != after { onMove?(after) }
            guard let misbehaviour, state.controller.commandCount > misbehavesAfter else {
                return answer
            }
            if answer.isEmpty && misbehaviour != .endless { return [] }
            return misbehaviour.answer(insteadOf: answer)
        }
    }

    /// Where the axes are to go, from the middle of their travel; `nil` if nobody asks.
    private func targets(_ state: State) -> [Double]? {
        guard onMove != nil else { return nil }
        return state.controller.axes.map {
            $0.target - ($0.travel.lowerBound + $0.travel.upperBound) / 2
        }
    }

    private static func advance(_ state: inout State) {
        let now = HostClock.now
        state.controller.advance(by: Picoseconds(now.count - state.time.count))
        state.time = now
    }
}
