import LinuxIO
import PayloadHAL
import Quantities

/// The serial line of an emulated Nox, as a byte stream: letters in, nothing out.
enum NoxLine {
    /// Serves one end after the other until the service ends.
    static func run(_ listener: consuming TCPListener, for service: WorldService) {
        var listener = listener
        while !service.isEnding {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let connection = try? listener.accept(by: deadline) else { continue }
            serve(connection, service)
        }
    }

    private static func serve(_ connection: consuming TCPConnection, _ service: WorldService) {
        var connection = connection
        var buffer = [UInt8](repeating: 0, count: 256)
        while !service.isEnding {
            var span = buffer.mutableSpan
            var bytes = span.mutableBytes
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let count = try? connection.receive(into: &bytes, by: deadline) else { return }
            let letters = Array(buffer[..<count])
            service.bus.withLock { bus in
                bus.withFunction(0) { tagger in letters.forEach { tagger.letter($0) } }
            }
        }
    }
}
