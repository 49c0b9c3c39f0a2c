import ClockSync
public import Foundation
import Gating

/// What an analysis came to: `summary.json`, and what `lodestar analyse --json` prints.
public struct AnalysisSummary: Codable, Equatable, Sendable {
    /// Layout of this record.
    public var layout = "lodestar-analysis-summary-1"
    /// The recording.
    public var source: String
    /// Its format.
    public var format: String
    /// Start of the pass, UTC seconds since 1970.
    public var startUtcS: Int64
    /// Records read, places where tags were lost, and tags known to be lost.
    public var records: Int64
    /// Places where tags are missing.
    public var losses: Int64
    /// Tags known to be missing.
    public var tagsLost: Int64
    /// First damage found in the file, in words.
    public var damage: String?
    /// Tags by role.
    public var tags: [String: Int64]
    /// Length of the recording, s.
    public var durationS: Double
    /// How UTC was found.
    public var pulsePerSecond = ""
    /// Tag time at the start of the pass, ps.
    public var tagZeroPs: Int64 = 0
    /// How well the clock held.
    public var sync = PassSummary.Sync()
    /// Allan deviation of each clock at 1 s that made the innovations most likely.
    public var stability = 0.0
    /// Detector tags.
    public var detections: Int64 = 0
    /// Detector tags inside the gate of a slot, after the dead time.
    public var accepted: Int64 = 0
    /// Detector tags that were not accepted, by reason.
    public var dropped: [String: Int64] = [:]
    /// Contrast of the click phases: (highest - lowest) / (highest + lowest) bin of 64.
    public var phaseContrast: Double?
    /// Host time, s.
    public var elapsedS = 0.0

    init(survey: Recording.Survey, request: Analysis.Request, plan: GatePlan) {
        source = request.file
        format = survey.format.rawValue
        startUtcS = request.startUTC
        records = survey.records
        losses = survey.losses
        tagsLost = survey.tagsLost
        damage = survey.damage
        tags = [:]
        for (role, input) in request.board.channels.all {
            tags[role] = survey.perChannel[Int(input.channel)]
        }
        durationS = Double(survey.last - (survey.first ?? survey.last)) * 1e-12
    }

    mutating func fill(
        _ statistics: BeaconClockStatistics, configuration: BeaconClockConfiguration,
        segments: [ClockSegment], sigmas: [Int32]
    ) {
        let valid = segments.lazy.filter(\.isValid).count
        sync.validFraction = segments.isEmpty ? 0 : Double(valid) / Double(segments.count)
        let sorted = sigmas.sorted()
        if !sorted.isEmpty { sync.sigmaMedianPs = Double(sorted[sorted.count / 2]) }
        sync.beaconAccepted = Int64(statistics.accepted)
        sync.beaconRejected = Int64(statistics.rejected)
        sync.acquisitions = Int64(statistics.acquisitions)
        if statistics.innovations > 0 {
            sync.innovationRatio = statistics.squaredInnovations / Double(statistics.innovations)
        }
        stability = (configuration.noise.phase / 2).squareRoot() * 1e-12
    }

    mutating func fill(_ tally: GateTally, rows: Int64) {
        accepted = Int64(tally.count(.accepted))
        func sum(_ counts: InlineArray<4, UInt64>) -> Int64 {
            (0..<4).reduce(Int64(0)) { $0 + Int64(counts[$1]) }
        }
        dropped = [
            "outside_gate": Int64(tally.count(.outsideGate)),
            "dead_time": Int64(tally.count(.deadTime)),
            "clock_not_valid": Int64(tally.count(.invalidClock)),
            "clock_stepped": Int64(tally.count(.clockStepped)),
            "out_of_order": sum(tally.outOfOrder),
        ]
        detections = accepted + dropped.values.reduce(0, +)
        let phases = (0..<SlotGeometry.binCount).map { bin in
            [GateOutcome.outsideGate, .deadTime, .accepted].reduce(0.0) { sum, outcome in
                (0..<4).reduce(sum) { $0 + Double(tally.phase(outcome, detector: $1, bin: bin)) }
            }
        }
        if let high = phases.max(), let low = phases.min(), high > 0 {
            phaseContrast = (high - low) / (high + low)
        }
    }

    /// The summary as JSON, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    func write(to directory: String) throws {
        let path = directory + "/" + PassSummary.fileName
        do {
            try json().write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw PassError.file(
                path: path, problem: "cannot be written: \(error.localizedDescription)")
        }
    }
}
