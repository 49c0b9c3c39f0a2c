/// Writes a request for parities of parts of blocks.
struct PartsWriter {
    private let start: UnsafeMutableRawPointer
    private var offset = CascadeMessage.headSize
    private var place = 0
    /// Parts so far.
    private(set) var count = 0

    /// Begins at `start`, where ``CascadeBlock/largestMessage`` bytes are.
    init(at start: UnsafeMutableRawPointer, pass: Int, round: UInt32) {
        self.start = start
        CascadeMessage.put(
            CascadeMessage.parts, UInt8(truncatingIfNeeded: pass), round: round, at: start)
    }

    /// Whether any part still fits.
    var hasRoom: Bool {
        offset <= CascadeBlock.largestMessage - CascadeMessage.mostPartSize
    }

    /// Asks for `size` places from `first` on, behind the part before.
    mutating func put(_ first: Int, _ size: Int) {
        CascadeMessage.putShort(first - place, at: &offset, in: start)
        CascadeMessage.putShort(size, at: &offset, in: start)
        place = first + size
        count += 1
    }

    /// Completes the message; returns its bytes.
    func finish() -> Int {
        CascadeMessage.put(UInt32(truncatingIfNeeded: count), at: start + 6)
        return offset
    }
}
