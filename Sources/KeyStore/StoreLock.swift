import Foundation
import Synchronization

/// Keeps a store's directory to one process, as long as the lock lives.
final class StoreLock: Sendable {
    /// The lock's name in the directory; its text is the process that holds it.
    static let fileName = "lock"

    // -1 once it is released.
    private let descriptor: Atomic<Int32>

    /// Takes the lock. The signal SIGXFSZ is ignored from here on, so that a limit on file sizes is
    /// an error like a full disk.
    init(directory: String) throws(KeyStoreError) {
        signal(SIGXFSZ, SIG_IGN)
        let path = directory + "/" + Self.fileName
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFile.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            guard errno == EWOULDBLOCK else { throw SystemFile.failure("lock", path) }
            throw .inUse(directory: directory, process: Self.holder(descriptor))
        }
        self.descriptor = Atomic(descriptor)
        let text = Array("process \(getpid())\n".utf8)
        // For people only; the lock holds without it.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit { release() }

    /// Lets others in.
    func release() {
        let held = descriptor.exchange(-1, ordering: .relaxed)
        if held >= 0 { close(held) }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 1 else { return "another process" }
        let line = text[..<count].prefix { $0 >= 0x20 && $0 < 0x7F }
        return String(decoding: line, as: UTF8.self)
    }
}
