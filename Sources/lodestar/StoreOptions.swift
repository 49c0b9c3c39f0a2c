import ArgumentParser
import Foundation
import KeyStore

/// Where the key store is, for all commands that need one.
struct StoreOptions: ParsableArguments {
    @Option(help: "The directory of the key store.") var store: String
    @Option(
        help: ArgumentHelp(
            "The file of the wrapping key; wrapping.key in the store's directory if not given.",
            valueName: "file"))
    var wrappingKey: String?

    /// Opens the store.
    func open() throws -> KeyStore {
        try KeyStore(opening: store, wrappingKey: wrappingKey)
    }
}

/// Reads the UUID of a key.
func keyID(_ text: String) throws -> KeyID {
    guard let id = KeyID(text: text) else {
        throw ValidationError(
            "'\(text)' is no key ID; it looks like 0f3a5c2e-1111-4222-8333-123456789abc, "
                + "lodestar keys list shows them")
    }
    return id
}

/// Runs `body`; an error becomes one line, also for a program that asked for JSON, and exit code 1.
func tellingKeyErrors(json: Bool = false, _ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as any CustomStringConvertible & Error
        where error is KeyStoreError || error is OneTimePad.Failure
        || error is RelayAnnouncement.Failure
    {
        struct Fault: Encodable { var error: String }
        if json { print(try jsonText(Fault(error: error.description))) }
        writeToStandardError("error: \(error.description)\n")
        throw ExitCode.failure
    }
}

/// All bytes of a file, or of standard input where `path` is `nil` or `-`.
func wholeInput(_ path: String?) throws -> [UInt8] {
    if let path, path != "-" {
        do { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw KeyStoreError.system(
                operation: "read", path: path,
                message: (error as NSError).localizedDescription)
        }
    }
    do { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) } catch {
        throw KeyStoreError.system(
            operation: "read", path: "standard input",
            message: (error as NSError).localizedDescription)
    }
}

/// Writes all of `bytes` to standard output.
func writeToStandardOutput(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw KeyStoreError.system(
                operation: "write", path: "standard output",
                message: String(cString: strerror(errno)))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
}

/// Unix time in ms as ISO 8601, UTC; as a bare number outside years 1 to 9999, where a clock that
/// jumped may have been.
func isoTime(_ milliseconds: Int64) -> String {
    guard (-62_135_596_800_000...253_402_300_799_999).contains(milliseconds) else {
        return "\(milliseconds) ms"
    }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false)) + "Z"
}
