import Glibc

/// One file of the operating system, closed when nobody holds it any more.
public final class OpenFile {
    /// Where it is.
    public let path: String
    private let descriptor: Int32

    /// Creates `path`, which must not exist.
    public convenience init(creating path: String) throws(RecorderError) {
        try self.init(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, "create")
    }

    /// Opens `path` for reading.
    convenience init(reading path: String) throws(RecorderError) {
        try self.init(path, O_RDONLY | O_CLOEXEC, "open")
    }

    private init(_ path: String, _ flags: Int32, _ verb: String) throws(RecorderError) {
        let opened = open(path, flags, 0o644)
        guard opened >= 0 else {
            if errno == EEXIST { throw .exists(path: path) }
            throw Self.failure(verb, path)
        }
        self.path = path
        descriptor = opened
    }

    deinit { _ = close(descriptor) }

    /// Bytes in the file.
    func size() throws(RecorderError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("measure", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .system(
                operation: "read", path: path, code: EINVAL, message: "it is not a plain file")
        }
        return Int64(status.st_size)
    }

    /// Writes all of `bytes` at the end.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(RecorderError) {
        var rest = bytes
        while rest.count > 0 {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads up to `bytes.count` bytes from `offset`; fewer only at the end of the file.
    func read(
        into bytes: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(RecorderError) -> Int {
        var done = 0
        while done < bytes.count {
            let count = pread(
                descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                off_t(offset) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Cuts the file to `size` bytes and goes on writing there.
    public func cut(to size: Int64) -> Bool {
        ftruncate(descriptor, off_t(size)) == 0 && lseek(descriptor, off_t(size), SEEK_SET) >= 0
    }

    /// Returns when the file's content is on the disk.
    public func synchronise() throws(RecorderError) {
        // Pipes and special files cannot be synchronised, and need not be.
        guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw Self.failure("synchronise", path)
        }
    }

    /// Makes the names in `directory` durable.
    static func synchronise(directory: String) {
        let opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { return }
        _ = fsync(opened)
        _ = close(opened)
    }

    /// The error in `errno`.
    static func failure(_ operation: String, _ path: String) -> RecorderError {
        let code = errno
        return .system(
            operation: operation, path: path, code: code, message: String(cString: strerror(code)))
    }
}
