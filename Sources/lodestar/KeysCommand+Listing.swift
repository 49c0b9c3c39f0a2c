import ArgumentParser
import KeyStore

extension KeysCommand {
    /// A key as it is printed.
    struct Row: Encodable {
        var id, kind, peer, state: String
        var simulated: Bool
        var bytes, bytesLeft, sendLane: Int
        var created, changed: String
        var lanes: [Part]
        var provenance: Provenance?

        struct Part: Encodable {
            var pool: String
            var lane, bytes, left: Int
        }

        init(_ record: KeyRecord) {
            id = record.id.description
            kind = record.kind
            peer = record.peer
            state = record.state.rawValue
            simulated = record.isSimulated
            bytes = record.bytes
            bytesLeft = record.bytesLeft
            sendLane = record.sendLane
            created = isoTime(record.created)
            changed = isoTime(record.changed)
            lanes = record.lanes.map {
                Part(pool: $0.pool, lane: $0.lane, bytes: $0.bytes, left: $0.left)
            }
            provenance = record.provenance
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys: where they come from, their state, what is left.",
            discussion: """
                pending and committed keys wait for the other end and are not used; available keys \
                are. --all shows those that are used up, abandoned or destroyed too.
                """)

        @OptionGroup var options: StoreOptions
        @Option(help: "Only keys shared with this end.") var peer: String?
        @Flag(help: "Those of the past too.") var all = false
        @Flag(help: "Print JSON.") var json = false

        struct Answer: Encodable {
            var role, name: String
            var simulated: Bool
            var padBytesLeft: [Int]
            var keys: [Row]
        }

        func run() throws {
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                let records = try store.keys(peer: peer).filter {
                    all || !$0.state.isOver || $0.lanes.contains { $0.pool == "pad" && $0.left > 0 }
                }
                let pads = [
                    try store.padBytesLeft(lane: 0, peer: peer),
                    try store.padBytesLeft(lane: 1, peer: peer),
                ]
                let answer = Answer(
                    role: store.identity.role.rawValue, name: store.identity.name,
                    simulated: store.identity.isSimulated, padBytesLeft: pads,
                    keys: records.map(Row.init))
                json ? print(try jsonText(answer)) : show(answer)
            }
        }

        private func show(_ answer: Answer) {
            let mark = answer.simulated ? ", SIMULATED" : ""
            print(
                "\(answer.role) \(answer.name)\(mark); pads left: \(answer.padBytesLeft[0]) "
                    + "bytes to send in lane 0, \(answer.padBytesLeft[1]) in lane 1")
            guard !answer.keys.isEmpty else { return print("no keys") }
            func column(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(1, width - text.count))
            }
            print(
                column("key", 37) + column("with", 12) + column("kind", 11) + column("state", 11)
                    + "bytes left of")
            for key in answer.keys {
                print(
                    column(key.id, 37) + column(key.peer, 12) + column(key.kind, 11)
                        + column(key.state, 11) + "\(key.bytesLeft) of \(key.bytes)")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all that is known of one key, but not its bytes.")

        @Argument(help: "The key's ID.") var id: String
        @OptionGroup var options: StoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let id = try keyID(id)
            try tellingKeyErrors(json: json) {
                let row = Row(try options.open().record(id))
                json ? print(try jsonText(row)) : show(row)
            }
        }

        private func show(_ row: Row) {
            print("key           \(row.id)\(row.simulated ? "  SIMULATED" : "")")
            print("with          \(row.peer), \(row.kind)")
            print("state         \(row.state) since \(row.changed), made \(row.created)")
            print("left          \(row.bytesLeft) bytes for use of \(row.bytes) in all")
            for part in row.lanes {
                let direction = part.lane == row.sendLane ? "sends" : "receives"
                print(
                    "  \(part.pool) lane \(part.lane)  \(part.left) of \(part.bytes) bytes, "
                        + "this end \(direction)")
            }
            guard let made = row.provenance else { return }
            if let relay = made.relayedBy {
                print("relayed by    \(relay), WHICH KNOWS THIS KEY")
                print("from keys     \(made.relayedKeys?.joined(separator: " and ") ?? "")")
                return
            }
            print("session       \(made.session), window \(made.window)")
            print(
                "method        \(made.method), eps_sec \(made.epsilonSecrecy), eps_cor "
                    + "\(made.epsilonCorrectness)")
            print(
                "bits          \(made.secretBits) secret of \(made.siftedBits) sifted, f "
                    + "\(made.reconciliationEfficiency)")
            for (name, bits) in made.leaks.sorted(by: { $0.key < $1.key }) {
                print("  disclosed   \(bits) bits: \(name)")
            }
        }
    }

    struct Audit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the audit log: what was done with keys, when and by whom.",
            discussion:
                "It holds no key bytes. The numbers give the order, whatever the clock said.")

        @OptionGroup var options: StoreOptions
        @Option(help: "Only what concerns this key.") var key: String?
        @Option(help: "Only so many of the newest lines.") var last: Int?
        @Flag(help: "Print JSON.") var json = false

        struct Line: Encodable {
            var number: Int
            var time, action: String
            var key, pool: String?
            var lane, first, bytes: Int?
            var actor, note: String
        }

        func run() throws {
            let id = try key.map(keyID)
            if let last, last < 1 { throw ValidationError("--last \(last) must be 1 or more") }
            try tellingKeyErrors(json: json) {
                let lines = try options.open().audit(key: id, last: last).map {
                    Line(
                        number: $0.number, time: isoTime($0.time), action: $0.action,
                        key: $0.key?.description, pool: $0.pool, lane: $0.lane, first: $0.first,
                        bytes: $0.bytes, actor: $0.actor, note: $0.note)
                }
                guard !json else { return print(try jsonText(lines)) }
                for line in lines { print(text(line)) }
            }
        }

        private func text(_ line: Line) -> String {
            var words = ["\(line.number)", line.time, line.actor, line.action]
            if let key = line.key { words.append(key) }
            if let pool = line.pool, let lane = line.lane { words.append("\(pool) lane \(lane)") }
            if let first = line.first { words.append("from \(first)") }
            if let bytes = line.bytes { words.append("\(bytes) bytes") }
            if !line.note.isEmpty { words.append("(\(line.note))") }
            return words.joined(separator: "  ")
        }
    }
}
