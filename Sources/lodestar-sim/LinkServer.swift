import LinuxIO
import PayloadHAL
import Quantities
import Station

/// The satellite's terminal: messages off a link, answers onto it.
enum LinkServer {
    /// Milliseconds between two looks for answers that are due.
    private static let period: Int64 = 2

    /// Serves one link until the service ends or the link fails.
    static func serve<Link: MessageLink & ~Copyable>(
        _ link: inout Link, for service: WorldService
    ) throws(Link.Failure) {
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: LinkLimits.largestMessage, alignment: 16)
        defer { room.deallocate() }
        while !service.isEnding {
            let deadline = link.now.later(by: .milliseconds(period))
            let count = try link.receive(into: room, by: deadline)
            for answer in service.exchange(Array(room[..<count])) { try send(answer, on: &link) }
        }
    }

    /// A message that the link does not take is lost: the station asks again.
    private static func send<Link: MessageLink & ~Copyable>(
        _ message: [UInt8], on link: inout Link
    ) throws(Link.Failure) {
        do throws(Link.Failure) {
            try message.span.bytes.withUnsafeBytes { (bytes) throws(Link.Failure) in
                try link.send(bytes)
            }
        } catch {
            guard error.fault == .refused || error.fault == .outOfRange else { throw error }
        }
    }
}
