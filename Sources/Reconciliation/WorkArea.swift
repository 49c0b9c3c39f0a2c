import Secrets

/// Hands out one memory in parts, each aligned to 64 bytes; counts only, while it has none.
struct WorkArea {
    private let start: UnsafeMutableRawPointer?
    /// Bytes handed out so far.
    private(set) var bytes = 0

    static let alignment = 64

    /// An area that starts at `start`, or only counts if that is `nil`.
    init(_ start: UnsafeMutableRawPointer?) { self.start = start }

    /// Room for `count` values, as they lie; `nil` while only counting.
    mutating func take<T: BitwiseCopyable>(
        _ count: Int, of type: T.Type
    ) -> UnsafeMutablePointer<T>? {
        let offset = bytes
        bytes += (count * MemoryLayout<T>.stride + Self.alignment - 1) & ~(Self.alignment - 1)
        return start.map { ($0 + offset).bindMemory(to: T.self, capacity: count) }
    }
}

extension SecretBytes {
    /// The first aligned address of this memory, if `needed` bytes follow it, else `nil`.
    mutating func alignedStart(for needed: Int) -> UnsafeMutableRawPointer? {
        withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            let aligned = start.alignedUp(toMultipleOf: WorkArea.alignment)
            return bytes.count - (aligned - start) >= needed ? aligned : nil
        }
    }
}
