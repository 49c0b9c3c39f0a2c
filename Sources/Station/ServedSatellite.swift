public import BoardFile
import Crypto
import Distillation
import Foundation
import KeyStore
import Sifting
import Simulator

/// The satellite's end of a pass for a station outside of this process: it answers the messages
/// of docs/protocol.md and docs/distillation.md and keeps its keys in a store of its own.
///
/// Between both lies the board's simulated link with its delays and losses, in stream time.
public struct ServedSatellite: ~Copyable {
    /// What the satellite holds, and what it was asked.
    public struct Summary: Codable, Equatable, Sendable {
        /// Messages of the station that reached it, and answers that left it.
        public var messagesReceived: Int64 = 0
        /// Messages handed to the station.
        public var messagesSent: Int64 = 0
        /// Messages of both directions that the simulated link lost, or that came in a silence.
        public var messagesLost: Int64 = 0
        /// Parts of epochs answered for the first time.
        public var epochsAnswered: Int64 = 0
        /// Parts answered again, in the same words.
        public var epochsRepeated: Int64 = 0
        /// Announcements refused: contradiction, digest, memory, content, after the close.
        public var refusals: Int64 = 0
        /// Messages that were damaged, or not for this session.
        public var strays: Int64 = 0
        /// `open`, or what the close came to: `agreed` if both ends hold the same.
        public var closing = "open"
        /// Sifted bits of the key basis; known once both ends agree.
        public var keyBasisBits: Int64?
        /// SHA-256 of those bits as sent, in order, a byte of 0 or 1 each, 64 digits. Told
        /// because all is simulated: of real bits nothing may leave.
        public var keyBasisSha256: String?
        /// Keys in the satellite's store.
        public var keys: [Key] = []

        /// A key, never its bytes.
        public struct Key: Codable, Equatable, Sendable {
            /// Its name, a UUID.
            public var id: String
            /// How far both ends have agreed on it.
            public var state: String
        }
    }

    /// Ten minutes at a million clicks a second, half of them in the gates.
    private static let capacity = SatelliteCapacity(parts: 1 << 17, keyBits: 1 << 27)

    /// Number of the pass, told to both ends.
    public let session: UInt32
    /// Where the stores lie.
    public let storeDirectory: String
    private var peer: SatellitePeer
    private let store: KeyStore
    private var summary = Summary()
    private var silentUntil = Int64.min
    private var time: Int64 = 0

    /// A satellite that has heard nothing.
    ///
    /// - Parameter storeDirectory: Has, or is given, the stores `station` and `satellite` with a
    ///   common key; the station's is closed again, so that the station can open it.
    public init(board: Board, seed: UInt64?, storeDirectory: String) throws {
        let world = try board.servedParameters(seed: seed)
        let session = PassSetup(board: board, world: world).session
        let store = try PassStores.openSatellite(directory: storeDirectory)
        let peer = try SatellitePeer(
            parameters: board.siftParameters(session: session), world: world,
            distillation: board.distillationParameters(session: session),
            vault: StoreVault(store), time: ComputingTime(), capacity: Self.capacity)
        self.session = session
        self.storeDirectory = storeDirectory
        self.store = store
        self.peer = peer
    }

    /// Takes a message of the station at stream time `now`, ps; it does not run backwards.
    public mutating func send(_ message: UnsafeRawBufferPointer, at now: Int64) {
        time = max(time, now)
        guard time >= silentUntil else {
            summary.messagesLost += 1
            return
        }
        summary.messagesReceived += 1
        peer.send(message, at: time)
    }

    /// Lets the satellite answer what has reached it by `now`, and hands over what has come back.
    public mutating func exchange(
        until now: Int64, deliver: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        time = max(time, now)
        let isSilent = time < silentUntil
        var lost: Int64 = 0
        var sent: Int64 = 0
        defer {
            summary.messagesLost += lost
            summary.messagesSent += sent
        }
        try peer.exchange(until: time) { message, _ in
            if isSilent {
                lost += 1
            } else {
                sent += 1
                try deliver(message)
            }
        }
    }

    /// Loses everything in both directions for `span`, ps, from now on.
    public mutating func silence(for span: Int64) {
        let (end, isForEver) = time.addingReportingOverflow(span)
        silentUntil = isForEver ? .max : end
    }

    /// What the satellite holds now.
    public mutating func summarise() -> Summary {
        var result = summary
        let counters = peer.sifter.counters
        result.epochsAnswered = Int64(clamping: counters.answered)
        result.epochsRepeated = Int64(clamping: counters.repeated)
        result.refusals = Int64(
            clamping: counters.contradictions &+ counters.wrongDigest &+ counters.full
                &+ counters.afterClose &+ counters.malformed)
        result.strays = Int64(clamping: counters.damaged &+ counters.foreign)
        for end in [FaultyLink.End.station, .satellite] {
            let counts = peer.link.counts(from: end)
            result.messagesLost += counts.lost + counts.faded
        }
        if let closed = peer.sifter.closed { result.closing = "\(closed.status)" }
        if let bits = peer.keyBits() {
            result.keyBasisBits = Int64(bits.count)
            result.keyBasisSha256 = SHA256.hash(data: bits).digits
        }
        result.keys = ((try? store.keys()) ?? []).map {
            Summary.Key(id: "\($0.id)", state: "\($0.state)")
        }
        return result
    }

    /// Closes the store; the satellite answers no more.
    public consuming func close() { try? store.close() }
}

extension PassStores {
    /// Opens the satellite's store in `directory`; makes both ends' if it is missing.
    static func openSatellite(directory: String) throws -> KeyStore {
        let path = directory + "/satellite/" + KeyStore.fileName
        if FileManager.default.fileExists(atPath: path) {
            return try KeyStore(opening: directory + "/satellite", actor: "lodestar-sim world")
        }
        let both = try PassStores(
            directory: directory, names: Names(actor: "lodestar-sim world"))
        try both.station.close()
        return both.satellite
    }
}
