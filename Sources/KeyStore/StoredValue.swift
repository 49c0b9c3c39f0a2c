import Foundation
import GRDB

/// Columns of a row that may be damaged.
enum StoredValue {
    static func integer(_ row: Row, _ name: String, _ path: String) throws -> Int {
        try value(row, name, path, as: Int.self)
    }

    static func text(_ row: Row, _ name: String, _ path: String) throws -> String {
        try value(row, name, path, as: String.self)
    }

    static func blob(_ row: Row, _ name: String, _ path: String) throws -> Data {
        try value(row, name, path, as: Data.self)
    }

    private static func value<Value: DatabaseValueConvertible>(
        _ row: Row, _ name: String, _ path: String, as type: Value.Type
    ) throws -> Value {
        let stored: DatabaseValue = row[name] ?? .null
        guard let value = Value.fromDatabaseValue(stored) else {
            throw KeyStoreError.damaged(path: path, what: "column \(name) cannot be read")
        }
        return value
    }
}
