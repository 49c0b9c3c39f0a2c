import ArgumentParser
import KeyStore

/// `lodestar keys`: the keys that this end shares with others.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show, install, export and destroy keys of the key store.",
        discussion: """
            A key store is a directory with the file keys.sqlite, in which all key bytes are \
            encrypted under a wrapping key. Bytes are burnt before they are used, and no command \
            prints them; export writes them to a file that only its owner may read.

            To begin, at both ends: keys init. Then keys make once, carry the file to both ends by \
            hand, and keys install there; passes add keys from then on.

            Never copy a store back from a backup: it would use bytes again that were used since.
            """,
        subcommands: [
            Init.self, Make.self, Install.self, List.self, Show.self, Export.self, Destroy.self,
            Rewrap.self, Audit.self,
        ])
}

extension KeysCommand {
    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an empty key store and its wrapping key.",
            discussion: """
                The wrapping key is made if its file is not there. In earnest it lies on another \
                medium than the store (--wrapping-key), so that a lost disk tells nothing.
                """)

        @OptionGroup var options: StoreOptions
        @Option(help: "Which end this is: station or satellite.") var role: String
        @Option(help: "The name of this end.") var name: String
        @Option(help: "The name of the other end.") var peer: String
        @Flag(help: "Only for keys of simulations; the store says so for ever.")
        var simulated = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            guard let role = StoreRole(rawValue: role) else {
                throw ValidationError("--role '\(role)' is not allowed; give station or satellite")
            }
            guard !name.isEmpty, !peer.isEmpty, name != peer else {
                throw ValidationError("--name and --peer must be given and differ")
            }
            try tellingKeyErrors(json: json) {
                let store = try KeyStore.create(
                    directory: options.store,
                    identity: KeyStore.Identity(
                        role: role, name: name, defaultPeer: peer, isSimulated: simulated),
                    wrappingKey: options.wrappingKey)
                struct Answer: Encodable {
                    var store, role, name, peer: String
                    var simulated: Bool
                }
                let answer = Answer(
                    store: store.directory, role: role.rawValue, name: name, peer: peer,
                    simulated: simulated)
                print(
                    json
                        ? try jsonText(answer)
                        : "\(store.directory): an empty \(simulated ? "simulated " : "")key store "
                            + "of \(role.rawValue) \(name)")
            }
        }
    }

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a pre-shared key, to be carried to both ends.",
            discussion: """
                Random bytes of the operating system, with an ID. Install the same file at both \
                ends, then destroy every copy: whoever has it can pose as either end.
                """)

        @Option(help: "The file to write; it may not exist.") var out: String
        @Option(help: "Bytes of key; two passes take about 1000, 8192 is a good start.")
        var bytes = 8192
        @Flag(help: "Only for simulations.") var simulated = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try tellingKeyErrors(json: json) {
                let id = try PreSharedKeyFile.create(
                    out, byteCount: bytes, isSimulated: simulated)
                struct Answer: Encodable {
                    var out, id: String
                    var bytes: Int
                }
                print(
                    json
                        ? try jsonText(Answer(out: out, id: id.description, bytes: bytes))
                        : "\(out): pre-shared key \(id), \(bytes) bytes")
            }
        }
    }

    struct Install: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install a pre-shared key that was carried to both ends.",
            discussion: """
                It gives pads for authentication. The first one for a peer also gives the hash \
                keys, which are used again and again; --replace-hash-keys takes those of this one \
                instead, which both ends have to do.
                """)

        @OptionGroup var options: StoreOptions
        @Option(name: .customLong("in"), help: "The file made by keys make.") var input: String
        @Option(help: "The other end; the store's own if not given.") var peer: String?
        @Flag(help: "Take the hash keys of this one from now on.") var replaceHashKeys = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try tellingKeyErrors(json: json) {
                let contents = try PreSharedKeyFile.read(input)
                let store = try options.open()
                try store.installPreSharedKey(
                    id: contents.id, peer: peer, bytes: contents.bytes,
                    isSimulated: contents.isSimulated, replacingHashKeys: replaceHashKeys)
                let left = [
                    try store.padBytesLeft(lane: 0, peer: peer),
                    try store.padBytesLeft(lane: 1, peer: peer),
                ]
                struct Answer: Encodable {
                    var id, peer: String
                    var padBytesLeft: [Int]
                }
                let answer = Answer(
                    id: contents.id.description, peer: peer ?? store.identity.defaultPeer,
                    padBytesLeft: left)
                print(
                    json
                        ? try jsonText(answer)
                        : """
                        pre-shared key \(contents.id) with \(answer.peer) is installed; \(left[0]) \
                        and \(left[1]) pad bytes in lanes 0 and 1
                        Destroy \(input) once it is installed at both ends.
                        """)
            }
        }
    }

    struct Destroy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy what is left of a key, for ever.",
            discussion: """
                Its encrypted bytes are overwritten in the file, and the key they are encrypted \
                under is dropped. What a flash disk keeps of older blocks is of use only with the \
                wrapping key of that time: keys rewrap replaces that.
                """)

        @Argument(help: "The key's ID.") var id: String
        @OptionGroup var options: StoreOptions
        @Option(help: "Why, for the audit log.") var reason = ""
        @Flag(
            help: """
                Destroy the authentication pads that came with the key too. Do the same at the \
                other end, or its messages will be refused.
                """)
        var withPads = false
        @Flag(help: "Do not ask.") var yes = false

        func run() throws {
            let id = try keyID(id)
            try tellingKeyErrors {
                let store = try options.open()
                let record = try store.record(id)
                guard yes || confirmed(record) else {
                    writeToStandardError(
                        "error: nothing was destroyed; --yes does without asking\n")
                    throw ExitCode.failure
                }
                try store.destroy(id, reason: reason, withPads: withPads)
                print("key \(id) is destroyed")
            }
        }

        private func confirmed(_ record: KeyRecord) -> Bool {
            writeToStandardError(
                "Destroy key \(record.id) with \(record.peer), \(record.bytesLeft) bytes left? "
                    + "Type yes: ")
            return readLine() == "yes"
        }
    }

    struct Rewrap: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the wrapping key by a new one.",
            discussion: """
                The new key takes the old one's file, which is overwritten first. It may be cut \
                short at any time: the next command completes it.
                """)

        @OptionGroup var options: StoreOptions

        func run() throws {
            try tellingKeyErrors {
                try options.open().rewrap()
                print("the wrapping key is replaced; the old one opens nothing any more")
            }
        }
    }
}
