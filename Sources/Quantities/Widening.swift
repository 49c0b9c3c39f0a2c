// Conversions to 64 bits that also compile for 32-bit processors with `-no-allocations`: there the
// standard library's own go through word collections, which the compiler takes for allocations.
// On a 64-bit processor they cost nothing.

extension UInt64 {
    /// `value` with zeros above it.
    @inlinable @inline(__always) public init(widening value: UInt) {
        self.init(_truncatingBits: value)
    }
    /// `value` with zeros above it.
    @inlinable @inline(__always) public init(widening value: UInt32) {
        self.init(widening: UInt(value))
    }
    /// `value` with zeros above it.
    @inlinable @inline(__always) public init(widening value: UInt16) {
        self.init(widening: UInt(value))
    }
    /// `value` with zeros above it.
    @inlinable @inline(__always) public init(widening value: UInt8) {
        self.init(widening: UInt(value))
    }
    /// `value`, which is not negative.
    @inlinable @inline(__always) public init(widening value: Int) {
        self.init(widening: UInt(bitPattern: value))
    }
}

extension Int64 {
    /// `value`, which is not negative.
    @inlinable @inline(__always) public init(widening value: Int) {
        self.init(bitPattern: UInt64(widening: value))
    }
    /// `value`.
    @inlinable @inline(__always) public init(widening value: UInt32) {
        self.init(bitPattern: UInt64(widening: value))
    }
}
