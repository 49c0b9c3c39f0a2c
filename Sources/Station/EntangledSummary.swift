import Coincidence
public import Foundation
import Simulator

/// What a pass of a simulated source of entangled pairs came to.
public struct EntangledSummary: Codable, Equatable, Sendable {
    /// Always: no photon is behind it, and its keys are marked so for ever.
    public var simulated = true
    /// Seed of the world.
    public var seed: Int64
    /// Pairs that the source emits a second.
    public var pairRateHz: Double
    /// Loss to the first station and to the second, dB, without the detectors' efficiency.
    public var lossDb: [Double]
    /// Contrast of the correlation in H and V, and in D and A.
    public var visibility: [Double]
    /// Chance that a photon is measured in the key basis.
    public var bias: Double
    /// Time of light, s.
    public var lightS = 0.0
    /// Stream time until both stations were done, s.
    public var durationS = 0.0
    /// Epochs of 200 ms that were to be sifted.
    public var epochs: Int64 = 0
    /// Of these, those that were dropped, and why the last was.
    public var epochsDropped: Int64 = 0
    /// Why the last one was.
    public var epochDropReason: String?
    /// Clicks that the first station announced, and the second.
    public var clicks: [Int64]
    /// Detections that the software dead time left out, at each.
    public var deadTimeDrops: [Int64] = []
    /// Pairs that were found.
    public var pairs: Int64
    /// Pairs of which both photons set off a detector; known to a simulation only.
    public var pairsDetected: Int64 = 0
    /// Pairs that chance alone would make of the clicks.
    public var accidentals: Double
    /// Clicks of either station that had more than one possible partner.
    public var contested: Int64
    /// Pairs measured in unlike bases.
    public var unlikeBases: Int64
    /// n: pairs measured in the key basis by both.
    public var keyBasisBits: Int64
    /// k: pairs measured in the test basis by both, compared in clear.
    public var testBasisBits: Int64
    /// m: of these, those that differ.
    public var testErrors: Int64
    /// m over k; `nil` without test bits.
    public var qber: Double?
    /// Messages that the first station sent, repeats included.
    public var messagesSent: Int64 = 0
    /// Messages that the second sent.
    public var messagesAnswered: Int64 = 0
    /// Messages that the first sent again.
    public var messagesRepeated: Int64 = 0
    /// Keys, and what was subtracted.
    public var distillation: DistillationSummary?
    /// Host time, s.
    public var elapsedS = 0.0

    init(source: EntangledParameters, counts: CoincidenceCounts) {
        seed = Int64(bitPattern: source.seed)
        pairRateHz = source.pairRateHertz
        lossDb = [source.first.lossDecibels, source.second.lossDecibels]
        visibility = [source.rectilinearVisibility, source.diagonalVisibility]
        bias = source.first.rectilinearProbability
        clicks = [counts.firstClicks, counts.secondClicks]
        pairs = counts.pairs
        accidentals = counts.accidentals
        contested = counts.contested
        unlikeBases = counts.unlikeBases
        keyBasisBits = counts.keyBits
        testBasisBits = counts.testBits
        testErrors = counts.testErrors
        qber = counts.testBits > 0 ? counts.errorRate : nil
    }

    /// The summary as JSON, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Makes `directory`, if one is given; refuses one that holds a summary.
    static func claim(_ directory: String?) throws {
        guard let directory else { return }
        let path = directory + "/" + PassSummary.fileName
        guard !FileManager.default.fileExists(atPath: path) else {
            throw PassError.file(
                path: path, problem: "is there already; give another directory")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw PassError.file(
                path: directory, problem: "cannot be made: \(error.localizedDescription)")
        }
    }

    /// Writes the summary into `directory`, if one is given.
    func write(to directory: String?) throws {
        guard let directory else { return }
        let path = directory + "/" + PassSummary.fileName
        do { try json().write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw PassError.file(
                path: path, problem: "cannot be written: \(error.localizedDescription)")
        }
    }
}
