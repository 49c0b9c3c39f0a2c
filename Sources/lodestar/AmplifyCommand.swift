import Amplification
import ArgumentParser
import Foundation
import Secrets
import TagFiles

/// `lodestar amplify`: the privacy amplification of the station, on files.
struct AmplifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amplify",
        abstract: "Hash a partly known bit string to a shorter secret one.",
        discussion: """
            Bits are numbered from 0; bit i of a file is bit i mod 8 (least significant first) of \
            byte i / 8. With input x of n bits and seed s of n + l - 1 bits, bit i of the output \
            is the XOR over j of s[i - j + n - 1] x[j], a binary Toeplitz matrix. Unused high bits \
            of a last byte count for nothing, and are zero in the output.

            The output replaces an older file only when it is complete; only its owner may read \
            it.
            """)

    @Option(name: .customLong("in"), help: "The file to hash.") var input: String
    @Option(help: "Its bits, n; the file has exactly as many bytes as they need.") var inBits: Int
    @Option(help: "The file with the seed: n + l - 1 random bits, drawn after the input is fixed.")
    var seed: String
    @Option(help: "Bits of the output, l: 1 to n.") var bits: Int
    @Option(help: "The file to write.") var out: String
    @Flag(help: "Do without special instructions of the processor; the bits are the same.")
    var portable = false
    @Flag(help: "Print JSON.") var json = false

    struct Report: Encodable {
        var input: String
        var inBits: Int
        var seed: String
        var seedBits: Int
        var out: String
        var bits: Int
        var seconds: Double
        var method: String
    }

    func run() throws {
        let hash: ToeplitzHash
        do throws(AmplificationError) {
            hash = try ToeplitzHash(inputBits: inBits, outputBits: bits)
        } catch {
            throw ValidationError(Self.explanation(error))
        }
        try tellingTagErrors {
            let report = try amplify(hash)
            if json {
                print(try jsonText(report))
            } else {
                let seconds = String(format: "%.3f", report.seconds)
                print("\(out): \(bits) bits of \(inBits), \(report.method), \(seconds) s")
            }
        }
    }

    private func amplify(_ hash: ToeplitzHash) throws -> Report {
        let x = try secret(
            input, count: hash.inputByteCount, why: "--in-bits \(inBits) needs")
        let s = try secret(
            seed, count: hash.seedByteCount,
            why: "\(inBits) + \(bits) - 1 = \(hash.seedBits) bits need")
        let start = DispatchTime.now().uptimeNanoseconds
        let y = try hash.apply(to: x, seed: s, portably: portable)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        var file = try OutputFile(path: out, permissions: 0o600)
        try y.withUnsafeBytes { bytes in try file.write(bytes) }
        try file.commit()
        return Report(
            input: input, inBits: inBits, seed: seed, seedBits: hash.seedBits, out: out,
            bits: bits, seconds: seconds,
            method: hasCarrylessInstruction() && !portable
                ? "carry-less multiplication" : "portable")
    }

    /// The bytes of file `path`, which must be exactly `count`.
    private func secret(_ path: String, count: Int, why: String) throws -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TagFileError.system(operation: "open", path: path, code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size != count
        {
            try refuse("\(path) has \(status.st_size) bytes; \(why) exactly \(count)")
        }
        var bytes = SecretBytes(count: count)
        let read = try bytes.withUnsafeMutableBytes { room in
            try Self.fill(room, from: descriptor, path: path)
        }
        var beyond: UInt8 = 0
        let isLonger = Foundation.read(descriptor, &beyond, 1) > 0
        if read < count || isLonger {
            let found = isLonger ? "more than \(count)" : "\(read)"
            try refuse("\(path) has \(found) bytes; \(why) exactly \(count)")
        }
        return bytes
    }

    /// Reads until `room` is full or the file ends; returns the bytes read.
    private static func fill(
        _ room: UnsafeMutableRawBufferPointer, from descriptor: Int32, path: String
    ) throws -> Int {
        var used = 0
        while used < room.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: room[used...])
            let count = Foundation.read(descriptor, part.baseAddress, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw TagFileError.system(operation: "read", path: path, code: errno)
            }
            if count == 0 { break }
            used += count
        }
        return used
    }

    private func refuse(_ text: String) throws {
        writeToStandardError("error: \(text)\n")
        throw ExitCode.failure
    }

    /// An error of the lengths in words of the options.
    private static func explanation(_ error: AmplificationError) -> String {
        switch error {
        case .inputBits(let given):
            "--in-bits is \(given); allowed are 1 to \(ToeplitzHash.largestInputBits)"
        case .outputBits(let given, let inputBits):
            "--bits is \(given); allowed are 1 to \(inputBits), the bits of the input, because a "
                + "hash makes no key longer"
        default: error.description
        }
    }
}
