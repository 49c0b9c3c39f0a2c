/// The first 48 bytes of a one-time pad message. Numbers are little-endian.
struct OneTimePadHeader {
    static let size = 48
    static let version: UInt8 = 1
    static let magic = Array("LODESOTP".utf8)

    /// The key that the message burns.
    var range: KeyRange
    /// Bytes of the text.
    var textCount: Int
    var isSimulated: Bool

    init(range: KeyRange, textCount: Int, isSimulated: Bool) {
        self.range = range
        self.textCount = textCount
        self.isSimulated = isSimulated
    }

    /// Reads the header of `message`, whose length has to be what the header says.
    init(_ message: UnsafeRawBufferPointer, overhead: Int) throws(OneTimePad.Failure) {
        guard message.count >= Self.magic.count, message.starts(with: Self.magic) else {
            throw .notAMessage
        }
        guard message.count >= Self.size + OneTimePadTag.padBytes else {
            throw .length(
                found: message.count, needed: "\(Self.size + OneTimePadTag.padBytes) or more")
        }
        guard message[8] == Self.version else { throw .version(message[8]) }
        guard message[9] <= 1, message[10] <= 1, message[11...15].allSatisfy({ $0 == 0 }),
            let id = KeyID(message[16..<32])
        else { throw .forged }
        let offset = Self.number(message, at: 32)
        let count = Self.number(message, at: 40)
        let found = message.count - Self.size - OneTimePadTag.padBytes
        guard count == UInt64(found) else {
            throw .length(
                found: message.count,
                needed: "\(Self.size + OneTimePadTag.padBytes) and a text of \(count)")
        }
        guard offset <= UInt64(Int.max) else { throw .forged }
        range = KeyRange(
            id: id, lane: Int(message[10]), offset: Int(offset), count: found + overhead)
        textCount = found
        isSimulated = message[9] == 1
    }

    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes += [Self.version, isSimulated ? 1 : 0, UInt8(range.lane), 0, 0, 0, 0, 0]
        bytes += range.id.bytes
        for number in [range.offset, textCount] {
            withUnsafeBytes(of: UInt64(number).littleEndian) { bytes += $0 }
        }
        return bytes
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
