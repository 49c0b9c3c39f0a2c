import GRDB

/// Sorts what SQLite says into the store's own errors.
enum StoreFault {
    static func from(_ error: any Error, path: String) -> KeyStoreError {
        if let error = error as? KeyStoreError { return error }
        guard let error = error as? DatabaseError else {
            return .database(path: path, message: "\(error)")
        }
        let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: return .diskFull(path: path)
        case .SQLITE_NOTADB: return .notAStore(path: path)
        case .SQLITE_CORRUPT: return .damaged(path: path, what: message)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            return .system(operation: "write", path: path, message: message)
        default: return .database(path: path, message: message)
        }
    }

    /// Whether the operating system failed in reading or writing.
    static func leavesDoubt(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.resultCode == .SQLITE_IOERR
    }
}
