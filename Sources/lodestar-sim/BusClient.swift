import Foundation
import LinuxIO
import PayloadHAL
import Quantities
import USBIP

/// Who has a bus with a tagger on it.
protocol BusService: AnyObject, Sendable {
    /// Whether to end.
    var isEnding: Bool { get }
    /// Reaches the bus, alone.
    func withBus<Result: Sendable>(
        _ body: (inout USBIPServer<EmulatedTagger>) -> Result
    ) -> Result
    /// Counts a client of the bus, or notes why one was let go.
    func noteClient(fault: USBIPFault?)
}

/// The sockets of the bus: a thread that accepts, and one for each client.
enum BusClient {
    /// Milliseconds between two looks for tags that have come.
    private static let period: Int64 = 1

    /// Accepts clients until the service ends.
    static func accept(_ listener: consuming TCPListener, for service: some BusService) {
        var listener = listener
        while !service.isEnding {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let connection = try? listener.accept(by: deadline) else { continue }
            guard let number = service.withBus({ $0.connect() }) else { continue }
            service.noteClient(fault: nil)
            let held = HeldConnection(connection)
            Thread.detachNewThread { serve(held, number, service) }
        }
    }

    /// Serves one client until it leaves or is let go.
    private static func serve(_ held: HeldConnection, _ number: Int, _ service: some BusService) {
        defer { service.withBus { $0.disconnect(number) } }
        guard var connection = held.take() else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !service.isEnding {
            var span = buffer.mutableSpan
            var bytes = span.mutableBytes
            let deadline = HostClock.now.later(by: .milliseconds(period))
            guard let count = try? connection.receive(into: &bytes, by: deadline) else { return }
            let (output, isOver, fault) = service.withBus { bus in
                if count > 0 { bus.receive(buffer[..<count], on: number) }
                return (
                    bus.takeOutput(of: number), bus.isOver(number), bus.fault(of: number)
                )
            }
            if let fault { service.noteClient(fault: fault) }
            // A host that takes nothing for 10 s is gone.
            let patience = HostClock.now.later(by: .seconds(10))
            if !output.isEmpty,
                (try? connection.send(output.span.bytes, by: patience)) == nil
            {
                return
            }
            if isOver { return }
        }
    }
}
