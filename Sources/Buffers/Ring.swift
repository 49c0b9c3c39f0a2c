import Synchronization

/// The counters of a ring, each in a cache line of its own so that the two ends do not contend.
///
/// They count elements ever written and read, modulo 2^32.
public struct RingCounters: ~Copyable {
    /// Elements written; the writer's.
    let written = Atomic<UInt32>(0)
    private let apart = InlineArray<15, UInt32>(repeating: 0)
    /// Elements read; the reader's.
    let read = Atomic<UInt32>(0)
    private let after = InlineArray<15, UInt32>(repeating: 0)

    /// Counters of an empty ring.
    public init() {}
}

/// Memory of a ring with one writer and one reader: elements and counters, both handed in.
///
/// Neither end waits, locks or allocates. A full ring refuses, so that the caller counts the loss.
public struct Ring<Element: BitwiseCopyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    private let counters: UnsafePointer<RingCounters>
    private let capacity: UInt32
    private var isWriterTaken = false
    private var isReaderTaken = false

    /// An empty ring.
    ///
    /// - Parameters:
    ///   - elements: A power of two of elements, up to 2^31; outlives both ends.
    ///   - counters: Initialised, used by no other ring, aligned to a cache line; outlives both ends.
    public init(
        elements: UnsafeMutableBufferPointer<Element>, counters: UnsafePointer<RingCounters>
    ) {
        guard let base = elements.baseAddress else { preconditionFailure("no memory given") }
        precondition(elements.count > 0 && elements.count & (elements.count - 1) == 0)
        precondition(UInt64(elements.count) <= 1 &<< 31)
        self.elements = base
        self.counters = counters
        capacity = UInt32(elements.count)
    }

    /// The end that writes; taken once.
    public mutating func takeWriter() -> RingWriter<Element> {
        precondition(!isWriterTaken)
        isWriterTaken = true
        return RingWriter(elements: elements, counters: counters, capacity: capacity)
    }

    /// The end that reads; taken once.
    public mutating func takeReader() -> RingReader<Element> {
        precondition(!isReaderTaken)
        isReaderTaken = true
        return RingReader(elements: elements, counters: counters, capacity: capacity)
    }
}

/// The end that writes; owned by one thread.
public struct RingWriter<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private let elements: UnsafeMutablePointer<Element>
    private let counters: UnsafePointer<RingCounters>
    private let capacity: UInt32
    private var written: UInt32 = 0
    /// The reader's count when last looked at; at worst too low.
    private var readSeen: UInt32 = 0

    init(
        elements: UnsafeMutablePointer<Element>, counters: UnsafePointer<RingCounters>,
        capacity: UInt32
    ) {
        self.elements = elements
        self.counters = counters
        self.capacity = capacity
    }

    /// Room now; the reader may make more at any time.
    public mutating func room() -> Int {
        readSeen = counters.pointee.read.load(ordering: .acquiring)
        return Int(capacity &- (written &- readSeen))
    }

    /// Writes as many of `source` as there is room for.
    ///
    /// - Returns: How many were written, from the front.
    public mutating func write(_ source: UnsafeBufferPointer<Element>) -> Int {
        guard let base = source.baseAddress else { return 0 }
        var free = Int(capacity &- (written &- readSeen))
        if free < source.count { free = room() }
        let count = min(free, source.count)
        let start = Int(written & (capacity &- 1))
        let head = min(count, Int(capacity) - start)
        (elements + start).update(from: base, count: head)
        elements.update(from: base + head, count: count - head)
        written &+= UInt32(count)
        counters.pointee.written.store(written, ordering: .releasing)
        return count
    }

    /// Writes one element; `false` if the ring is full.
    public mutating func write(_ element: Element) -> Bool {
        withUnsafePointer(to: element) { write(UnsafeBufferPointer(start: $0, count: 1)) == 1 }
    }
}

/// The end that reads; owned by one thread.
public struct RingReader<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private let elements: UnsafeMutablePointer<Element>
    private let counters: UnsafePointer<RingCounters>
    private let capacity: UInt32
    private var taken: UInt32 = 0

    init(
        elements: UnsafeMutablePointer<Element>, counters: UnsafePointer<RingCounters>,
        capacity: UInt32
    ) {
        self.elements = elements
        self.counters = counters
        self.capacity = capacity
    }

    /// Elements that wait now; the writer may add more at any time.
    public func count() -> Int {
        Int(counters.pointee.written.load(ordering: .acquiring) &- taken)
    }

    /// Reads as many elements as there are and fit.
    ///
    /// - Returns: How many were read to the start of `target`.
    public mutating func read(into target: UnsafeMutableBufferPointer<Element>) -> Int {
        guard let base = target.baseAddress else { return 0 }
        let count = min(self.count(), target.count)
        let start = Int(taken & (capacity &- 1))
        let head = min(count, Int(capacity) - start)
        base.update(from: elements + start, count: head)
        (base + head).update(from: elements, count: count - head)
        taken &+= UInt32(count)
        counters.pointee.read.store(taken, ordering: .releasing)
        return count
    }

    /// Reads one element; `nil` if the ring is empty.
    public mutating func next() -> Element? {
        withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { room in
            read(into: room) == 1 ? room[0] : nil
        }
    }
}
