import ArgumentParser
import Foundation
import KeyLengthFile

/// `lodestar keylength`: how much secret key a table of counts gives.
struct KeyLengthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keylength",
        abstract: "Work out how much secret key a block of counts gives.",
        discussion: """
            The input is JSON: method (lim2014, rusca2018, wiesemann2024 or bbm92), tail \
            (hoeffding, chernoff), clamp (literal, vclamp), intensities and probabilities, n and m \
            of the key and the test basis by intensity, f_ec or leak_bits, eps_sec, eps_cor. \
            For example:

            {"method": "lim2014", "tail": "chernoff", "clamp": "vclamp", \
            "intensities": [0.8, 0.1, 0], "probabilities": [0.5, 0.25, 0.25], \
            "key": {"n": [1870000, 118000, 2200], "m": [19000, 2100, 1100]}, \
            "test": {"n": [1860000, 117000, 2150], "m": [19500, 2050, 1080]}, \
            "f_ec": 1.16, "eps_sec": 1e-9, "eps_cor": 1e-15}

            Without method, tail and clamp the conservative ones are taken: lim2014 for three \
            intensities, wiesemann2024 for two, bbm92 for none; hoeffding; literal. Optional are \
            efficiency_ratio, intensity_errors and q_tol: docs/key-length.md. A block that \
            reaches no key gives 0 and exit code 0; counts that contradict themselves are an error.
            """)

    @Option(name: .shortAndLong, help: "The file of counts, or - for standard input.")
    var input: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        do {
            let request = try KeyLengthRequest(json: try bytes())
            for field in request.unknownFields {
                FileHandle.standardError.write(
                    Data("Warning: \(input): \(field) is no field of counts; passed over\n".utf8))
            }
            let answer = try KeyLengthAnswer(request.input)
            if json {
                print(String(decoding: try answer.json(), as: UTF8.self))
            } else {
                show(answer)
            }
        } catch let error as KeyLengthFileError {
            if json { try showFault(error) }
            throw Failure(description: "\(input): \(error.description)")
        }
    }

    private func bytes() throws -> Data {
        do {
            return input == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try Data(contentsOf: URL(fileURLWithPath: input))
        } catch {
            throw KeyLengthFileError(
                "the counts cannot be read: \((error as NSError).localizedDescription)")
        }
    }

    /// What a program reads on standard output when there is no answer.
    private func showFault(_ error: KeyLengthFileError) throws {
        let fault = try JSONSerialization.data(
            withJSONObject: ["error": error.description, "key_bits": 0],
            options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        print(String(decoding: fault, as: UTF8.self))
    }

    private func show(_ answer: KeyLengthAnswer) {
        func bits(_ value: Double) -> String { String(format: "%.1f", value) }
        func percent(_ value: Double) -> String { String(format: "%.3f %%", value * 100) }
        let method = [answer.method, answer.tail, answer.clamp].joined(separator: ", ")
        print("key             \(SummaryPrinter.grouped(answer.keyBits)) bits")
        if let reason = answer.noKey { print("no key          \(reason)") }
        print("method          \(method)")
        print("s0, s1          \(bits(answer.s0)), \(bits(answer.s1)) of the key basis, at least")
        print("s1, v           \(bits(answer.s1Test)) at least, \(bits(answer.v)) errors at most")
        print(
            "phase errors    \(percent(answer.phi)) at most, \(percent(answer.gamma)) of it gamma")
        let key = answer.qberKey.map { percent($0) + " key, " } ?? ""
        print("QBER            \(key)\(percent(answer.qberTest)) test")
        print("- phase errors  \(bits(answer.phaseErrorBits))")
        print("- leak          \(bits(answer.leakBits)) (\(answer.leak))")
        print("- secrecy       \(bits(answer.secrecyBits)) for eps_sec \(answer.epsilons.epsSec)")
        print(
            "- correctness   \(bits(answer.correctnessBits)) for eps_cor \(answer.epsilons.epsCor)")
        print("= balance       \(bits(answer.balanceBits))")
    }

    /// A failure with one clear line.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
