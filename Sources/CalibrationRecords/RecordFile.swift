import Foundation

/// The system calls of the records' small files.
enum RecordFile {
    static func failure(_ operation: String, _ path: String) -> RecordFault {
        .system(operation: operation, path: path, message: String(cString: strerror(errno)))
    }

    /// Writes `bytes` to `path`, whole or not at all, and makes them durable.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(RecordFault) {
        let draft = path + ".part"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw fault("create", draft) }
        do throws(RecordFault) {
            defer { close(descriptor) }
            guard fchmod(descriptor, mode) == 0 else { throw failure("protect", draft) }
            var start = 0
            while start < bytes.count {
                let count = bytes.withUnsafeBytes {
                    write(descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw fault("write", draft) }
                start += count
            }
            guard fsync(descriptor) == 0 else { throw fault("write", draft) }
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, path) == 0 else {
            let error = failure("rename", draft)
            unlink(draft)
            throw error
        }
        try synchronise(directoryOf: path)
    }

    static func synchronise(directoryOf path: String) throws(RecordFault) {
        let parent = (path as NSString).deletingLastPathComponent
        let name = parent.isEmpty ? "." : parent
        let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", name) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw fault("write", name) }
    }

    /// The bytes of a file, which is no longer than `most`.
    static func read(_ path: String, most: Int) throws(RecordFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var used = 0
        while used <= most {
            if used == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
            let room = bytes.count - used
            let count = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress?.advanced(by: used), room)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return Array(bytes[..<used]) }
            used += count
        }
        throw .broken(file: path, problem: "more than \(most) bytes")
    }

    private static func fault(_ operation: String, _ path: String) -> RecordFault {
        errno == ENOSPC || errno == EDQUOT
            ? .diskFull(path: path) : failure(operation, path)
    }
}
