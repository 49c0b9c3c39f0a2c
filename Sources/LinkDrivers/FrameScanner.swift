import PayloadHAL

/// Finds frames between zeros in a stream of bytes, in memory that never grows.
struct FrameScanner: ~Copyable {
    private let buffer: LinkMemory
    private let capacity: Int
    private var filled = 0
    /// Whether a frame was too long, so that all is dropped up to the next zero.
    private var isSkipping = false

    /// A scanner of frames that decode to at most `capacity` bytes.
    init(capacity: Int) {
        self.capacity = COBS.largestEncoding(of: capacity)
        buffer = LinkMemory(count: self.capacity)
    }

    /// Takes one byte; returns the length of the frame that it ends, to be read with
    /// ``frame(_:)`` before the next byte.
    mutating func take(_ byte: UInt8, counters: inout LinkCounters) -> Int? {
        guard byte == 0 else {
            if filled < capacity {
                buffer.bytes[filled] = byte
                filled += 1
            } else if !isSkipping {
                isSkipping = true
                counters.malformed += 1
            }
            return nil
        }
        defer {
            filled = 0
            isSkipping = false
        }
        // Zeros stand before frames too.
        guard filled > 0, !isSkipping else { return nil }
        let encoded = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<filled])
        guard let length = COBS.decode(encoded) else {
            counters.malformed += 1
            return nil
        }
        return length
    }

    /// The bytes of a frame just found.
    func frame(_ length: Int) -> UnsafeRawBufferPointer { buffer[0..<length] }

    /// Forgets what has come.
    mutating func reset() {
        filled = 0
        isSkipping = false
    }
}
