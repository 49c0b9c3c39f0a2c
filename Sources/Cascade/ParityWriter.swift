/// Packs parities into bytes, the first in the lowest bit.
struct ParityWriter {
    private var place: UnsafeMutableRawPointer
    private var byte: UInt8 = 0
    private var mask: UInt8 = 1

    init(at start: UnsafeMutableRawPointer) { place = start }

    /// Writes one parity; the byte it lies in is whole at any time.
    @inline(__always) mutating func put(_ parity: Bool) {
        if parity { byte |= mask }
        place.storeBytes(of: byte, as: UInt8.self)
        mask = mask &<< 1
        if mask == 0 {
            mask = 1
            byte = 0
            place += 1
        }
    }
}
