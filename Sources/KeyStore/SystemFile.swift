import Foundation
import Secrets

/// The system calls of the store's small files, with errors that say what went wrong.
enum SystemFile {
    static func failure(_ operation: String, _ path: String) -> KeyStoreError {
        .system(operation: operation, path: path, message: String(cString: strerror(errno)))
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Refuses a file that others than its owner may read or write, or that a stranger owns.
    static func checkPermissions(_ descriptor: Int32, _ path: String) throws(KeyStoreError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
        let mode = status.st_mode & 0o7777
        let isOwnerKnown = status.st_uid == 0 || status.st_uid == geteuid()
        guard mode & 0o7177 == 0, isOwnerKnown else {
            let text = "0" + String(mode, radix: 8)
            throw .permissions(path: path, mode: text, owner: status.st_uid)
        }
    }

    /// Creates `path`, which may not exist, for its owner alone, and makes its bytes durable.
    static func create(
        _ path: String, _ bytes: UnsafeRawBufferPointer
    ) throws(KeyStoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(path: path) : failure("create", path)
        }
        defer { Foundation.close(descriptor) }
        do throws(KeyStoreError) {
            // The process's mask may have taken even the owner's rights.
            guard fchmod(descriptor, 0o600) == 0 else { throw failure("protect", path) }
            try write(bytes, to: descriptor, path)
            guard fsync(descriptor) == 0 else { throw failure("write", path) }
            try syncDirectory(of: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
    ) throws(KeyStoreError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw errno == ENOSPC ? .diskFull(path: path) : failure("write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads until `room` is full or the file ends; returns the bytes read.
    static func read(
        into room: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ path: String
    ) throws(KeyStoreError) -> Int {
        var used = 0
        while used < room.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: room[used...])
            let count = Foundation.read(descriptor, part.baseAddress, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            used += count
        }
        return used
    }

    static func rename(_ old: String, to new: String) throws(KeyStoreError) {
        guard Foundation.rename(old, new) == 0 else { throw failure("rename", old) }
        try syncDirectory(of: new)
    }

    /// Makes names in the directory of `path` durable.
    static func syncDirectory(of path: String) throws(KeyStoreError) {
        let directory = (path as NSString).deletingLastPathComponent
        let name = directory.isEmpty ? "." : directory
        let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", name) }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write", name) }
    }

    /// Overwrites a file of secrets with zeros and removes it.
    ///
    /// On flash, and on a file system that never writes in place, older copies may remain.
    static func overwriteAndRemove(_ path: String) throws(KeyStoreError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { Foundation.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
        let zeros = [UInt8](repeating: 0, count: Int(status.st_size))
        let result = zeros.withUnsafeBytes { bytes in
            Result { () throws(KeyStoreError) in try write(bytes, to: descriptor, path) }
        }
        try result.get()
        guard fsync(descriptor) == 0 else { throw failure("write", path) }
        guard unlink(path) == 0 else { throw failure("remove", path) }
        try syncDirectory(of: path)
    }
}
