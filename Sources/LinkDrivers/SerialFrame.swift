import TimeTags

/// One frame of the serial link, docs/formats/link.md.
struct SerialFrame: Equatable {
    /// What a frame is for.
    enum Kind: UInt8 {
        /// Says who the sender is, and whom it hears.
        case hello = 0
        /// Says what has come.
        case acknowledgement = 1
        /// Says what has come, and carries a part of a message.
        case data = 2
    }

    /// Bytes before the content.
    static var headerSize: Int { 22 }
    /// Bytes after it: CRC-32C of the frame.
    static var trailerSize: Int { 4 }
    /// Most content: 44 ms at 115,200 baud, at 5 % of overhead. Longer frames would be lost more
    /// often to the same noise.
    static var capacity: Int { 480 }
    /// Longest frame before byte stuffing.
    static var largest: Int { headerSize + capacity + trailerSize }
    /// Longest frame on the line, with a zero before and after it.
    static var largestOnLine: Int { COBS.largestEncoding(of: largest) + 2 }
    static var version: UInt8 { 1 }

    var kind: Kind
    /// The sender's session, not 0.
    var from: UInt32
    /// The session of the other end as the sender knows it, 0 if it knows none.
    var to: UInt32
    /// Number of the part among the sender's; 0 if it carries none.
    var sequence: UInt32 = 0
    /// The first part of the other end's that has not come.
    var expected: UInt32 = 0
    /// Bit i: part `expected` + 1 + i has come.
    var held: UInt32 = 0
    /// Whether the part begins and ends its message.
    var isFirst = false, isLast = false

    /// A frame without content.
    init(_ kind: Kind, from: UInt32, to: UInt32) {
        self.kind = kind
        self.from = from
        self.to = to
    }

    /// Why bytes are no frame of ours.
    enum Fault: Error {
        case damaged, malformed
    }

    /// Reads a frame; the content lies between header and trailer.
    init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        let end = bytes.count - Self.trailerSize
        guard end >= Self.headerSize, end <= Self.headerSize + Self.capacity else {
            throw .malformed
        }
        let stated = bytes.integer(at: end, as: UInt32.self)
        guard stated == CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<end])) else {
            throw .damaged
        }
        guard bytes[0] == Self.version, let kind = Kind(rawValue: bytes[1] & 15),
            bytes[1] & 0xCF == kind.rawValue
        else { throw .malformed }
        self.kind = kind
        isFirst = bytes[1] & 16 != 0
        isLast = bytes[1] & 32 != 0
        from = bytes.integer(at: 2, as: UInt32.self)
        to = bytes.integer(at: 6, as: UInt32.self)
        sequence = bytes.integer(at: 10, as: UInt32.self)
        expected = bytes.integer(at: 14, as: UInt32.self)
        held = bytes.integer(at: 18, as: UInt32.self)
        let hasContent = end > Self.headerSize
        guard from != 0, hasContent == (kind == .data),
            kind == .data || (!isFirst && !isLast && sequence == 0),
            kind != .hello || (expected == 0 && held == 0)
        else { throw .malformed }
    }

    /// Writes the frame with `content` before byte stuffing; returns its length.
    func write(
        _ content: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        bytes[0] = Self.version
        bytes[1] = kind.rawValue | (isFirst ? 16 : 0) | (isLast ? 32 : 0)
        bytes.put(from, at: 2)
        bytes.put(to, at: 6)
        bytes.put(sequence, at: 10)
        bytes.put(expected, at: 14)
        bytes.put(held, at: 18)
        bytes.put(content, at: Self.headerSize)
        let end = Self.headerSize + content.count
        bytes.put(CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<end])), at: end)
        return end + Self.trailerSize
    }
}
