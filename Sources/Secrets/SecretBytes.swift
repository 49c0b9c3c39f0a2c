/// Bytes that nobody else may see: not copied, not described, overwritten with zeros at the end.
///
/// The memory is handed in (locked, from an arena) or, on a machine with an operating system,
/// allocated. What a closure copies out is the caller's to wipe.
public struct SecretBytes: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    #if !hasFeature(Embedded)
        private let isAllocated: Bool
    #endif

    /// Takes over `memory`, whatever it holds, until this value goes away and leaves it zero.
    public init(in memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
        #if !hasFeature(Embedded)
            isAllocated = false
        #endif
    }

    #if !hasFeature(Embedded)
        /// Allocates `count` zero bytes, 0 or more, aligned to 16; they are wiped and then freed.
        public init(count: Int) {
            precondition(count >= 0)
            memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            isAllocated = true
        }
    #endif

    deinit {
        wipe(memory)
        #if !hasFeature(Embedded)
            if isAllocated { memory.deallocate() }
        #endif
    }

    /// Number of bytes.
    public var count: Int { memory.count }

    /// Calls `body` with the bytes, which it may not keep.
    public borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }

    /// Calls `body` with the bytes to be changed, which it may not keep.
    public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(memory)
    }

    /// Whether both hold the same bytes, in a time that depends on their counts alone.
    public borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        isEqualInConstantTime(
            UnsafeRawBufferPointer(memory), UnsafeRawBufferPointer(other.memory))
    }
}
