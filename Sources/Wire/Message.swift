import TimeTags

/// Puts messages together and takes them apart.
public enum Message {
    /// Writes header and checksum around a payload that already lies at ``MessageHeader/size``.
    ///
    /// - Parameters:
    ///   - payloadCount: Bytes of payload, up to ``MessageHeader/largestPayload``.
    ///   - message: The message's memory.
    /// - Returns: Bytes of the whole message.
    public static func seal(
        _ header: MessageHeader, payloadCount: Int, in message: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        guard payloadCount >= 0, payloadCount <= MessageHeader.largestPayload else {
            throw .messageSize(count: payloadCount)
        }
        let end = MessageHeader.size + payloadCount
        let total = end + MessageHeader.trailerSize
        guard message.count >= total else { throw .room(needed: total, given: message.count) }
        message.put(MessageHeader.magic, at: 0)
        message[2] = MessageHeader.version
        message[3] = header.type.rawValue
        message[4] = header.direction.rawValue
        message[5] = header.part
        message[6] = header.parts
        message[7] = 0
        message.put(header.session, at: 8)
        message.put(header.sequence, at: 12)
        message.put(header.epoch, at: 16)
        message.put(UInt16(payloadCount), at: 20)
        message.put(checksum(UnsafeRawBufferPointer(message), upTo: end), at: end)
        return total
    }

    /// Takes apart one message.
    ///
    /// - Parameter message: All its bytes and no more.
    /// - Returns: Its header and where its payload lies.
    /// - Throws: ``WireError`` for what is not a message. Nothing of such bytes is to be believed.
    public static func open(
        _ message: UnsafeRawBufferPointer
    ) throws(WireError) -> (header: MessageHeader, payload: Range<Int>) {
        let count = message.count
        guard count >= MessageHeader.size + MessageHeader.trailerSize,
            count <= MessageHeader.largestMessage
        else { throw .messageSize(count: count) }
        let magic: UInt16 = message.get(at: 0)
        guard magic == MessageHeader.magic else { throw .magic(magic) }
        let end = count - MessageHeader.trailerSize
        let stated: UInt32 = message.get(at: end)
        let computed = checksum(message, upTo: end)
        guard stated == computed else { throw .checksum(stated: stated, computed: computed) }
        guard message[2] == MessageHeader.version else { throw .version(message[2]) }
        let length: UInt16 = message.get(at: 20)
        guard Int(length) == end - MessageHeader.size else {
            throw .payloadLength(stated: Int(length), present: end - MessageHeader.size)
        }
        return (try header(message), MessageHeader.size..<end)
    }

    private static func header(
        _ message: UnsafeRawBufferPointer
    ) throws(WireError) -> MessageHeader {
        guard let type = MessageType(rawValue: message[3]) else { throw .type(message[3]) }
        guard let direction = MessageDirection(rawValue: message[4]) else {
            throw .direction(message[4])
        }
        guard message[5] < message[6] else { throw .part(message[5], parts: message[6]) }
        guard message[7] == 0 else { throw .reserved }
        return MessageHeader(
            type: type, direction: direction, part: message[5], parts: message[6],
            session: message.get(at: 8), sequence: message.get(at: 12), epoch: message.get(at: 16))
    }

    private static func checksum(_ message: UnsafeRawBufferPointer, upTo end: Int) -> UInt32 {
        CRC32C.of(UnsafeRawBufferPointer(rebasing: message[..<end]))
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at `offset`, which lies inside with all its bytes.
    @inlinable public func get<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int
    ) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
        return Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes `value` little-endian at `offset`; it lies inside with all its bytes.
    @inlinable public func put<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: Int
    ) {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
        // Not the buffer's own `storeBytes`, which is taken for an allocation on 32-bit machines.
        baseAddress?.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
