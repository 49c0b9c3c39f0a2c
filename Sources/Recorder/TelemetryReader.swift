import Foundation
import GRDB

/// Everything that a telemetry file says, read at once.
public struct TelemetryReader: Sendable {
    /// Clicks per phase of one detector.
    public struct Histogram: Equatable, Sendable {
        /// Name of the detector.
        public var detector: String
        /// Where the first bin begins, ps from the middle of the slot.
        public var firstOffset: Int64
        /// Width of a bin, ps.
        public var width: Int64
        /// Clicks per bin.
        public var counts: [Int64]
    }

    /// Something that happened.
    public struct Event: Equatable, Sendable {
        /// Seconds since the start of the pass.
        public var time: Double
        /// How much it matters.
        public var severity: Telemetry.Severity
        /// Which part of the station says so.
        public var source: String
        /// What happened.
        public var message: String
    }

    /// The seconds of the pass, ascending.
    public private(set) var rows: [TelemetryRow] = []
    /// The phase histograms.
    public private(set) var histograms: [Histogram] = []
    /// The summary.
    public private(set) var summary: [String: String] = [:]
    /// The events, ascending in time.
    public private(set) var events: [Event] = []
    /// Spectra by name, ascending in frequency: `disturbance` and `residual`.
    public private(set) var spectra: [String: [SpectrumLine]] = [:]
    /// Where the beacon's spot stood on the fine camera.
    public private(set) var spots: [SpotCount] = []

    /// Reads the file in `directory`.
    public init(directory: String) throws(RecorderError) {
        let path = directory + "/" + Telemetry.fileName
        guard FileManager.default.fileExists(atPath: path) else {
            throw .database(path: path, message: "there is no such file")
        }
        do {
            // Not read-only: after a crash the first reader rolls the journal back.
            let queue = try DatabaseQueue(path: path)
            self = try queue.read { database in
                let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard version == Telemetry.schemaVersion else {
                    throw DatabaseError(
                        message: "layout version \(version) where \(Telemetry.schemaVersion) is due"
                    )
                }
                return try TelemetryReader(database)
            }
            try queue.close()
        } catch let error as DatabaseError {
            throw .database(path: path, message: error.message ?? "\(error)")
        } catch {
            throw .database(path: path, message: "\(error)")
        }
    }

    private init(_ database: Database) throws {
        rows = try Self.rows(database)
        histograms = try Self.histograms(database)
        summary = try Self.summary(database)
        events = try Self.events(database)
        spectra = try Self.spectra(database)
        spots = try Self.spots(database)
    }

    private static func spectra(_ database: Database) throws -> [String: [SpectrumLine]] {
        var result: [String: [SpectrumLine]] = [:]
        let sql =
            "SELECT name, frequency_hz, x_urad2_hz, y_urad2_hz FROM spectrum "
            + "ORDER BY name, frequency_hz"
        for record in try Row.fetchAll(database, sql: sql) {
            result[record[0], default: []].append(
                SpectrumLine(frequency: record[1], x: record[2], y: record[3]))
        }
        return result
    }

    private static func spots(_ database: Database) throws -> [SpotCount] {
        try Row.fetchAll(database, sql: "SELECT x_px, y_px, count FROM spots").map {
            SpotCount(x: $0[0], y: $0[1], count: $0[2])
        }
    }

    private static func rows(_ database: Database) throws -> [TelemetryRow] {
        var drops: [Int64: [String: Int64]] = [:]
        for record in try Row.fetchAll(database, sql: "SELECT t_s, reason, count FROM drops") {
            drops[record[0], default: [:]][record[1]] = record[2]
        }
        let names = TelemetryColumn.all.map(\.name).joined(separator: ", ")
        let sql = "SELECT t_s, \(names) FROM seconds ORDER BY t_s"
        return try Row.fetchAll(database, sql: sql).map { record in
            var row = TelemetryRow(time: record[0])
            for (index, column) in TelemetryColumn.all.enumerated() {
                let value: TelemetryValue? =
                    switch column.type {
                    case "INTEGER": (record[index + 1] as Int64?).map { .integer($0) }
                    case "REAL": (record[index + 1] as Double?).map { .real($0) }
                    default: (record[index + 1] as String?).map { .text($0) }
                    }
                if let value { column.set(&row, value) }
            }
            row.drops = drops[row.time] ?? [:]
            return row
        }
    }

    private static func histograms(_ database: Database) throws -> [Histogram] {
        var result: [Histogram] = []
        let sql =
            "SELECT detector, offset_ps, width_ps, count FROM histogram "
            + "ORDER BY detector, offset_ps"
        for record in try Row.fetchAll(database, sql: sql) {
            let detector: String = record[0]
            if result.last?.detector != detector {
                result.append(
                    Histogram(
                        detector: detector, firstOffset: record[1], width: record[2], counts: []))
            }
            result[result.count - 1].counts.append(record[3])
        }
        return result
    }

    private static func summary(_ database: Database) throws -> [String: String] {
        let records = try Row.fetchAll(database, sql: "SELECT key, value FROM summary")
        return Dictionary(uniqueKeysWithValues: records.map { ($0[0], $0[1]) })
    }

    private static func events(_ database: Database) throws -> [Event] {
        let sql = "SELECT t_s, severity, source, message FROM events ORDER BY t_s, rowid"
        return try Row.fetchAll(database, sql: sql).map { record in
            Event(
                time: record[0],
                severity: Telemetry.Severity(rawValue: record[1]) ?? .information,
                source: record[2], message: record[3])
        }
    }
}
