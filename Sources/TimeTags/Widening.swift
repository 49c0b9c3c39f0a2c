// Conversions to 64 bits that also compile for 32-bit processors with `-no-allocations`: there the
// standard library's own go through word collections, which the compiler takes for allocations.

extension UInt64 {
    /// `value` with zeros above it.
    @inline(__always) init(widening value: UInt) { self.init(_truncatingBits: value) }
    /// `value` with zeros above it.
    @inline(__always) init(widening value: UInt32) { self.init(widening: UInt(value)) }
    /// `value` with zeros above it.
    @inline(__always) init(widening value: UInt16) { self.init(widening: UInt(value)) }
    /// `value` with zeros above it.
    @inline(__always) init(widening value: UInt8) { self.init(widening: UInt(value)) }
}

extension Int64 {
    /// `value`, which is not negative.
    @inline(__always) init(widening value: Int) {
        self.init(bitPattern: UInt64(widening: UInt(bitPattern: value)))
    }
    /// `value`.
    @inline(__always) init(widening value: UInt32) {
        self.init(bitPattern: UInt64(widening: value))
    }
}
