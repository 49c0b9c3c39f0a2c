/// Reads a request for parities of parts of blocks, and believes nothing in it.
struct PartsReader {
    private let bytes: UnsafeRawBufferPointer
    private let bits: Int
    private var offset = CascadeMessage.headSize
    private var place = 0

    /// Begins behind the head of `request`, for a block of `bits`.
    init(_ request: UnsafeRawBufferPointer, bits: Int) {
        bytes = request
        self.bits = bits
    }

    /// Whether the request ends here.
    var isAtEnd: Bool { offset == bytes.count }

    /// The places of the next part, not none, inside the block and behind the part before.
    mutating func next() throws(CascadeError) -> (start: Int, end: Int) {
        let start = place + (try CascadeMessage.takeShort(bytes, at: &offset))
        let size = try CascadeMessage.takeShort(bytes, at: &offset)
        guard size > 0, start < bits, size <= bits - start else { throw .malformed }
        place = start + size
        return (start, place)
    }
}
