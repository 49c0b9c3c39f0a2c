import PayloadHAL
import TimeTags

/// One packet of a message sent as datagrams, docs/formats/link.md.
struct Fragment: Equatable {
    /// Bytes before the content.
    static var headerSize: Int { 20 }
    /// Bytes after it: CRC-32C of the packet.
    static var trailerSize: Int { 4 }
    /// Most content: with UDP and IPv6 headers a packet has 1272 bytes; every IPv6 path takes
    /// 1280 (RFC 8200, section 5).
    static var capacity: Int { 1200 }
    /// Longest packet.
    static var largestPacket: Int { headerSize + capacity + trailerSize }
    /// `L`, `F`.
    static var magic: UInt16 { 0x464C }
    static var version: UInt8 { 1 }

    /// Chosen by the sender when it began; not 0.
    var session: UInt32
    /// Of the message, from 0.
    var number: UInt32
    /// Bytes of the whole message.
    var length: Int
    /// CRC-32C of the whole message.
    var checksum: UInt32
    /// Which part of the message this is, from 0; each but the last is full.
    var index: Int

    /// Fragments of a message of `length` bytes, 1 or more.
    static func count(of length: Int) -> Int { (length + capacity - 1) / capacity }

    /// Where the content belongs within the message.
    var range: Range<Int> {
        index * Self.capacity..<min((index + 1) * Self.capacity, length)
    }

    /// Why a packet is none of ours.
    enum Fault: Error {
        case damaged, malformed
    }

    /// Reads a packet; the content lies behind the header, as long as ``range``.
    init(_ packet: UnsafeRawBufferPointer) throws(Fault) {
        let end = packet.count - Self.trailerSize
        guard end > Self.headerSize, end <= Self.headerSize + Self.capacity else {
            throw .malformed
        }
        let stated = packet.integer(at: end, as: UInt32.self)
        guard stated == CRC32C.of(UnsafeRawBufferPointer(rebasing: packet[..<end])) else {
            throw .damaged
        }
        guard packet.integer(at: 0, as: UInt16.self) == Self.magic, packet[2] == Self.version
        else { throw .malformed }
        index = Int(packet[3])
        session = packet.integer(at: 4, as: UInt32.self)
        number = packet.integer(at: 8, as: UInt32.self)
        length = Int(packet.integer(at: 12, as: UInt16.self))
        checksum = packet.integer(at: 16, as: UInt32.self)
        guard 1...LinkLimits.largestMessage ~= length, index < Self.count(of: length),
            range.count == end - Self.headerSize, session != 0,
            packet.integer(at: 14, as: UInt16.self) == 0
        else { throw .malformed }
    }

    /// A fragment with every field given.
    init(session: UInt32, number: UInt32, length: Int, checksum: UInt32, index: Int) {
        self.session = session
        self.number = number
        self.length = length
        self.checksum = checksum
        self.index = index
    }

    /// Writes the packet of this part of `message`; returns its length.
    func write(_ message: UnsafeRawBufferPointer, to packet: UnsafeMutableRawBufferPointer) -> Int {
        packet.put(Self.magic, at: 0)
        packet[2] = Self.version
        packet[3] = UInt8(index)
        packet.put(session, at: 4)
        packet.put(number, at: 8)
        packet.put(UInt16(length), at: 12)
        packet.put(UInt16(0), at: 14)
        packet.put(checksum, at: 16)
        packet.put(UnsafeRawBufferPointer(rebasing: message[range]), at: Self.headerSize)
        let end = Self.headerSize + range.count
        packet.put(CRC32C.of(UnsafeRawBufferPointer(rebasing: packet[..<end])), at: end)
        return end + Self.trailerSize
    }
}
