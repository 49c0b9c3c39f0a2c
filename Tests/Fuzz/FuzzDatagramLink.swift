// modules: LinkDrivers
import PayloadHAL
import Quantities

@testable import LinkDrivers

/// Fuzzes what comes by UDP: packets of random bytes, and packets whose checksum is right around
/// fields that are anything.
///
/// The link never traps and hands out nothing but messages of allowed length whose checksum is
/// right, each once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDatagramLink(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let peer = PacketPeer(FuzzInput(start, count))
    var link = DatagramLink(PacketConnection(peer: peer), session: 1)
    let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: LinkLimits.largestMessage, alignment: 1)
    defer { room.deallocate() }
    while !peer.input.isEmpty {
        let deadline = peer.now.later(by: Picoseconds(Int64(peer.input.byte()) << 32))
        guard let length = try? link.receive(into: room, by: deadline) else { continue }
        precondition(0...LinkLimits.largestMessage ~= length)
    }
    return 0
}

/// The other end of a network: what the fuzzer makes of it.
private final class PacketPeer {
    var input: FuzzInput
    var now = Picoseconds.zero
    init(_ input: FuzzInput) { self.input = input }

    /// The next packet; empty for silence.
    func packet() -> [UInt8] {
        let kind = input.byte()
        guard kind & 3 != 0 else { return Array(input.take(Int(input.integer() as UInt16) & 2047)) }
        guard !input.isEmpty else { return [] }
        // A few sessions, numbers and checksums, so that packets meet.
        let length = kind & 4 == 0 ? 1 + Int(input.byte()) * 16 : Int(input.integer() as UInt16)
        let near = UInt32(input.byte())
        let fragment = Fragment(
            session: UInt32(kind >> 4 & 3), number: kind & 8 == 0 ? near : UInt32.max - near,
            length: length, checksum: UInt32(input.byte() & 1), index: Int(input.byte() & 15))
        guard fragment.index * Fragment.capacity < length else { return [] }
        let message = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { message.deallocate() }
        message.initializeMemory(as: UInt8.self, repeating: input.byte())
        var packet = [UInt8](repeating: 0, count: Fragment.largestPacket)
        let size = packet.withUnsafeMutableBytes {
            fragment.write(UnsafeRawBufferPointer(message), to: $0)
        }
        return Array(packet[..<size])
    }
}

private struct PacketConnection: DatagramConnection, ~Copyable {
    enum Failure: InstrumentError {
        case broken
        var fault: InstrumentFault { .unreachable }
    }
    let peer: PacketPeer
    var now: Picoseconds { peer.now }

    func send(_ packet: RawSpan, by deadline: Picoseconds) throws(Failure) {}

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        let packet = peer.packet()
        let count = min(packet.count, buffer.byteCount)
        for index in 0..<count {
            buffer.storeBytes(of: packet[index], toByteOffset: index, as: UInt8.self)
        }
        peer.now = count == 0 ? max(peer.now, deadline) : peer.now.later(by: .milliseconds(1))
        return count
    }

    mutating func reopen(by deadline: Picoseconds) throws(Failure) {}
}
