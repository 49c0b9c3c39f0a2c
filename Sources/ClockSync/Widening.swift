extension Int64 {
    /// `value`, which is not negative; compiles for 32-bit processors without allocation, where the
    /// standard library's own conversion goes through collections of words.
    @inline(__always) init(widening value: Int) {
        self.init(bitPattern: UInt64(_truncatingBits: UInt(bitPattern: value)))
    }
}
