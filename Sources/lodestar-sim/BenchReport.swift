import Foundation
import Procedures

/// What `lodestar-sim bench` hides and what it did: the answer to `truth`, and the last word.
struct BenchReport: Codable {
    /// One detector; times in ps, rates in counts per second.
    struct Detector: Codable {
        var name: String
        var channel: UInt8
        var efficiency, darkRate, deadTimePs, afterpulseProbability: Double
        var jitterPs, skewPs, visibility, gateDelayPs, gateExcessPs, recoveryPs: Double
    }

    /// Everything here is simulated.
    var simulated = true
    var board: String
    var seed: UInt64
    var detectors: [Detector]
    var beaconDelayPs: Double
    var exposures: [ServedBench.Exposure] = []
    var shutterOpen = true
    /// Detectors whose gate is closed.
    var blanked: [String] = []
    var streamS = 0.0
    var tagsMade: Int64 = 0
    var tagsSent: Int64 = 0
    var tagsDropped: Int64 = 0
    var isPlugged = true
    var connections: Int64 = 0
    /// Why the last connection was closed, if a host broke the protocol.
    var lastFault: String?

    init(board: String, seed: UInt64, _ truth: BenchTruth) {
        (self.board, self.seed) = (board, seed)
        beaconDelayPs = truth.beaconDelay
        detectors = zip(["H", "V", "D", "A"], truth.detectors).map { name, detector in
            Detector(
                name: name, channel: detector.channel, efficiency: detector.efficiency,
                darkRate: detector.darkRate, deadTimePs: detector.deadTime,
                afterpulseProbability: detector.afterpulseProbability, jitterPs: detector.jitter,
                skewPs: detector.skew, visibility: detector.visibility,
                gateDelayPs: detector.gateDelay, gateExcessPs: detector.gateExcess,
                recoveryPs: detector.recoveryTime)
        }
    }

    /// One line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Some lines for a person.
    var text: String {
        var lines = [
            "\(board), seed \(seed): simulated",
            String(format: "stream          %.3f s", streamS),
            "tags            \(tagsMade) made, \(tagsSent) sent, \(tagsDropped) dropped",
            "over-exposures  \(exposures.count)",
        ]
        if let lastFault { lines.append("last fault      \(lastFault)") }
        for detector in detectors {
            lines.append(
                "\(detector.name) on input \(detector.channel)    "
                    + String(
                        format: "dead time %.0f ps, dark %.1f cps, efficiency %.4f",
                        detector.deadTimePs, detector.darkRate, detector.efficiency))
        }
        return lines.joined(separator: "\n")
    }
}
