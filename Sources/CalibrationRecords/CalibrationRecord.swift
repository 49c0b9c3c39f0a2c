/// What one calibration found, when, by whom and on what: the first line of a record's file.
///
/// The layout is that of `docs/formats/calibration-record.md`.
public struct CalibrationRecord: Codable, Equatable, Sendable {
    /// Name and version of the layout.
    public static let currentFormat = "lodestar-calibration-1"
    /// The item of a record that lets passes run without good records for a while.
    public static let overrideItem = "override"
    /// The item of a record that holds the digests of an acceptance's reports.
    public static let acceptanceItem = "acceptance"

    /// One value.
    public struct Value: Codable, Equatable, Sendable {
        /// What it is, such as `dead_time`.
        public var name: String
        /// The detector it belongs to: H, V, D or A; `nil` for none or all.
        public var detector: String?
        /// The value in ``unit``.
        public var value: Double
        /// Its standard deviation.
        public var sigma: Double
        /// Unit of value, sigma and limits; empty for a ratio or a share.
        public var unit: String
        /// Counts or pixels that it rests on.
        public var counts: Int64
        /// Least value allowed; `nil` for none.
        public var lowest: Double?
        /// Greatest value allowed; `nil` for none.
        public var highest: Double?
        /// The board's key that sets the limit.
        public var limitKey: String?
        /// `met`, `unclear` or `missed`; `nil` without a limit.
        public var verdict: String?

        /// A value without a limit.
        public init(
            name: String, detector: String? = nil, value: Double, sigma: Double, unit: String,
            counts: Int64
        ) {
            self.name = name
            self.detector = detector
            self.value = value
            self.sigma = sigma
            self.unit = unit
            self.counts = counts
        }

        /// Name and detector in one word, as `dead_time H`.
        public var label: String { detector.map { "\(name) \($0)" } ?? name }
    }

    /// Layout of the record.
    public var format = CalibrationRecord.currentFormat
    /// Place in the chain, from 1; set when it is written.
    public var sequence = 0
    /// The calibration by the name that is typed, or ``overrideItem``.
    public var item: String
    /// When it was measured, seconds since 1970, UTC.
    public var timeUTC: Int64
    /// Who measured.
    public var `operator`: String
    /// The board by name.
    public var board: String
    /// SHA-256 of the board with all its values, hexadecimal.
    public var boardSha256: String
    /// Whether nothing of it was measured on hardware.
    public var simulated: Bool
    /// Seed of a simulated bench.
    public var seed: UInt64?
    /// The worst verdict of all values.
    public var verdict: String
    /// What was found.
    public var values: [Value] = []
    /// Temperatures by detector, degrees Celsius, where the board has sensors.
    public var temperatures: [String: Double] = [:]
    /// Arguments that differ from the usual ones.
    public var arguments: [String: Double] = [:]
    /// Time for which the tagger counted, s.
    public var detectorSeconds = 0.0
    /// Remarks: what was assumed, what was odd.
    public var notes: [String] = []
    /// Why passes may run without good records; of an override only.
    public var reason: String?
    /// Until when they may, seconds since 1970, UTC; of an override only.
    public var validUntilUTC: Int64?
    /// SHA-256 of files beside the record that belong to it, by name; an acceptance's reports.
    public var files: [String: String] = [:]
    /// SHA-256 of the file of raw histograms, hexadecimal; empty without one.
    public var histogramSha256 = ""
    /// Version of the software.
    public var software = "0.1.0"
    /// SHA-256 of the whole file of the record before; 64 zeros for the first.
    public var previousSha256 = ""

    private enum CodingKeys: String, CodingKey {
        case format, sequence, item
        case timeUTC = "time_utc_s"
        case `operator`, board
        case boardSha256 = "board_sha256"
        case simulated, seed, verdict, values
        case temperatures = "temperatures_c"
        case arguments
        case detectorSeconds = "detector_time_s"
        case notes, reason, files
        case validUntilUTC = "valid_until_utc_s"
        case histogramSha256 = "histogram_sha256"
        case software
        case previousSha256 = "previous_sha256"
    }

    /// A record of nothing yet.
    public init(
        item: String, timeUTC: Int64, operator: String, board: String, boardSha256: String,
        simulated: Bool, verdict: String
    ) {
        self.item = item
        self.timeUTC = timeUTC
        self.operator = `operator`
        self.board = board
        self.boardSha256 = boardSha256
        self.simulated = simulated
        self.verdict = verdict
    }

    /// The value called `name` of `detector`.
    public func value(_ name: String, _ detector: String? = nil) -> Value? {
        values.first { $0.name == name && $0.detector == detector }
    }
}

extension CalibrationRecord.Value {
    private enum CodingKeys: String, CodingKey {
        case name, detector, value, sigma, unit, counts, lowest, highest
        case limitKey = "limit_key"
        case verdict
    }
}
