/// Why the key store refused or failed. Nothing secret was released, and nothing was lost.
public enum KeyStoreError: Error, Equatable, Sendable {
    /// The operating system refused; `message` is its own.
    case system(operation: String, path: String, message: String)
    /// There is no store in this directory.
    case noStore(directory: String)
    /// There is a store already; nothing was touched.
    case exists(path: String)
    /// The file is no key store.
    case notAStore(path: String)
    /// A store of a later program.
    case version(path: String, found: Int, known: Int)
    /// Another process has it open.
    case inUse(directory: String, process: String)
    /// Others than the owner may read or write the file, or it belongs to someone else.
    case permissions(path: String, mode: String, owner: UInt32)
    /// The file of the wrapping key has another length.
    case wrappingKeyLength(path: String, bytes: Int)
    /// The store was encrypted under another wrapping key.
    case wrongWrappingKey(path: String, store: String)
    /// What is read cannot be what was written.
    case damaged(path: String, what: String)
    /// No room on the disk; the change was undone.
    case diskFull(path: String)
    /// SQLite refused.
    case database(path: String, message: String)
    /// A write failed earlier, so that what is on the disk is not known.
    case needsReopening(path: String)
    /// The store was closed.
    case closed(path: String)
    /// No such key.
    case unknownKey(KeyID)
    /// The identifier is taken.
    case keyExists(KeyID)
    /// The key's state does not allow this.
    case state(KeyID, is: KeyState, needed: String)
    /// A parameter lies outside its range.
    case parameter(name: String, value: String, allowed: String)
    /// Not so many bytes are left in this lane.
    case notEnough(KeyID, lane: Int, asked: Int, left: Int)
    /// The range was used before, or skipped.
    case burnt(KeyRange)
    /// The range lies outside the key.
    case outside(KeyRange, length: Int)
    /// No authentication segment of this peer has so many bytes.
    case stock(peer: String, lane: Int, asked: Int, left: Int)
    /// No pre-shared key of this peer was installed.
    case noPreSharedKey(peer: String)
    /// A simulated key and a real store, or the reverse.
    case simulation(what: String, isSimulated: Bool)
}

extension KeyStoreError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .system(let operation, let path, let message):
            "cannot \(operation) \(path): \(message)"
        case .noStore(let directory):
            "\(directory) has no key store; make one with lodestar keys init --store \(directory)"
        case .exists(let path):
            "\(path) exists already; nothing was changed, give another name"
        case .notAStore(let path): "\(path) is not a key store of Lodestar"
        case .version(let path, let found, let known):
            "\(path) has schema version \(found); this program knows up to \(known), "
                + "use the program that wrote it or a later one"
        case .inUse(let directory, let process):
            "the key store \(directory) is in use by \(process); only one program may have it "
                + "open, wait until that one ends"
        case .permissions(let path, let mode, let owner):
            "\(path) has mode \(mode) and owner \(owner); allowed are 0600 or 0400, owned by you "
                + "or by root: run as its owner, and if nobody else can have read it, "
                + "chmod 600 \(path)"
        case .wrappingKeyLength(let path, let bytes):
            "the wrapping key \(path) has \(bytes) bytes; it must have exactly "
                + "\(WrappingKeyFile.size)"
        case .wrongWrappingKey(let path, let store):
            "\(path) is not the wrapping key of \(store); name the right one with --wrapping-key. "
                + "Nothing was changed"
        case .damaged(let path, let what):
            "\(path) is damaged: \(what). No key was released. Keep the file as it is; keys that "
                + "cannot be read are lost, so make new ones"
        case .diskFull(let path):
            "no room on the disk of \(path); nothing was changed, make room and try again"
        case .database(let path, let message): "\(path): \(message)"
        case .needsReopening(let path):
            "\(path): an earlier write failed, so that what is on the disk is not sure; nothing "
                + "is handed out until the program is started again"
        case .closed(let path): "\(path) was closed"
        case .unknownKey(let id): "no key \(id) in this store; lodestar keys list shows all"
        case .keyExists(let id):
            "a key \(id) is in this store already, perhaps destroyed; an identifier is used once"
        case .state(let id, let state, let needed):
            "key \(id) is \(state.rawValue); this needs \(needed)"
        case .parameter(let name, let value, let allowed):
            "\(name) is \(value); allowed is \(allowed)"
        case .notEnough(let id, let lane, let asked, let left):
            "\(asked) bytes asked of key \(id), lane \(lane); \(left) are left"
        case .burnt(let range):
            "bytes \(range.offset) to \(range.offset + range.count - 1) of \(range.id), lane "
                + "\(range.lane), were burnt before, all or in part; no range is used twice"
        case .outside(let range, let length):
            "offset \(range.offset) and count \(range.count) lie outside lane \(range.lane) of "
                + "\(range.id), which has \(length) bytes"
        case .stock(let peer, let lane, let asked, let left):
            "the authentication key shared with \(peer) is too low: lane \(lane) has \(left) "
                + "bytes, \(asked) are needed. Install a new pre-shared key at both ends with "
                + "lodestar keys install; a pass without authentication is not started"
        case .noPreSharedKey(let peer):
            "no pre-shared key with \(peer) is installed; install the same one at both ends with "
                + "lodestar keys install"
        case .simulation(let what, let isSimulated):
            isSimulated
                ? "\(what) is simulated, this store is not; a simulated key never serves as a "
                    + "real one"
                : "\(what) is real, this store is simulated; keep real keys in a real store"
        }
    }
}
