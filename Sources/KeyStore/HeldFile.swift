import Foundation

/// A file that is complete on the disk before it gets its name.
///
/// It lies beside its place, for its owner alone, until ``release()``: what is written costs key
/// that is burnt, so that a full disk has to show before. A file that exists is never replaced,
/// because what it holds cannot be made again.
public struct HeldFile: ~Copyable {
    /// The name that it will have.
    public let path: String
    private let partialPath: String
    private var isHeld = false

    /// Refuses a `path` that exists.
    public init(path: String) throws(KeyStoreError) {
        guard !SystemFile.exists(path) else { throw .exists(path: path) }
        self.path = path
        partialPath = path + ".partial-\(getpid())"
    }

    deinit { if isHeld { unlink(partialPath) } }

    /// Writes all of it, durably, where nobody looks.
    public mutating func hold(_ bytes: UnsafeRawBufferPointer) throws(KeyStoreError) {
        try SystemFile.create(partialPath, bytes)
        isHeld = true
    }

    /// Gives it its name. If that fails the bytes stay where the error says.
    public mutating func release() throws(KeyStoreError) {
        isHeld = false
        guard !SystemFile.exists(path) else {
            throw .system(
                operation: "name the file, which stays as \(partialPath),", path: path,
                message: "it exists by now")
        }
        try SystemFile.rename(partialPath, to: path)
    }
}
