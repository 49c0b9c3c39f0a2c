import ArgumentParser
import KeyStore
import Secrets

extension KeysCommand {
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Burn bytes of a key and write them to a file for another program.",
            discussion: """
                Without --lane the bytes come from the lane that this end sends in; the answer \
                names lane, offset and bytes. The other end exports the same ones with these \
                three given. The file is JSON with the key in base64, or with --raw the bare \
                bytes; only its owner may read it, and it may not exist before.

                Exported bytes are burnt: they are not handed out again, nor used for one-time \
                pads. A simulated key says so in its file, so it cannot be exported raw.
                """)

        @Argument(help: "The key's ID.") var id: String
        @OptionGroup var options: StoreOptions
        @Option(help: "The file to write.") var out: String
        @Option(help: "How many bytes; all that is left in the lane if not given.") var bytes: Int?
        @Option(help: "The lane, 0 or 1.") var lane: Int?
        @Option(help: "The first byte, to export what the other end has exported.")
        var offset: Int?
        @Flag(help: "Write the bare bytes.") var raw = false
        @Flag(help: "Print JSON.") var json = false

        struct Answer: Encodable {
            var id, out: String
            var lane, offset, bytes: Int
            var simulated: Bool
        }

        func run() throws {
            let id = try keyID(id)
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                let record = try store.record(id)
                if raw, record.isSimulated {
                    throw KeyStoreError.parameter(
                        name: "form of a simulated key", value: "raw",
                        allowed: "JSON, which says that it is simulated")
                }
                var file = try HeldFile(path: out)
                let range = try fill(&file, store, record)
                try file.release()
                let answer = Answer(
                    id: id.description, out: out, lane: range.lane, offset: range.offset,
                    bytes: range.count, simulated: record.isSimulated)
                print(
                    json
                        ? try jsonText(answer)
                        : "\(out): \(range.count) bytes of \(record.isSimulated ? "simulated " : "")"
                            + "key \(id), lane \(range.lane), offset \(range.offset)")
            }
        }

        private func fill(
            _ file: inout HeldFile, _ store: KeyStore, _ record: KeyRecord
        ) throws -> KeyRange {
            let lane = lane ?? record.sendLane
            let count = try bytes ?? store.keyBytesLeft(record.id, lane: lane)
            if lane == record.sendLane {
                guard offset == nil else {
                    throw KeyStoreError.parameter(
                        name: "--offset", value: "\(offset ?? 0)",
                        allowed: "only in the lane that the other end sends in; this end takes "
                            + "the next bytes of its own")
                }
                guard count > 0 else {
                    throw KeyStoreError.notEnough(record.id, lane: lane, asked: 1, left: 0)
                }
                let grant = try store.takeKey(record.id, lane: lane, count: count)
                try hold(grant.bytes, grant.range, record, &file)
                return grant.range
            }
            let range = KeyRange(id: record.id, lane: lane, offset: offset ?? 0, count: count)
            file = try store.useReceived(range) { secret in
                var file = try HeldFile(path: out)
                try hold(secret, range, record, &file)
                return file
            }
            return range
        }

        private func hold(
            _ secret: borrowing SecretBytes, _ range: KeyRange, _ record: KeyRecord,
            _ file: inout HeldFile
        ) throws {
            let text = try KeyFile.text(secret, range: range, record: record, isRaw: raw)
            // Inout from here on: the closure may not capture the parameter's copy.
            try text.withUnsafeBytes { bytes throws(KeyStoreError) in try file.hold(bytes) }
        }
    }
}
