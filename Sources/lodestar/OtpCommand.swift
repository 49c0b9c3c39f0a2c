import ArgumentParser
import KeyStore
import Secrets

/// `lodestar otp`: files under a one-time pad.
struct OtpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otp",
        abstract: "Encrypt and decrypt files with a one-time pad from the key store.",
        discussion: """
            A message burns as many bytes of key as the file has, and 32 for the tag that shows \
            any change. The message names the bytes it took; the other end burns the same ones. \
            How long the file is can be seen; compress it first, that saves key too.
            """,
        subcommands: [Encrypt.self, Decrypt.self])

    /// What is told of a message, beside the message itself.
    struct Answer: Encodable {
        var keyId, out: String
        var textBytes, keyBytes: Int
        var simulated: Bool
    }

    static func requireOut(_ out: String?, json: Bool) throws {
        guard !json || out != nil else {
            throw ValidationError("--json needs --out: standard output has the message otherwise")
        }
    }

    static func report(
        _ id: KeyID, textBytes: Int, _ store: KeyStore, out: String?, json: Bool
    ) throws {
        let isSimulated = store.identity.isSimulated
        if json {
            let answer = Answer(
                keyId: "\(id)", out: out ?? "", textBytes: textBytes,
                keyBytes: textBytes + OneTimePad.overhead, simulated: isSimulated)
            return print(try jsonText(answer))
        }
        let mark = isSimulated ? " SIMULATED" : ""
        writeToStandardError("text of \(textBytes) bytes under\(mark) key \(id)\n")
    }

    struct Encrypt: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt a file; the key is burnt first.",
            discussion: """
                If it cannot be written to the end, the key is burnt all the same: try again with \
                other bytes of it.
                """)

        @OptionGroup var options: StoreOptions
        @Option(help: "The key's ID; the newest that has enough left if not given.")
        var key: String?
        @Option(help: "The other end, where no key is given; the store's own if not given.")
        var peer: String?
        @Option(name: .customLong("in"), help: "The file; standard input if not given.")
        var input: String?
        @Option(help: "The file to write, which may not exist; standard output if not given.")
        var out: String?
        @Flag(help: "Print JSON; with --out only.") var json = false

        func validate() throws { try OtpCommand.requireOut(out, json: json) }

        func run() throws {
            let given = try key.map(keyID)
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                let text = try wholeInput(input)
                // A name that is taken has to show before key is burnt.
                if let out { _ = try HeldFile(path: out) }
                let id = try given ?? newest(store, textBytes: text.count)
                let message = try text.withUnsafeBytes {
                    try OneTimePad.encrypt($0, key: id, store: store)
                }
                try message.withUnsafeBytes { bytes in
                    guard let out else { return try writeToStandardOutput(bytes) }
                    var file = try HeldFile(path: out)
                    try file.hold(bytes)
                    try file.release()
                }
                try OtpCommand.report(id, textBytes: text.count, store, out: out, json: json)
            }
        }

        private func newest(_ store: KeyStore, textBytes: Int) throws -> KeyID {
            let count = textBytes + OneTimePad.overhead
            let peer = peer ?? store.identity.defaultPeer
            let records = try store.keys(peer: peer).filter { $0.state == .available }
            let left = try records.map { try store.keyBytesLeft($0.id, lane: $0.sendLane) }
            if let fit = left.lastIndex(where: { $0 >= count }) { return records[fit].id }
            throw KeyStoreError.parameter(
                name: "length of the file with its tag", value: "\(count) bytes",
                allowed: "up to \(left.max() ?? 0), the most that a key with \(peer) has left")
        }
    }

    struct Decrypt: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check and decrypt a message; the key is burnt before the text is shown.",
            discussion: """
                A message that was changed on the way is refused, nothing is written and no key is \
                burnt. Messages may be decrypted in any order, each once.
                """)

        @OptionGroup var options: StoreOptions
        @Option(help: "The key's ID, if no other than this one may be used.") var key: String?
        @Option(name: .customLong("in"), help: "The message; standard input if not given.")
        var input: String?
        @Option(help: "The file to write, which may not exist; standard output if not given.")
        var out: String?
        @Flag(help: "Print JSON; with --out only.") var json = false

        func validate() throws { try OtpCommand.requireOut(out, json: json) }

        func run() throws {
            let given = try key.map(keyID)
            try tellingKeyErrors(json: json) {
                let store = try options.open()
                let message = try wholeInput(input)
                let id = try message.withUnsafeBytes { message in
                    if let given { try requireKey(message, given) }
                    try decrypt(message, store)
                    return try OneTimePad.key(of: message)
                }
                let count = message.count - OneTimePad.messageOverhead
                try OtpCommand.report(id, textBytes: count, store, out: out, json: json)
            }
        }

        private func requireKey(_ message: UnsafeRawBufferPointer, _ id: KeyID) throws {
            let named = try OneTimePad.key(of: message)
            guard named == id else {
                throw KeyStoreError.parameter(
                    name: "key of the message", value: "\(named)", allowed: "\(id) (--key)")
            }
        }

        private func decrypt(_ message: UnsafeRawBufferPointer, _ store: KeyStore) throws {
            guard let out else {
                let text = try OneTimePad.decrypt(message, store: store)
                return try text.withUnsafeBytes(writeToStandardOutput)
            }
            var file = try OneTimePad.decrypt(message, store: store) { text in
                var file = try HeldFile(path: out)
                try text.withUnsafeBytes { bytes throws(KeyStoreError) in try file.hold(bytes) }
                return file
            }
            try file.release()
        }
    }
}
