import Foundation
import KeyStore
import Secrets

/// Works on the stores of both ends until it is killed, and says what it was handed.
///
/// Usage: store-worker FOLDER SEED [use-first | relay | STEPS]. One line on standard output for each thing that
/// has been done, written when the store has returned and not before:
///
///     open END KEY STATE         the state that a store opened with
///     state END KEY STATE        the state that a call has left
///     took END POOL KEY LANE OFFSET COUNT
///
/// With `use-first` it says what it will take before it takes it: a store that burns after use.
/// The check that reads these lines has to notice. With a number it ends after so many steps.
/// With `relay` it only makes the stores of a satellite and two stations, with a key each.
@main
struct StoreWorker {
    let ends: [KeyStore]
    let usesFirst: Bool
    var generator: LinearGenerator

    static func main() {
        guard CommandLine.arguments.count >= 3, let seed = UInt64(CommandLine.arguments[2]) else {
            say("usage: store-worker FOLDER SEED [use-first | relay | STEPS]")
            exit(2)
        }
        do {
            let mode = CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : ""
            if mode == "relay" { return try makeRelay(CommandLine.arguments[1], seed: seed) }
            var worker = try StoreWorker(
                folder: CommandLine.arguments[1], seed: seed, usesFirst: mode == "use-first")
            try worker.report()
            try worker.settle()
            for _ in 0..<(Int(mode) ?? .max) { try worker.step() }
        } catch {
            say("error \(error)")
            exit(1)
        }
    }

    init(folder: String, seed: UInt64, usesFirst: Bool) throws {
        ends = [
            try Self.end(folder + "/ground", .station, "ground", "sat"),
            try Self.end(folder + "/sat", .satellite, "sat", "ground"),
        ]
        self.usesFirst = usesFirst
        generator = LinearGenerator(state: seed)
    }

    private static func end(
        _ directory: String, _ role: StoreRole, _ name: String, _ peer: String
    ) throws(KeyStoreError) -> KeyStore {
        do throws(KeyStoreError) {
            return try KeyStore(opening: directory, actor: "worker")
        } catch .noStore {
            return try KeyStore.create(
                directory: directory,
                identity: KeyStore.Identity(
                    role: role, name: name, defaultPeer: peer, isSimulated: true), actor: "worker")
        }
    }

    /// A satellite that shares a key of 20,000 bytes with each of two stations.
    private static func makeRelay(_ folder: String, seed: UInt64) throws {
        var generator = LinearGenerator(state: seed)
        let sat = try end(folder + "/relay-sat", .satellite, "relay-sat", "Beijing")
        for name in ["Beijing", "Stellenbosch"] {
            let station = try end(folder + "/" + name, .station, name, "relay-sat")
            let id = KeyID(first: generator.next(), second: generator.next())
            let bytes = generator.secret(count: 20_000)
            for (store, peer) in [(station, "relay-sat"), (sat, name)] {
                let key = KeyStore.NewKey(
                    id: id, peer: peer, provenance: Provenance(method: "none", secretBits: 160_000),
                    isSimulated: true, padBytesPerLane: 0)
                try store.add(key, bytes: bytes, state: .committed)
                try store.advance(id, to: .available)
            }
        }
    }

    /// Says in what state everything was found.
    private func report() throws {
        for end in ends {
            for key in try end.keys() {
                Self.say("open \(end.identity.name) \(key.id) \(key.state)")
            }
        }
        Self.say("ready")
    }

    /// Ends tell each other what they have, as at the start of a contact.
    private func settle() throws {
        for round in 0..<4 {
            let (one, other) = (ends[round % 2], ends[1 - round % 2])
            for (id, _) in try one.unsettled() {
                _ = try one.settle(id, peerState: try other.state(of: id))
                try sayState(one, id)
            }
        }
    }

    private mutating func step() throws {
        switch generator.next() % 10 {
        case 0: try makeKey()
        case 1...3: try sendPad(from: Int(generator.next() % 2))
        case 4...7: try sendKey(from: Int(generator.next() % 2))
        case 8: try ends[Int(generator.next() % 2)].rewrap()
        default: if generator.next() % 8 == 0 { try destroyOne() }
        }
    }

    /// A key goes the way of the protocol; the process may die between any two steps.
    private mutating func makeKey() throws {
        let id = KeyID(first: generator.next(), second: generator.next())
        let bytes = generator.secret(count: 6000)
        let key = KeyStore.NewKey(
            id: id, provenance: Provenance(method: "none", secretBits: 48_000), isSimulated: true,
            padBytesPerLane: 120)
        try ends[0].add(key, bytes: bytes, state: .pending)
        try sayState(ends[0], id)
        try ends[1].add(key, bytes: bytes, state: .committed)
        try sayState(ends[1], id)
        try ends[0].advance(id, to: .available)
        try sayState(ends[0], id)
        try ends[1].advance(id, to: .available)
        try sayState(ends[1], id)
    }

    private mutating func sendPad(from sender: Int) throws {
        guard try ends[sender].padBytesLeft(lane: sender) >= 12 else { return try makeKey() }
        if usesFirst, let range = try nextPad(ends[sender], lane: sender) {
            sayTaken(ends[sender], "pad", range)
            _ = try ends[sender].takePad(lane: sender, count: 12)
            return
        }
        let grant = try ends[sender].takePad(lane: sender, count: 12)
        sayTaken(ends[sender], "pad", grant.range)
        // The message may be lost, or the process have died when only one end had destroyed a key.
        guard generator.next() % 4 != 0,
            try ends[1 - sender].state(of: grant.range.id) != .destroyed
        else { return }
        if generator.next() % 2 == 0 {
            _ = try ends[1 - sender].acceptPad(grant.range)
        } else {
            _ = try ends[1 - sender].acceptPad(grant.range) { _ in true }
        }
        sayTaken(ends[1 - sender], "pad", grant.range)
    }

    /// Where the next pad will come from.
    private func nextPad(_ end: KeyStore, lane: Int) throws -> KeyRange? {
        for key in try end.keys() where key.state == .available || key.state.isOver {
            for part in key.lanes where part.pool == "pad" && part.lane == lane && part.left >= 12 {
                return KeyRange(id: key.id, lane: lane, offset: part.bytes - part.left, count: 12)
            }
        }
        return nil
    }

    private mutating func sendKey(from sender: Int) throws {
        let count = Int(generator.next() % 900) + 1
        guard let id = try ends[sender].newestAvailable(bytes: count, lane: sender) else {
            return try makeKey()
        }
        if usesFirst {
            let lane = try ends[sender].record(id).lanes.first {
                $0.pool == "key" && $0.lane == sender
            }
            guard let lane else { return }
            sayTaken(
                ends[sender], "key",
                KeyRange(id: id, lane: sender, offset: lane.bytes - lane.left, count: count))
            _ = try ends[sender].takeKey(id, lane: sender, count: count)
            return
        }
        let grant = try ends[sender].takeKey(id, lane: sender, count: count)
        sayTaken(ends[sender], "key", grant.range)
        // Lost, forged or read at the other end.
        let fate = generator.next() % 4
        guard fate != 0, try ends[1 - sender].state(of: id)?.isOver == false else { return }
        struct Forged: Error {}
        do {
            try ends[1 - sender].useReceived(grant.range) { _ in if fate == 1 { throw Forged() } }
            sayTaken(ends[1 - sender], "key", grant.range)
        } catch is Forged {}
        try sayState(ends[1 - sender], id)
    }

    private mutating func destroyOne() throws {
        let keys = try ends[0].keys().filter { $0.state == .available }
        guard keys.count > 1 else { return }
        let id = keys[Int(generator.next() % UInt64(keys.count))].id
        for end in ends {
            try end.destroy(id, reason: "chosen", withPads: true)
            try sayState(end, id)
        }
    }

    private func sayState(_ end: KeyStore, _ id: KeyID) throws {
        guard let state = try end.state(of: id) else { return }
        Self.say("state \(end.identity.name) \(id) \(state)")
    }

    private func sayTaken(_ end: KeyStore, _ pool: String, _ range: KeyRange) {
        Self.say(
            "took \(end.identity.name) \(pool) \(range.id) \(range.lane) \(range.offset) "
                + "\(range.count)")
    }

    /// One system call a line, so that a line is there whole or not at all.
    private static func say(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(1, line, line.count)
    }
}

/// Numbers that a seed repeats; not for secrets.
struct LinearGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33 ^ state << 31
    }

    mutating func secret(count: Int) -> SecretBytes {
        var bytes = SecretBytes(count: count)
        bytes.withUnsafeMutableBytes { room in
            for index in room.indices { room[index] = UInt8(truncatingIfNeeded: next() >> 24) }
        }
        return bytes
    }
}
