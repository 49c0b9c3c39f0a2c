import Glibc
public import PayloadHAL
public import Quantities

/// A video device of the kernel, such as `/dev/video0`.
public struct VideoFile: VideoDevice, ~Copyable {
    private let file: Descriptor

    /// Opens the device at `path`.
    public init(path: String) throws(LinuxIOError) {
        let number = open(path, O_RDWR | O_NONBLOCK)
        guard number >= 0 else { throw .system(call: "open \(path)", number: errno) }
        file = Descriptor(number)
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// The host clock's time at a time of `CLOCK_MONOTONIC`.
    public func hostTime(seconds: Int, microseconds: Int) -> Picoseconds {
        HostClock.time(seconds: Int64(seconds), microseconds: Int64(microseconds))
    }

    /// Calls `ioctl`; a device that is gone counts as closed.
    public func control(
        _ request: UInt, _ argument: UnsafeMutableRawPointer
    ) throws(LinuxIOError) -> Bool {
        while ioctl(file.number, request, argument) != 0 {
            switch errno {
            case EINTR: continue
            case EAGAIN: return false
            case ENODEV: throw .closed
            default: throw .system(call: "ioctl", number: errno)
            }
        }
        return true
    }

    /// Maps memory of the device, shared with the kernel.
    public mutating func map(
        length: Int, offset: Int
    ) throws(LinuxIOError) -> UnsafeMutableRawBufferPointer {
        let memory = mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, off_t(offset))
        guard memory != MAP_FAILED else { throw .system(call: "mmap", number: errno) }
        return UnsafeMutableRawBufferPointer(start: memory, count: length)
    }

    /// Gives mapped memory back.
    public func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        munmap(memory.baseAddress, memory.count)
    }

    /// Waits with `poll`; `false` if no frame came by `deadline`.
    public func waitForFrame(by deadline: Picoseconds) throws(LinuxIOError) -> Bool {
        try file.wait(for: .input, by: deadline)
    }
}
