import Foundation
import GRDB

/// Writes what happened in a pass, second by second, to `telemetry.sqlite` in its directory.
///
/// The file is one SQLite database in rollback-journal mode: when ``finish()`` has returned, and
/// also after a crash once it has been opened, nothing lies beside it. Rows are committed
/// together every ``rowsPerCommit`` seconds, so that a fast simulation is not held up by the disk.
/// Not for real-time threads.
public final class Telemetry {
    /// The file's name in the directory of a pass.
    public static let fileName = "telemetry.sqlite"
    /// Seconds of the pass per transaction: what a power cut can lose.
    public static let rowsPerCommit = 10
    /// Stored as `user_version`; a reader refuses what is newer.
    public static let schemaVersion: Int32 = 2

    private let path: String
    private let queue: DatabaseQueue
    private var waiting: [TelemetryRow] = []

    /// Creates the file in `directory`, which exists.
    public init(directory: String) throws(RecorderError) {
        path = directory + "/" + Self.fileName
        guard !FileManager.default.fileExists(atPath: path) else { throw .exists(path: path) }
        waiting.reserveCapacity(Self.rowsPerCommit)
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = DELETE")
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { try $0.execute(sql: Self.schema) }
        } catch {
            throw .database(path: path, message: "\(error)")
        }
    }

    /// The tables; names carry their units.
    static let schema: String = {
        let columns = TelemetryColumn.all.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        return """
            PRAGMA user_version = \(schemaVersion);
            CREATE TABLE seconds (t_s INTEGER PRIMARY KEY, \(columns)) STRICT;
            CREATE TABLE drops (t_s INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
                PRIMARY KEY (t_s, reason)) STRICT, WITHOUT ROWID;
            CREATE TABLE histogram (detector TEXT NOT NULL, offset_ps INTEGER NOT NULL,
                width_ps INTEGER NOT NULL, count INTEGER NOT NULL,
                PRIMARY KEY (detector, offset_ps)) STRICT, WITHOUT ROWID;
            CREATE TABLE spectrum (name TEXT NOT NULL, frequency_hz REAL NOT NULL,
                x_urad2_hz REAL NOT NULL, y_urad2_hz REAL NOT NULL,
                PRIMARY KEY (name, frequency_hz)) STRICT, WITHOUT ROWID;
            CREATE TABLE spots (x_px REAL NOT NULL, y_px REAL NOT NULL, count INTEGER NOT NULL,
                PRIMARY KEY (x_px, y_px)) STRICT, WITHOUT ROWID;
            CREATE TABLE summary (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE events (t_s REAL NOT NULL, severity TEXT NOT NULL, source TEXT NOT NULL,
                message TEXT NOT NULL) STRICT;
            """
    }()

    private static let insertion: String = {
        let names = TelemetryColumn.all.map(\.name)
        let marks = names.map { _ in ", ?" }.joined()
        return "INSERT OR REPLACE INTO seconds (t_s, \(names.joined(separator: ", "))) "
            + "VALUES (?\(marks))"
    }()

    /// Adds one second of the pass.
    public func append(_ row: TelemetryRow) throws(RecorderError) {
        waiting.append(row)
        if waiting.count >= Self.rowsPerCommit { try commit() }
    }

    /// Writes the rows that wait.
    public func commit() throws(RecorderError) {
        guard !waiting.isEmpty else { return }
        let rows = waiting
        try write { database in
            let insert = try database.cachedStatement(sql: Self.insertion)
            let drop = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO drops (t_s, reason, count) VALUES (?, ?, ?)")
            for row in rows {
                var arguments: [(any DatabaseValueConvertible)?] = [row.time]
                for column in TelemetryColumn.all {
                    switch column.get(row) {
                    case .integer(let value): arguments.append(value)
                    case .real(let value): arguments.append(value.isFinite ? value : nil)
                    case .text(let value): arguments.append(value)
                    case nil: arguments.append(nil)
                    }
                }
                try insert.execute(arguments: StatementArguments(arguments))
                for (reason, count) in row.drops {
                    try drop.execute(arguments: [row.time, reason, count])
                }
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// How much an event matters.
    public enum Severity: String, Sendable, CaseIterable {
        /// Worth knowing.
        case information
        /// The pass goes on with less.
        case warning
        /// Something was lost.
        case error
    }

    /// Adds an event at `time`, seconds since the start of the pass.
    public func event(
        time: Double, severity: Severity, source: String, message: String
    ) throws(RecorderError) {
        try write { database in
            try database.execute(
                sql: "INSERT INTO events (t_s, severity, source, message) VALUES (?, ?, ?, ?)",
                arguments: [time, severity.rawValue, source, message])
        }
    }

    /// Replaces the phase histogram of `detector`.
    ///
    /// - Parameters:
    ///   - firstOffset: Where the first bin begins, ps from the middle of the slot.
    ///   - width: Width of a bin, ps.
    ///   - counts: Clicks per bin.
    public func histogram(
        detector: String, firstOffset: Int64, width: Int64, counts: [Int64]
    ) throws(RecorderError) {
        try write { database in
            try database.execute(
                sql: "DELETE FROM histogram WHERE detector = ?", arguments: [detector])
            let insert = try database.cachedStatement(
                sql: "INSERT INTO histogram (detector, offset_ps, width_ps, count) "
                    + "VALUES (?, ?, ?, ?)")
            for (index, count) in counts.enumerated() {
                let offset = firstOffset &+ Int64(index) &* width
                try insert.execute(arguments: [detector, offset, width, count])
            }
        }
    }

    /// Replaces the spectrum called `name`: power per hertz of both axes of an angle.
    public func spectrum(
        _ name: String, _ lines: [SpectrumLine]
    ) throws(RecorderError) {
        try write { database in
            try database.execute(sql: "DELETE FROM spectrum WHERE name = ?", arguments: [name])
            let insert = try database.cachedStatement(
                sql: "INSERT INTO spectrum (name, frequency_hz, x_urad2_hz, y_urad2_hz) "
                    + "VALUES (?, ?, ?, ?)")
            for line in lines {
                try insert.execute(arguments: [name, line.frequency, line.x, line.y])
            }
        }
    }

    /// Replaces the map of spots on the fine camera: where they stood, and how often.
    public func spots(_ spots: [SpotCount]) throws(RecorderError) {
        try write { database in
            try database.execute(sql: "DELETE FROM spots")
            let insert = try database.cachedStatement(
                sql: "INSERT INTO spots (x_px, y_px, count) VALUES (?, ?, ?)")
            for spot in spots { try insert.execute(arguments: [spot.x, spot.y, spot.count]) }
        }
    }

    /// Sets values of the summary; those already there stay unless they are named here.
    public func summary(_ values: [String: String]) throws(RecorderError) {
        try write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO summary (key, value) VALUES (?, ?)")
            for (key, value) in values { try insert.execute(arguments: [key, value]) }
        }
    }

    /// Writes what waits and closes the file. Nothing can be added after.
    public func finish() throws(RecorderError) {
        try commit()
        do {
            try queue.close()
        } catch {
            throw .database(path: path, message: "\(error)")
        }
    }

    private func write(_ work: (Database) throws -> Void) throws(RecorderError) {
        do {
            try queue.write(work)
        } catch let error as DatabaseError {
            throw .database(path: path, message: error.message ?? "\(error)")
        } catch {
            throw .database(path: path, message: "\(error)")
        }
    }
}
