import ArgumentParser
import Foundation
import Simulator
import Station

/// `lodestar entangled`: a simulated source of entangled pairs over two stations, to the same key
/// in two stores.
struct EntangledCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entangled",
        abstract: "Run a simulated source of entangled pairs over two stations (BBM92), to a key.",
        discussion: """
            Everything is simulated, and the keys are marked so for ever. A source sends one \
            photon of each pair to either station. The stations announce slot and basis of each \
            click, match the clicks of like slots, compare the bits of the diagonal basis, and \
            make a key of the rectilinear one by the same steps as in a pass: error correction, \
            verification, privacy amplification, authentication, over a link that loses messages. \
            The proof is that of Tomamichel et al., Nat. Commun. 3, 634 (2012).

            Slots are 1 ns wide; clicks one slot apart still count as a pair. Detectors have 55 % \
            efficiency, 450 counts a second of sky light and darkness each, and 200 ps of jitter.
            """)

    @Option(help: ArgumentHelp("Pairs that the source emits a second.", valueName: "rate"))
    var pairsPerSecond = 6e6
    @Option(help: ArgumentHelp("Seconds of light, 1 to 13,000.", valueName: "s"))
    var duration = 300.0
    @Option(help: ArgumentHelp("Loss on the way to each station, 0 to 200 dB.", valueName: "dB"))
    var loss = 18.0
    @Option(
        help: ArgumentHelp(
            "Loss on the way to the second station, if it is another.", valueName: "dB"))
    var secondLoss: Double?
    @Option(
        help: ArgumentHelp(
            "Contrast of the correlations in both bases, 0 to 1: an error rate of (1 - V) / 2.",
            valueName: "V"))
    var visibility = 0.97
    @Option(
        help: ArgumentHelp(
            "Chance that a photon is measured in the basis that becomes key, 0 to 1.",
            valueName: "P"))
    var bias = 0.7
    @Option(help: "Seed of the simulated world.") var seed: UInt64 = 1
    @Option(help: "Directory for summary.json; made if missing, refused if it holds one.")
    var out: String?
    @Option(
        help: ArgumentHelp(
            "Key stores of both stations, made if missing.",
            discussion: "Without it: keys in the --out directory; without that, gone at the end.",
            valueName: "directory"))
    var keys: String?
    @Flag(help: "Print the summary as JSON.") var json = false
    @Flag(help: "No progress line.") var quiet = false

    func validate() throws {
        try check("--pairs-per-second", pairsPerSecond, 0...1e9)
        try check("--duration", duration, EntangledPass.durationRange)
        try check("--loss", loss, 0...200)
        if let secondLoss { try check("--second-loss", secondLoss, 0...200) }
        try check("--visibility", visibility, 0...1)
        try check("--bias", bias, 0...1)
    }

    private func check(_ option: String, _ value: Double, _ range: ClosedRange<Double>) throws {
        guard range.contains(value) else {
            throw ValidationError(
                String(
                    format: "%@ %g is not allowed; give %g to %g", option, value,
                    range.lowerBound, range.upperBound))
        }
    }

    func run() throws {
        var source = EntangledParameters()
        source.seed = seed
        source.pairRateHertz = pairsPerSecond
        (source.rectilinearVisibility, source.diagonalVisibility) = (visibility, visibility)
        source.first.lossDecibels = loss
        source.second.lossDecibels = secondLoss ?? loss
        source.first.rectilinearProbability = bias
        source.second.rectilinearProbability = bias
        let pass = try EntangledPass(
            source: source, duration: duration, directory: out, storeDirectory: keys)
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1)
        let (summary, signal): (EntangledSummary, Int32?)
        do {
            (summary, signal) = try Interruption.guarding(pass.cancel) {
                try pass.run { if $0.elapsed > 2 { line.show($0.text) } }
            }
        } catch {
            line.end()
            throw error
        }
        line.end()
        try SummaryPrinter.show(summary, json: json)
        if !json, let out { print("written to      \(out)") }
        if let signal { throw ExitCode(128 + signal) }
    }
}

extension EntangledPass.Progress {
    /// One line for a person.
    fileprivate var text: String {
        String(
            format: "%5.0f of %.0f s  simulated  pairs %@  %@  %.0fx life", time, duration,
            SummaryPrinter.grouped(pairs),
            qber.map { String(format: "QBER %.2f %%", $0 * 100) } ?? "QBER -",
            elapsed > 0 ? time / elapsed : 0)
    }
}

extension SummaryPrinter {
    /// Prints `summary` to standard output.
    static func show(_ summary: EntangledSummary, json: Bool) throws {
        guard !json else {
            print(String(decoding: try summary.json(), as: UTF8.self))
            return
        }
        show(lines(summary))
    }

    private static func lines(_ summary: EntangledSummary) -> [(String, String)] {
        let clicks = summary.clicks.map(grouped).joined(separator: " and ")
        let loss = summary.lossDb.map { String(format: "%g", $0) }.joined(separator: " and ")
        var lines = [
            (
                "source",
                String(format: "entangled pairs (simulated), %g a second, ", summary.pairRateHz)
                    + loss + " dB, seed \(UInt64(bitPattern: summary.seed))"
            ),
            (
                "pass",
                String(
                    format: "%.0f s of light in %.1f s; both stations done at %.1f s",
                    summary.lightS, summary.elapsedS, summary.durationS)
            ),
            ("clicks", clicks + " announced"),
            (
                "pairs",
                grouped(summary.pairs) + " found of \(grouped(summary.pairsDetected)) detected, "
                    + "\(grouped(Int64(summary.accidentals.rounded()))) by chance; "
                    + "\(grouped(summary.unlikeBases)) in unlike bases"
            ),
            (
                "sifted bits",
                grouped(summary.keyBasisBits) + " in the key basis, "
                    + grouped(summary.testBasisBits) + " in the test basis with "
                    + grouped(summary.testErrors) + " errors"
            ),
        ]
        if let qber = summary.qber {
            lines.append(("QBER", String(format: "%.3f %% (test basis)", qber * 100)))
        }
        if let distillation = summary.distillation {
            lines += keys(distillation, otherEnd: "the second station")
            lines.append(
                ("authentication", "\(grouped(distillation.authenticationBits)) bits of pad burnt"))
        }
        var link =
            "\(grouped(summary.messagesSent)) messages sent, "
            + "\(grouped(summary.messagesRepeated)) of them again; epochs dropped: "
            + "\(summary.epochsDropped) of \(summary.epochs)"
        if let reason = summary.epochDropReason { link += " (\(reason))" }
        lines.append(("link", link))
        return lines
    }
}
