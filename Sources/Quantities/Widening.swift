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

extension Double {
    /// The nearest to `value`.
    public init(nearest value: UInt64) {
        // Both halves are exact, so that only the sum is rounded.
        let high = Double(Int64(bitPattern: value &>> 32))
        self.init(high * 4_294_967_296 + Double(Int64(bitPattern: value & 0xFFFF_FFFF)))
    }
}
