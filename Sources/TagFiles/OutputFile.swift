public import Foundation

/// A file being written, which takes its name only when it is complete.
///
/// Until ``commit()`` the bytes lie beside the target under another name, so a failure leaves what
/// was there before. Devices and pipes are written directly.
public struct OutputFile: ~Copyable {
    /// The name that the file will have.
    public let path: String
    private let partialPath: String?
    private let descriptor: Int32
    private var isCommitted = false

    /// Begins a file that will be `path`.
    ///
    /// The signal SIGXFSZ is ignored from here on, so that a limit on file sizes is an error like
    /// a full disk and not the end of the program. `permissions` are those of a new file, less
    /// what the process masks.
    public init(path: String, permissions: mode_t = 0o666) throws(TagFileError) {
        signal(SIGXFSZ, SIG_IGN)
        var status = stat()
        let exists = stat(path, &status) == 0
        let isDirect = exists && status.st_mode & S_IFMT != S_IFREG
        let partial = isDirect ? nil : path + ".partial-\(getpid())"
        let flags = isDirect ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL
        descriptor = open(partial ?? path, flags | O_CLOEXEC, permissions)
        guard descriptor >= 0 else {
            throw .system(operation: "create", path: partial ?? path, code: errno)
        }
        self.path = path
        partialPath = partial
    }

    deinit {
        close(descriptor)
        if !isCommitted, let partialPath { unlink(partialPath) }
    }

    /// Whether its beginning can be written last.
    public var isSeekable: Bool { partialPath != nil }

    /// Appends `bytes`.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(TagFileError) {
        try Self.write(bytes, to: descriptor, path: path)
    }

    /// Appends `bytes`.
    public mutating func write(_ bytes: [UInt8]) throws(TagFileError) {
        let (descriptor, path) = (descriptor, path)
        try bytes.span.withUnsafeBytes { bytes throws(TagFileError) in
            try Self.write(bytes, to: descriptor, path: path)
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
    ) throws(TagFileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .system(operation: "write", path: path, code: count < 0 ? errno : EIO)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Overwrites `bytes.count` bytes at `offset`.
    public mutating func patch(_ bytes: [UInt8], at offset: Int) throws(TagFileError) {
        let count = bytes.withUnsafeBytes {
            pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
        }
        guard count == bytes.count else {
            throw .system(operation: "write", path: path, code: count < 0 ? errno : EIO)
        }
    }

    /// Makes the file durable and gives it its name.
    public mutating func commit() throws(TagFileError) {
        guard let partialPath else { return }
        guard fsync(descriptor) == 0 else {
            throw .system(operation: "write", path: path, code: errno)
        }
        guard rename(partialPath, path) == 0 else {
            throw .system(operation: "replace", path: path, code: errno)
        }
        isCommitted = true
    }
}
