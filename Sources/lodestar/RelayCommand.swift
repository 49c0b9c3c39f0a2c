import ArgumentParser
import KeyStore

/// `lodestar relay`: two stations come to share a key through the satellite.
struct RelayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Turn two keys with a satellite into one between two stations.",
        discussion: """
            The satellite announces the XOR of a range of its key with one station and a range of \
            its key with the other; each station takes its own range away and both hold the same \
            new key. The announcement is public and carries a tag for each station. All ranges are \
            burnt. The satellite is trusted: it knows the new key.
            """,
        subcommands: [Announce.self, Accept.self])

    struct Announce: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "At the satellite: burn a range of two keys and write their XOR.")

        @OptionGroup var options: StoreOptions
        @Option(help: "A key with the one station; it sends in lane 0 of the new key.")
        var first: String
        @Option(help: "A key with the other station.") var second: String
        @Option(help: "Bytes of the new key; 32 more are burnt of each key.") var bytes: Int
        @Option(help: "The file to write, which may not exist.") var out: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let (one, other) = (try keyID(first), try keyID(second))
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                var file = try HeldFile(path: out)
                let announcement = try store.announceRelay(
                    firstKey: one, secondKey: other, byteCount: bytes)
                try announcement.bytes.withUnsafeBytes { try file.hold($0) }
                try file.release()
                try RelayCommand.show(announcement, "\(out): announcement of", json: json)
            }
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "At a station: check the announcement and enter the new key.")

        @OptionGroup var options: StoreOptions
        @Option(name: .customLong("in"), help: "The announcement; standard input if not given.")
        var input: String?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                let announcement = try RelayAnnouncement(try wholeInput(input))
                let peer = try store.acceptRelay(announcement)
                try RelayCommand.show(announcement, "shared with \(peer) now:", json: json)
            }
        }
    }

    static func show(_ announcement: RelayAnnouncement, _ text: String, json: Bool) throws {
        struct Answer: Encodable {
            var id, first, second, relay: String
            var bytes: Int
            var simulated: Bool
        }
        let answer = Answer(
            id: announcement.id.description, first: announcement.firstName,
            second: announcement.secondName, relay: announcement.relay,
            bytes: announcement.byteCount, simulated: announcement.isSimulated)
        guard !json else { return print(try jsonText(answer)) }
        print(
            "\(text) \(answer.simulated ? "simulated " : "")key \(answer.id), \(answer.bytes) bytes, "
                + "between \(answer.first) and \(answer.second)")
        print("\(answer.relay) knows this key")
    }
}
