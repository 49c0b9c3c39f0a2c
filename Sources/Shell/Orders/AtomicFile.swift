import Glibc

/// Why a file could not be written; the old one is as it was.
public struct FileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file.
    public var path: String
    /// What failed, in the system's words.
    public var problem: String

    /// One line for people.
    public var description: String { "\(path) cannot be written: \(problem); it is as it was" }
}

/// Writes files so that whoever reads them after a crash or a power cut finds the old or the new text.
enum AtomicFile {
    /// Writes `text` beside `path`, brings it to the disk, and only then puts it in its place.
    static func write(_ text: String, to path: String) throws(FileFault) {
        let draft = path + ".new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw fault(path) }
        do throws(FileFault) {
            defer { close(file) }
            try write(Array(text.utf8), file, path)
            guard fsync(file) == 0 else { throw fault(path) }
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, path) == 0 else {
            let problem = fault(path)
            unlink(draft)
            throw problem
        }
        // The name is on the disk once its folder is.
        let cut = path.lastIndex(of: "/")
        let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private static func write(
        _ bytes: [UInt8], _ file: Int32, _ path: String
    ) throws(FileFault) {
        var done = 0
        // Each turn writes at least a byte or fails.
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                Glibc.write(file, $0.baseAddress, $0.count)
            }
            if count > 0 { done += count } else if errno != EINTR { throw fault(path) }
        }
    }

    private static func fault(_ path: String) -> FileFault {
        FileFault(path: path, problem: String(cString: strerror(errno)))
    }
}
