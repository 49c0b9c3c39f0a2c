/// Memory of a link, all zeros at first; given back when the value goes away.
struct LinkMemory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    /// `count` bytes, 1 or more.
    init(count: Int) {
        precondition(count > 0)
        bytes = .allocate(byteCount: count, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { bytes.deallocate() }

    /// Part of it, for reading.
    subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at `offset`, which must lie within.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type
    ) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a little-endian integer at `offset`, which must lie within.
    func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// Writes bytes at `offset`; they must fit.
    func put(_ source: UnsafeRawBufferPointer, at offset: Int) {
        guard !source.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: self[offset..<(offset + source.count)])
            .copyMemory(from: source)
    }
}
