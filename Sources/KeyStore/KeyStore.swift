import Crypto
import Foundation
import GRDB
import Secrets
import Synchronization

/// The keys that this end shares with others: encrypted on the disk, burnt before they are used.
///
/// One SQLite file in a directory of its own, open in one process at a time. Every call that
/// changes anything is durable when it returns; a process killed at any instant leaves the state
/// before the call or the one after it. Bytes are handed out only when it is on the disk that they
/// are used. A restored copy of an older file would hand them out again: a store is never backed
/// up or restored (docs/key-store.md).
///
/// Calls are synchronous and may come from any thread, not from a real-time one: each waits for
/// the disk.
public final class KeyStore: Sendable {
    /// The name of the database in the store's directory.
    public static let fileName = "keys.sqlite"

    /// Whose keys these are. Fixed when the store is made.
    public struct Identity: Equatable, Sendable {
        /// Which end this is.
        public var role: StoreRole
        /// This end's name, as the others know it.
        public var name: String
        /// The other end that calls mean when they name none.
        public var defaultPeer: String
        /// Whether the keys come from a simulation; such a store holds no other keys, ever.
        public var isSimulated: Bool

        /// An end called `name`.
        public init(role: StoreRole, name: String, defaultPeer: String, isSimulated: Bool) {
            self.role = role
            self.name = name
            self.defaultPeer = defaultPeer
            self.isSimulated = isSimulated
        }
    }

    /// The time now as Unix time in ms. It goes into records; nothing is decided by it.
    public typealias Clock = @Sendable () -> Int64

    /// The machine's own clock.
    public static let systemClock: Clock = { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Whose keys these are.
    public let identity: Identity
    /// The directory of the store.
    public let directory: String

    let path: String
    let wrappingKeyPath: String
    let storeID: KeyID
    private let actor: String
    private let clock: Clock
    private let queue: DatabaseQueue
    private let lock: StoreLock
    private let condition: Mutex<Condition>

    private struct Condition {
        var wrappingKey: SymmetricKey
        var hasFailed = false
        var isClosed = false
    }

    /// Opens the store in `directory`.
    ///
    /// - Parameters:
    ///   - wrappingKey: File of the wrapping key; without it `wrapping.key` in the directory.
    ///   - actor: Who acts, for the audit log; without it the user's name.
    ///   - clock: The time for records.
    public convenience init(
        opening directory: String, wrappingKey: String? = nil, actor: String? = nil,
        clock: @escaping Clock = KeyStore.systemClock
    ) throws(KeyStoreError) {
        let path = directory + "/" + Self.fileName
        guard SystemFile.exists(path) else {
            guard errno == ENOENT else { throw SystemFile.failure("open", path) }
            throw .noStore(directory: directory)
        }
        try self.init(
            lock: StoreLock(directory: directory), directory: directory, wrappingKey: wrappingKey,
            actor: actor, clock: clock)
    }

    /// Makes a store in `directory`, which is made too if it is not there.
    ///
    /// The wrapping key is made if its file is not there. Parameters as for
    /// ``init(opening:wrappingKey:actor:clock:)``.
    public static func create(
        directory: String, identity: Identity, wrappingKey: String? = nil, actor: String? = nil,
        clock: @escaping Clock = KeyStore.systemClock
    ) throws(KeyStoreError) -> KeyStore {
        let path = directory + "/" + fileName
        guard !SystemFile.exists(path) else { throw .exists(path: path) }
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw SystemFile.failure("create", directory)
        }
        let lock = try StoreLock(directory: directory)
        guard !SystemFile.exists(path) else { throw .exists(path: path) }
        try StoreCreation.write(
            path: path, identity: identity,
            wrappingKey: wrappingKey ?? directory + "/" + WrappingKeyFile.defaultName,
            actor: actor ?? NSUserName(), now: clock())
        return try KeyStore(
            lock: lock, directory: directory, wrappingKey: wrappingKey, actor: actor, clock: clock)
    }

    private init(
        lock: StoreLock, directory: String, wrappingKey: String?, actor: String?,
        clock: @escaping Clock
    ) throws(KeyStoreError) {
        self.lock = lock
        self.directory = directory
        path = directory + "/" + Self.fileName
        wrappingKeyPath = wrappingKey ?? directory + "/" + WrappingKeyFile.defaultName
        self.actor = actor ?? NSUserName()
        self.clock = clock
        do {
            queue = try StoreOpening.connect(path)
            let opened = try StoreOpening.read(queue, path: path)
            identity = opened.identity
            storeID = opened.id
            let key = try StoreOpening.wrappingKey(wrappingKeyPath, of: opened, path: path)
            condition = Mutex(Condition(wrappingKey: key))
        } catch {
            throw StoreFault.from(error, path: path)
        }
    }

    deinit { try? queue.close() }

    /// Closes the store; nothing can be asked of it after.
    public func close() throws(KeyStoreError) {
        condition.withLock { $0.isClosed = true }
        do { try queue.close() } catch { throw StoreFault.from(error, path: path) }
        lock.release()
    }

    /// Runs `work` in one transaction, which is on the disk when this returns, or undone.
    func transaction<Result>(
        _ work: (StoreTransaction) throws -> Result
    ) throws(KeyStoreError) -> Result {
        let wrappingKey = try ready()
        do {
            return try queue.write { database in
                try work(
                    StoreTransaction(
                        database: database, wrappingKey: wrappingKey, path: path, now: clock(),
                        actor: actor))
            }
        } catch {
            let fault = StoreFault.from(error, path: path)
            // After a failed write the kernel may show bytes that the disk does not have.
            if StoreFault.leavesDoubt(error) { condition.withLock { $0.hasFailed = true } }
            throw fault
        }
    }

    /// Replaces the wrapping key that later transactions use.
    func use(wrappingKey: SymmetricKey) {
        condition.withLock { $0.wrappingKey = wrappingKey }
    }

    private func ready() throws(KeyStoreError) -> SymmetricKey {
        let now = condition.withLock { $0 }
        guard !now.isClosed else { throw .closed(path: path) }
        guard !now.hasFailed else { throw .needsReopening(path: path) }
        return now.wrappingKey
    }
}

extension KeyStore {
    /// Lets the file grow by no more than a few pages from now on: a full disk, for tests.
    package func limitPages(_ pages: Int = 20) throws(KeyStoreError) {
        try transaction { store in
            let now = try Int.fetchOne(store.database, sql: "PRAGMA page_count") ?? 0
            try store.database.execute(sql: "PRAGMA max_page_count = \(now + pages)")
        }
    }

    /// SHA-256 of what is left of a key for use, both lanes: tests compare two ends by it.
    package func digest(of id: KeyID) throws(KeyStoreError) -> String {
        try transaction { store in
            let key = try store.key(id)
            var hash = SHA256()
            for lane in try store.lanes(key) where lane.pool == .key && lane.dataKey != nil {
                let count = lane.byteCount - lane.pointer
                guard count > 0, try store.bytesLeft(lane) == count else { continue }
                var bytes = SecretBytes(count: count)
                try bytes.withUnsafeMutableBytes { room in
                    try store.read(key, lane, lane.pointer..<lane.byteCount, into: room)
                    hash.update(bufferPointer: UnsafeRawBufferPointer(room))
                }
            }
            return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
