public import LinuxIO

/// Keeps the process's memory where the processor finds it: locked, present, and not given back.
public struct MemoryLock: Equatable, Sendable {
    /// Which pages are held.
    public var pages: LockedPages
    /// Heap that is taken and touched once at the start, bytes; what is freed stays ours.
    public var heapByteCount: Int

    /// What to hold.
    ///
    /// - Parameters:
    ///   - pages: By default each from its first use: holding every page of the program's file as
    ///     well takes tens of MiB for code that never runs. What must be present from the start (the
    ///     arena, stacks, this much heap) is touched at the start.
    ///   - heapByteCount: 0 or more; by default 8 MiB, for orders, telemetry and the log.
    public init(pages: LockedPages = .touched, heapByteCount: Int = 8 << 20) {
        precondition(heapByteCount >= 0)
        self.pages = pages
        self.heapByteCount = heapByteCount
    }

    /// Locks the memory of this process, now and later. Before threads are started.
    public func apply(_ refused: RefusedByMachine) {
        if !ProcessMemory.keepHeap() {
            refused.note(
                Refusal(
                    subject: .heap, asker: "process",
                    problem: "the C library's allocator cannot be told to keep its memory",
                    remedy: "Build with glibc if page faults are seen in the loops."))
        }
        do {
            try ProcessMemory.lock(pages)
        } catch {
            refused.note(Self.refusal(error))
        }
        ProcessMemory.touchHeap(byteCount: heapByteCount)
    }

    private static func refusal(_ error: LinuxIOError) -> Refusal {
        var reason = "\(error)"
        if case .system(_, let number) = error { reason = Refusal.text(number) }
        return Refusal(
            subject: .lockedMemory, asker: "process",
            problem: "memory could not be locked (mlockall: \(reason))",
            remedy: "Give it LimitMEMLOCK=infinity in the unit, or memlock in limits.conf.")
    }
}
