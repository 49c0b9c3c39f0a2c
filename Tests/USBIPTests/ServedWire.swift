import PayloadHAL
import Quantities
import USBIP

/// A connection to an emulated bus without a socket: what is sent is answered at once.
struct ServedWire<Function: USBFunction>: ByteConnection, ~Copyable {
    struct Failure: InstrumentError {
        var fault: InstrumentFault { .unreachable }
    }

    /// The bus, which a test may spoil.
    final class Bus {
        var server: USBIPServer<Function>
        var connection: Int
        var received: [UInt8] = []
        var isGone = false
        var time = Picoseconds.zero

        init(_ function: Function) {
            server = USBIPServer([function])
            connection = server.connect() ?? -1
        }
    }

    let bus: Bus

    var now: Picoseconds { bus.time }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {
        guard !bus.isGone else { throw Failure() }
        bus.server.receive(bytes.withUnsafeBytes { Array($0) }, on: bus.connection)
    }

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        guard !bus.isGone else { throw Failure() }
        bus.received += bus.server.takeOutput(of: bus.connection)
        let part = Array(bus.received.prefix(buffer.byteCount))
        bus.received.removeFirst(part.count)
        // Time goes by only while nothing comes.
        if part.isEmpty { bus.time = max(bus.time, deadline) }
        return buffer.withUnsafeMutableBytes { room in
            room.copyBytes(from: part)
            return part.count
        }
    }

    mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        bus.server.disconnect(bus.connection)
        bus.connection = bus.server.connect() ?? -1
        bus.received = []
    }
}
