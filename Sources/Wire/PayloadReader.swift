/// Takes a payload apart from front to back; whatever is missing or left over is an error.
public struct PayloadReader {
    private let bytes: UnsafeRawBufferPointer
    private var used = 0

    /// A reader at the front of `bytes`, which outlive it.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Bytes not read yet.
    public var left: Int { bytes.count - used }

    /// The next little-endian integer.
    public mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value {
        try take(MemoryLayout<Value>.size).get(at: 0)
    }

    /// The next `count` bytes.
    public mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= left else { throw .payloadEnds(count: bytes.count) }
        defer { used += count }
        return UnsafeRawBufferPointer(rebasing: bytes[used..<used + count])
    }

    /// Checks that nothing is left.
    public func end() throws(WireError) {
        guard left == 0 else { throw .payloadContinues(used: used, count: bytes.count) }
    }
}

/// Puts a payload together from front to back, in memory handed in.
public struct PayloadWriter {
    /// Bytes written.
    public private(set) var count = 0
    private let bytes: UnsafeMutableRawBufferPointer

    /// A writer at the front of `bytes`, which outlive it.
    public init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    /// What was written.
    public var written: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<count])
    }

    /// Room for `count` bytes, taken.
    public mutating func reserve(_ count: Int) throws(WireError) -> UnsafeMutableRawBufferPointer {
        let end = self.count + count
        guard count >= 0, end <= bytes.count else {
            throw .room(needed: end, given: bytes.count)
        }
        defer { self.count = end }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[self.count..<end])
    }

    /// Lets `body` write up to `room` bytes and say how many it wrote.
    public mutating func fill(
        _ room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(WireError) {
        guard room >= 0, room <= bytes.count - count else {
            throw .room(needed: count + room, given: bytes.count)
        }
        let written = body(UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + room]))
        precondition(written >= 0 && written <= room)
        count += written
    }

    /// Writes `value` little-endian.
    public mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value
    ) throws(WireError) {
        try reserve(MemoryLayout<Value>.size).put(value, at: 0)
    }

    /// Writes `bytes` as they are.
    public mutating func put(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        let room = try reserve(bytes.count)
        for index in 0..<bytes.count { room[index] = bytes[index] }
    }
}
