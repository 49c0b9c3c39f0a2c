/// Takes values off the front of a fuzzer's input; zeros once it has ended.
struct FuzzInput {
    /// What is left.
    private(set) var rest: UnsafeRawBufferPointer

    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        rest = UnsafeRawBufferPointer(start: start, count: count)
    }

    var isEmpty: Bool { rest.isEmpty }

    /// The next byte.
    mutating func byte() -> UInt8 { integer() }

    /// The next little-endian integer; what is missing of it is 0.
    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>() -> Value {
        var value: Value = 0
        for (index, byte) in take(Value.bitWidth / 8).enumerated() {
            value |= Value(byte) << Value(8 * index)
        }
        return value
    }

    /// The next `count` bytes, or as many as there are.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        let taken = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        return taken
    }

    /// The next step of a time, from none to any: small ones take few bytes, so that they abound.
    mutating func step() -> Int64 {
        let kind = byte()
        switch kind & 7 {
        case 0, 1: return Int64(byte())
        case 2: return Int64(integer() as UInt16)
        case 3: return -Int64(integer() as UInt16)
        case 4: return Int64(integer() as UInt32)
        case 5: return Int64(integer() as UInt32) << Int64(kind >> 3)
        case 6: return -Int64(integer() as UInt32) << Int64(kind >> 3)
        default: return Int64(bitPattern: integer())
        }
    }
}
