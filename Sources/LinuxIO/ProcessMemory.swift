import CLinuxIO
import Glibc

/// Which pages of a process a lock holds.
public enum LockedPages: Sendable {
    /// All that are mapped, now and later, each read in at once.
    case all
    /// Each from its first use on; code and tables that nobody uses stay on the disk.
    case touched
}

/// The memory of this process as the kernel and the allocator keep it.
public enum ProcessMemory {
    /// Keeps pages from being swapped or dropped, for as long as the process lives.
    public static func lock(_ pages: LockedPages) throws(LinuxIOError) {
        let error = lodestar_lock_memory(pages == .touched ? 1 : 0)
        guard error == 0 else { throw .system(call: "mlockall", number: error) }
    }

    /// Makes the allocator keep freed memory and map none apart; `false` where it cannot be told.
    public static func keepHeap() -> Bool { lodestar_keep_heap() == 0 }

    /// Takes `byteCount` from the allocator, touches it all and gives it back.
    public static func touchHeap(byteCount: Int) {
        precondition(byteCount >= 0)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        touch(room)
        room.deallocate()
    }

    /// Touches `byteCount` of the calling thread's stack. Less than what is left of it.
    public static func touchStack(byteCount: Int) {
        precondition(byteCount >= 0)
        lodestar_touch_stack(byteCount)
    }

    // Not inlined: the optimiser would see that nobody reads what it writes.
    @inline(never)
    private static func touch(_ bytes: UnsafeMutableRawBufferPointer) {
        for offset in stride(from: 0, to: bytes.count, by: 4_096) { bytes[offset] = 1 }
    }
}

/// Zeroed memory of the kernel's, present from the start; given back when the value goes away.
public struct MappedMemory: ~Copyable, @unchecked Sendable {
    /// All of it, aligned to a page.
    public let bytes: UnsafeMutableRawBufferPointer
    /// Why the kernel would not lock it, as an `errno`; 0 if it is locked.
    public let lockError: Int32

    /// Maps `byteCount`, more than 0, and locks it if the kernel lets us.
    public init(byteCount: Int) throws(LinuxIOError) {
        precondition(byteCount > 0)
        guard let base = lodestar_map_memory(byteCount) else {
            throw .system(call: "mmap", number: errno)
        }
        bytes = UnsafeMutableRawBufferPointer(start: base, count: byteCount)
        lockError = mlock(base, byteCount) == 0 ? 0 : errno
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }
}
