import CLinuxIO
import Glibc

/// One open file that is waited on, and what was found.
public struct PollEntry: Sendable {
    /// The file.
    public var descriptor: Int32
    /// Whether to wait for something to read. Faults are found anyway.
    public var wantsInput: Bool
    /// Whether to wait for room to write.
    public var wantsOutput: Bool
    /// Whether there is something to read, the end or a fault among it.
    public var isReadable = false
    /// Whether there is room to write.
    public var isWritable = false

    /// An entry about which nothing is known yet.
    public init(_ descriptor: Int32, wantsInput: Bool = true, wantsOutput: Bool = false) {
        self.descriptor = descriptor
        self.wantsInput = wantsInput
        self.wantsOutput = wantsOutput
    }

    /// Waits until one of `entries` is ready, or for `milliseconds`; then fills in what was found.
    public static func wait(_ entries: inout [PollEntry], milliseconds: Int32) {
        var list = entries.map {
            pollfd(
                fd: $0.descriptor,
                events: ($0.wantsInput ? Int16(POLLIN) : 0)
                    | ($0.wantsOutput ? Int16(POLLOUT) : 0), revents: 0)
        }
        let ready = poll(&list, nfds_t(list.count), milliseconds)
        let faults = Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL)
        for index in entries.indices {
            let found = ready > 0 ? list[index].revents : 0
            entries[index].isReadable = found & faults != 0
            entries[index].isWritable = found & Int16(POLLOUT) != 0
        }
    }
}

/// A descriptor by which one thread wakes another that polls.
public final class WakeUp: Sendable {
    private let event: Descriptor

    /// Nobody has called yet.
    public init() throws(LinuxIOError) {
        let number = lodestar_event_descriptor()
        guard number >= 0 else { throw .system(call: "eventfd", number: -number) }
        event = Descriptor(number)
    }

    /// For waiting on it.
    public var descriptor: Int32 { event.number }

    /// Makes it readable; any thread, any number of times.
    public func call() {
        var one: UInt64 = 1
        _ = write(event.number, &one, MemoryLayout<UInt64>.size)
    }

    /// Makes it unreadable again.
    public func clear() {
        var count: UInt64 = 0
        _ = read(event.number, &count, MemoryLayout<UInt64>.size)
    }
}

/// Signals as something to read, so that they are handled by ordinary code on one thread.
public struct SignalQueue: ~Copyable, Sendable {
    private let signals: Descriptor

    /// Blocks the `numbers` in the calling thread and in those it starts; before any other thread.
    public init(_ numbers: [Int32]) throws(LinuxIOError) {
        let number = lodestar_signal_descriptor(numbers, numbers.count)
        guard number >= 0 else { throw .system(call: "signalfd", number: -number) }
        signals = Descriptor(number)
    }

    /// For waiting on it.
    public var descriptor: Int32 { signals.number }

    /// The next signal that came; `nil` if none did.
    public func next() -> Int32? {
        let number = lodestar_next_signal(signals.number)
        return number > 0 ? number : nil
    }
}
