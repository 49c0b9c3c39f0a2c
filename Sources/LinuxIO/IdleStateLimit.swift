import Glibc

/// Keeps processors from sleeping so deeply that waking them takes long, while the value lives.
public struct IdleStateLimit: ~Copyable, Sendable {
    /// The kernel's file for it; what is written counts while the file is open.
    public static let path = "/dev/cpu_dma_latency"

    private let file: Descriptor

    /// Asks that no processor take longer than `microseconds` to wake.
    public init(microseconds: Int32) throws(LinuxIOError) {
        let number = open(Self.path, O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { throw .system(call: "open", number: errno) }
        let file = Descriptor(number)
        var value = microseconds
        let size = MemoryLayout<Int32>.size
        guard write(number, &value, size) == size else {
            throw .system(call: "write", number: errno)
        }
        self.file = file
    }
}
