#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// Bytes that nobody else may see: not copied, not described, overwritten with zeros at the end.
///
/// The memory is handed in (locked, from an arena) or, on a machine with an operating system,
/// allocated. What a closure copies out is the caller's to wipe.
///
/// Allocated memory is whole pages of its own: the system locks pages, and one unlock undoes every
/// lock of a page, so that two secrets on one page would expose each other. 32 bytes cost a page
/// for that. The pages are kept out of the swap and of core dumps where the system allows it; where
/// it does not (RLIMIT_MEMLOCK, often 8 MiB in all), the secret works without, and ``isLocked``
/// says so.
public struct SecretBytes: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    #if !NO_HEAP
        // What was allocated: `memory` and the rest of its last page; nil if handed in.
        private let pages: UnsafeMutableRawBufferPointer?
    #endif

    /// Whether this value locked its memory; memory handed in is the caller's to lock.
    public let isLocked: Bool

    /// Takes over `memory`, whatever it holds, until this value goes away and leaves it zero.
    public init(in memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
        isLocked = false
        #if !NO_HEAP
            pages = nil
        #endif
    }

    #if !NO_HEAP
        /// Allocates `count` zero bytes, 0 or more, at the start of a page; wiped and then freed.
        public init(count: Int) {
            precondition(count >= 0)
            let page = Self.pageSize
            let room = (count + page - 1) / page * page
            let pages = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: page)
            pages.initializeMemory(as: UInt8.self, repeating: 0)
            memory = UnsafeMutableRawBufferPointer(rebasing: pages[..<count])
            self.pages = pages
            isLocked = Self.lock(pages)
        }
    #endif

    deinit {
        wipe(memory)
        #if !NO_HEAP
            if let pages {
                Self.unlock(pages)
                pages.deallocate()
            }
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

// Its memory has one owner: reading is by borrow, writing exclusive.
extension SecretBytes: @unchecked Sendable {}

#if !NO_HEAP
    extension SecretBytes {
        #if canImport(CHardware) && !hasFeature(Embedded)
            fileprivate static var pageSize: Int { lodestar_page_size() }

            fileprivate static func lock(_ pages: UnsafeMutableRawBufferPointer) -> Bool {
                lodestar_lock(pages.baseAddress, pages.count) == 1
            }

            fileprivate static func unlock(_ pages: UnsafeMutableRawBufferPointer) {
                lodestar_unlock(pages.baseAddress, pages.count)
            }
        #else
            fileprivate static var pageSize: Int { 16 }

            fileprivate static func lock(_ pages: UnsafeMutableRawBufferPointer) -> Bool { false }

            fileprivate static func unlock(_ pages: UnsafeMutableRawBufferPointer) {}
        #endif
    }
#endif
