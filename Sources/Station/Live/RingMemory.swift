import Buffers

/// The memory of the rings between the tagger's thread and that of the pass.
final class RingMemory: @unchecked Sendable {
    var bytes: Ring<UInt8>
    var notes: Ring<PumpNote>
    private let byteMemory: UnsafeMutableBufferPointer<UInt8>
    private let noteMemory: UnsafeMutableBufferPointer<PumpNote>
    private let counters: UnsafeMutablePointer<RingCounters>

    /// - Parameters:
    ///   - bytes: Capacity, a power of two.
    ///   - notes: The same.
    init(bytes byteCount: Int, notes noteCount: Int) {
        // Touched here, so that the tagger's thread meets no page fault.
        byteMemory = .allocate(capacity: byteCount)
        byteMemory.initialize(repeating: 0)
        noteMemory = .allocate(capacity: noteCount)
        noteMemory.initialize(
            repeating: PumpNote(kind: .gap, time: 0, offset: 0, value: 0))
        counters = .allocate(capacity: 2)
        counters.initialize(to: RingCounters())
        (counters + 1).initialize(to: RingCounters())
        bytes = Ring(elements: byteMemory, counters: counters)
        notes = Ring(elements: noteMemory, counters: counters + 1)
    }

    deinit {
        byteMemory.deallocate()
        noteMemory.deallocate()
        counters.deinitialize(count: 2)
        counters.deallocate()
    }
}
