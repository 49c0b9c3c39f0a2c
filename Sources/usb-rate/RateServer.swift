import Foundation
import LinuxIO
import PayloadHAL
import Quantities
import USBIP

/// Serves an ``EndlessTagger`` over USB/IP to one client after the other.
struct RateServer {
    /// Where to listen, `HOST:PORT`.
    let address: String

    /// Serves until the program is ended.
    func run() throws {
        guard let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else { throw RateError(description: "\(address) is no address; write 127.0.0.1:3240") }
        var listener = try TCPListener(
            on: NetworkAddress(host: String(address[..<colon]), port: port))
        var bus = USBIPServer([try EndlessTagger()])
        let line = "serving 1209:0001 by USB/IP on port \(listener.port)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        while true {
            guard
                let connection = try listener.accept(by: HostClock.now.later(by: .seconds(3600))),
                let number = bus.connect()
            else { continue }
            serve(connection, number, &bus)
            bus.disconnect(number)
        }
    }

    private func serve(
        _ connection: consuming TCPConnection, _ number: Int,
        _ bus: inout USBIPServer<EndlessTagger>
    ) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count: Int
            do throws(LinuxIOError) {
                var span = buffer.mutableSpan
                var bytes = span.mutableBytes
                count = try connection.receive(
                    into: &bytes, by: HostClock.now.later(by: .milliseconds(1)))
            } catch { return }
            if count > 0 { bus.receive(buffer[..<count], on: number) }
            while true {
                let output = bus.takeOutput(of: number)
                if output.isEmpty { break }
                do throws(LinuxIOError) {
                    try connection.send(
                        output.span.bytes, by: HostClock.now.later(by: .seconds(10)))
                } catch { return }
            }
            if bus.isOver(number) { return }
        }
    }
}
