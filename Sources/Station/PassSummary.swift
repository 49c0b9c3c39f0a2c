public import Foundation

/// What a pass came to: `summary.json`, and what `lodestar run --json` and `replay --json` print.
public struct PassSummary: Codable, Equatable, Sendable {
    /// Layout of this record.
    public var format = "lodestar-pass-summary-1"
    /// Name of the board.
    public var board = ""
    /// Whether the pass was simulated; what came of it is never a key for real use.
    public var simulated = false
    /// Seed of a simulated pass.
    public var seed: Int64?
    /// Length of the pass on the tagger's clock, s.
    public var durationS = 0.0
    /// Clicks that both ends keep: same basis, both bases, all intensities.
    public var siftedBits: Int64 = 0
    /// Those sent as signal.
    public var siftedSignalBits: Int64 = 0
    /// Those of the key basis, whose bits were never told.
    public var keyBasisBits: Int64 = 0
    /// Those of the test basis, whose bits were told.
    public var testBasisBits: Int64 = 0
    /// SHA-256 over slot, basis, bit and intensity of every sifted click in order.
    public var siftedSha256 = ""
    /// SHA-256 of the sifted bits of the key basis as they were sent, in order, a byte of 0 or 1
    /// each: what the satellite holds. Only a simulation knows it.
    public var keyBasisSha256: String?
    /// Errors over clicks of the test basis's signal states; `nil` without clicks.
    public var qber: Double?
    /// The same over both bases, which only a simulation knows.
    public var qberTrue: Double?
    /// Tags of the four detectors.
    public var detections: Int64 = 0
    /// Tags of the four detectors by role.
    public var detectionsByDetector: [String: Int64] = [:]
    /// Detector tags that did not become sifted bits, by reason. With `siftedBits` they add up to
    /// `detections`.
    public var dropped: [String: Int64] = [:]
    /// n and m by basis and intensity.
    public var counts = Counts()
    /// How well the clock held.
    public var sync = Sync()
    /// What the classical link carried.
    public var link = Link()
    /// What the tagger lost.
    public var losses = Losses()
    /// Epochs announced.
    public var epochs: Int64 = 0
    /// Epochs that ended without an answer.
    public var epochsLost: Int64 = 0
    /// Epochs that the security monitors excluded.
    public var epochsExcluded: Int64?
    /// What the security monitors saw; `nil` where none watched.
    public var monitors: MonitorSummary?
    /// Why the pass ended early, if something failed.
    public var problem: String?
    /// How the closing of the pass ended: `agreed` when both ends hold the same record.
    public var closing = ""
    /// How the telescope was aimed; `nil` where nobody had to, and in a replay.
    public var pointing: PointingSummary?
    /// The keys; `nil` in a replay, which makes none.
    public var distillation: DistillationSummary?
    /// What the calibration records had to do with it; `nil` where the board asks for none.
    public var calibration: Calibration?
    /// Key-basis bits compared between the ends; known to a simulation only.
    public var keyBitsCompared: Int64?
    /// Key-basis bits that differ between the ends; known to a simulation only.
    public var keyBitsDiffering: Int64?
    /// Host time that the pass took, s.
    public var elapsedS = 0.0
    /// Pass time over host time.
    public var speed = 0.0
    /// Largest resident memory of the process, bytes.
    public var memoryBytesMax: Int64 = 0

    /// n and m of both bases, each by signal, decoy, vacuum. m of the key basis is known to a
    /// simulation only.
    public struct Counts: Codable, Equatable, Sendable {
        /// Clicks in which both ends chose the rectilinear basis.
        public var rectilinear = Basis()
        /// Clicks in which both ends chose the diagonal basis.
        public var diagonal = Basis()
        /// n and m of one basis by signal, decoy, vacuum.
        public struct Basis: Codable, Equatable, Sendable {
            /// Sifted detections, three numbers.
            public var n: [Int64] = [0, 0, 0]
            /// Errors among them, three numbers; `nil` where they are not known.
            public var m: [Int64]?
            /// Counts of nothing.
            public init() {}
        }
        /// Counts of nothing.
        public init() {}
    }

    /// The clock over the pass.
    public struct Sync: Codable, Equatable, Sendable {
        /// True error over valid time, ps rms; known to a simulation only.
        public var rmsPs: Double?
        /// 99.9th percentile of the true error over valid time, ps.
        public var p999Ps: Double?
        /// Largest true error over valid time, ps.
        public var maxPs: Double?
        /// Median of the sigma that the clock published over valid time, ps.
        public var sigmaMedianPs: Double?
        /// True error over published sigma, rms: 1 or less when sigma is honest.
        public var normalisedError: Double?
        /// Share of the pass in which the clock was sure enough.
        public var validFraction = 0.0
        /// Milliseconds of valid time in which the clock was off by more than half a slot.
        public var slotSlips: Int64?
        /// Beacon tags that were taken for pulses of the train.
        public var beaconAccepted: Int64 = 0
        /// Beacon tags that were not taken for pulses of the train.
        public var beaconRejected: Int64 = 0
        /// Times that the train was found.
        public var acquisitions: Int64 = 0
        /// Mean squared innovation over its predicted variance; 1 when the filter is honest.
        public var innovationRatio: Double?
        /// A clock that has not run.
        public init() {}
    }

    /// The classical link.
    public struct Link: Codable, Equatable, Sendable {
        /// Messages sent, repeats included.
        public var sentMessages: Int64 = 0
        /// Bytes sent.
        public var sentBytes: Int64 = 0
        /// Messages sent again.
        public var repeatedMessages: Int64 = 0
        /// Messages received.
        public var receivedMessages: Int64 = 0
        /// Bytes received.
        public var receivedBytes: Int64 = 0
        /// Messages received that failed their checksum.
        public var damagedMessages: Int64 = 0
        /// Answers that came again.
        public var duplicateMessages: Int64 = 0
        /// Bits announced per click, all headers and repeats included.
        public var bitsPerClick: Double?
        /// A link that carried nothing.
        public init() {}
    }

    /// What was lost before the gate.
    public struct Losses: Codable, Equatable, Sendable {
        /// Places where tags are missing.
        public var records: Int64 = 0
        /// Tags known to be missing.
        public var tags: Int64 = 0
        /// No losses.
        public init() {}
    }

    /// Reads a summary back.
    public init(json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(PassSummary.self, from: json)
    }

    /// A summary of nothing.
    public init() {}

    /// The summary as JSON, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
