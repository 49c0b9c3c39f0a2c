import Glibc

@_extern(c, "memfd_create")
private func memoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32

/// A file that is nowhere on a disk, for readers that take a path.
final class MemoryFile: Sendable {
    private let descriptor: Int32
    /// Where it can be opened, as long as this lives.
    let path: String

    init() {
        descriptor = memoryFile("fuzz", 0)
        precondition(descriptor >= 0, "no file in memory")
        path = "/proc/self/fd/\(descriptor)"
    }

    deinit { close(descriptor) }

    /// Makes `bytes` all that the file holds.
    func hold(_ bytes: UnsafeRawBufferPointer) {
        precondition(ftruncate(descriptor, 0) == 0)
        precondition(pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count)
    }
}
