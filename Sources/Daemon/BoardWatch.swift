import Foundation

/// Sees whether the board file that the daemon runs by is still there and still the same.
struct BoardWatch {
    /// What a look at the file came to.
    enum Finding: Equatable {
        case same
        /// It was written since; said once.
        case changed
        /// It was not there for ``patience`` looks.
        case lost
    }

    /// Looks in a row without a file before it counts as lost: editors replace files.
    static let patience = 3

    private let path: String
    private var stamp: Stamp?
    private var misses = 0

    private struct Stamp: Equatable {
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    init(_ path: String) {
        self.path = path
        stamp = Self.look(path)
    }

    /// Looks once.
    mutating func look() -> Finding {
        guard let now = Self.look(path) else {
            misses += 1
            return misses >= Self.patience ? .lost : .same
        }
        misses = 0
        guard now != stamp else { return .same }
        stamp = now
        return .changed
    }

    private static func look(_ path: String) -> Stamp? {
        var entry = stat()
        guard stat(path, &entry) == 0 else { return nil }
        return Stamp(
            size: Int64(entry.st_size), seconds: Int(entry.st_mtim.tv_sec),
            nanoseconds: Int(entry.st_mtim.tv_nsec))
    }
}
