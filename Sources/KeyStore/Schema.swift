import GRDB

/// The tables of `keys.sqlite`, version 1.
enum Schema {
    /// Stored as `user_version`; a later one is refused.
    static let version = 1
    /// Stored as `application_id`: "LODK".
    static let applicationID = 0x4C4F_444B

    /// Bytes of key that are encrypted together; what is left of a piece is encrypted anew when
    /// part of it is burnt.
    static let chunkBytes = 4096

    static let tables = """
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        CREATE TABLE store (
            only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
            id BLOB NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, default_peer TEXT NOT NULL,
            is_simulated INTEGER NOT NULL, created_ms INTEGER NOT NULL,
            wrapping_check BLOB NOT NULL) STRICT;
        CREATE TABLE keys (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            kind TEXT NOT NULL CHECK (kind IN ('pass', 'preshared', 'relayed')),
            peer TEXT NOT NULL, send_lane INTEGER NOT NULL CHECK (send_lane IN (0, 1)),
            is_simulated INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('pending', 'committed', 'available', 'exhausted', 'abandoned', 'destroyed')),
            bytes INTEGER NOT NULL, provenance TEXT NOT NULL,
            created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL) STRICT;
        CREATE TABLE lanes (
            number INTEGER PRIMARY KEY,
            key INTEGER NOT NULL REFERENCES keys (number),
            pool TEXT NOT NULL CHECK (pool IN ('hash', 'pad', 'key')),
            lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
            bytes INTEGER NOT NULL, pointer INTEGER NOT NULL,
            data_key BLOB,
            UNIQUE (key, pool, lane),
            CHECK (pointer BETWEEN 0 AND bytes)) STRICT;
        CREATE TABLE chunks (
            lane INTEGER NOT NULL REFERENCES lanes (number),
            first INTEGER NOT NULL, past INTEGER NOT NULL, sealed BLOB NOT NULL,
            PRIMARY KEY (lane, first), CHECK (first < past)) STRICT;
        CREATE TABLE peers (
            name TEXT PRIMARY KEY,
            hash_key INTEGER NOT NULL REFERENCES keys (number)) STRICT;
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL,
            action TEXT NOT NULL, key BLOB, pool TEXT, lane INTEGER, first INTEGER, bytes INTEGER,
            actor TEXT NOT NULL, note TEXT NOT NULL) STRICT;
        CREATE TRIGGER keys_forward BEFORE UPDATE OF state ON keys
            WHEN OLD.state <> NEW.state AND NOT (
                (OLD.state = 'pending' AND NEW.state <> 'exhausted')
                OR (OLD.state = 'committed' AND NEW.state IN ('available', 'abandoned', 'destroyed'))
                OR (OLD.state = 'available' AND NEW.state IN ('exhausted', 'destroyed'))
                OR (OLD.state = 'exhausted' AND NEW.state = 'destroyed'))
            BEGIN SELECT RAISE(ABORT, 'a key''s state only moves forward'); END;
        CREATE TRIGGER lanes_forward BEFORE UPDATE OF pointer ON lanes
            WHEN NEW.pointer < OLD.pointer
            BEGIN SELECT RAISE(ABORT, 'a pointer only moves forward'); END;
        """

    /// What every connection is told before anything else.
    ///
    /// TRUNCATE with EXTRA: a commit has returned only when the journal that could undo it is gone
    /// from the disk. Bytes of deleted rows are overwritten with zeros in the file.
    static func prepare(_ database: Database) throws {
        try database.execute(
            sql: """
                PRAGMA locking_mode = EXCLUSIVE;
                PRAGMA journal_mode = TRUNCATE;
                PRAGMA synchronous = EXTRA;
                PRAGMA secure_delete = ON;
                PRAGMA temp_store = MEMORY;
                PRAGMA cell_size_check = ON;
                PRAGMA trusted_schema = OFF;
                """)
    }
}
