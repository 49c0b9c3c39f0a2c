/// One second of a pass. What is not known stays `nil` and is NULL in the file.
public struct TelemetryRow: Equatable, Sendable {
    /// Seconds since the start of the pass.
    public var time: Int64
    /// Elevation of the satellite, degrees.
    public var elevation: Double?
    /// Azimuth of the satellite from north through east, degrees, 0 up to 360.
    public var azimuth: Double?
    /// Distance to the satellite, km.
    public var range: Double?
    /// Tags of the pulse per second in this second.
    public var countPPS: Int64?
    /// Tags of the beacon's detector in this second.
    public var countBeacon: Int64?
    /// Tags of the H detector in this second.
    public var countH: Int64?
    /// Tags of the V detector in this second.
    public var countV: Int64?
    /// Tags of the D detector in this second.
    public var countD: Int64?
    /// Tags of the A detector in this second.
    public var countA: Int64?
    /// Beacon pulses that the clock used.
    public var beaconAccepted: Int64?
    /// Beacon pulses that did not come.
    public var beaconMissed: Int64?
    /// Beacon tags that were no pulse of the satellite.
    public var beaconFalse: Int64?
    /// State of the clock at the end of the second, as `tracking` or `holdover`.
    public var lockState: String?
    /// Part of the second in which clicks may become key, 0 to 1.
    public var validFraction: Double?
    /// The clock's own standard deviation, ps.
    public var syncSigma: Double?
    /// The clock's true error, ps rms; only a simulator knows it.
    public var syncError: Double?
    /// Sifted bits of this second.
    public var siftedBits: Int64?
    /// Quantum bit error rate of the test bits of this second, 0 to 1.
    public var qber: Double?
    /// Sifted detections, by basis (rectilinear, diagonal) and intensity (signal, decoy, vacuum).
    public var sifted: [Int64?] = Array(repeating: nil, count: 6)
    /// Errors among the test bits, in the same order.
    public var errors: [Int64?] = Array(repeating: nil, count: 6)
    /// Bytes sent over the classical link.
    public var linkSentBytes: Int64?
    /// Bytes received over the classical link.
    public var linkReceivedBytes: Int64?
    /// Messages sent again, as no answer came.
    public var linkRetries: Int64?
    /// Messages refused as damaged, repeated or out of place.
    public var linkRefused: Int64?
    /// Epochs announced and not yet answered at the end of the second.
    public var linkPending: Int64?
    /// Bytes from the tagger in this second.
    public var taggerBytes: Int64?
    /// Where the pass stood at the end of the second, as `key exchange`.
    public var pointingPhase: String?
    /// Residual of the fine loop as its camera sees it, urad rms across and upwards.
    public var trackingErrorX: Double?
    /// See ``trackingErrorX``.
    public var trackingErrorY: Double?
    /// How far the quantum light truly was from the middle of the field stop while the loop was
    /// closed, urad rms; only a simulator knows it.
    public var pointingError: Double?
    /// Share of the quantum light that came through the field stop, over that of the best aim.
    public var coupling: Double?
    /// Mean angle of the steering mirror on the sky, urad across and upwards.
    public var mirrorX: Double?
    /// See ``mirrorX``.
    public var mirrorY: Double?
    /// Largest angle of the steering mirror along either axis, urad.
    public var mirrorPeak: Double?
    /// Electrons of the beacon in frames of the fine camera that show it.
    public var beaconElectrons: Double?
    /// Part of the second with open shutters, 0 to 1.
    public var shutterOpenFraction: Double?
    /// Part of the second that aim allowed to become key, 0 to 1.
    public var aimedFraction: Double?
    /// Why detections of this second did not become sifted bits, with their numbers.
    public var drops: [String: Int64] = [:]

    /// An empty row for the second `time`.
    public init(time: Int64) { self.time = time }
}

/// One column of the table `seconds`; its name carries the unit.
struct TelemetryColumn: Sendable {
    let name: String
    let type: String
    let get: @Sendable (TelemetryRow) -> TelemetryValue?
    let set: @Sendable (inout TelemetryRow, TelemetryValue) -> Void

    /// Every column after `t_s`, in the file's order.
    static let all: [TelemetryColumn] =
        [
            real("elevation_deg", \.elevation), real("azimuth_deg", \.azimuth),
            real("range_km", \.range),
            integer("count_pps", \.countPPS), integer("count_beacon", \.countBeacon),
            integer("count_h", \.countH), integer("count_v", \.countV),
            integer("count_d", \.countD), integer("count_a", \.countA),
            integer("beacon_accepted", \.beaconAccepted),
            integer("beacon_missed", \.beaconMissed), integer("beacon_false", \.beaconFalse),
            text("lock_state", \.lockState), real("valid_fraction", \.validFraction),
            real("sync_sigma_ps", \.syncSigma), real("sync_error_ps", \.syncError),
            integer("sifted_bits", \.siftedBits), real("qber", \.qber),
        ] + counts("n", \.sifted) + counts("m", \.errors) + [
            integer("link_sent_bytes", \.linkSentBytes),
            integer("link_received_bytes", \.linkReceivedBytes),
            integer("link_retries", \.linkRetries), integer("link_refused", \.linkRefused),
            integer("link_pending_epochs", \.linkPending),
            integer("tagger_bytes", \.taggerBytes),
            text("pointing_phase", \.pointingPhase),
            real("tracking_error_x_urad", \.trackingErrorX),
            real("tracking_error_y_urad", \.trackingErrorY),
            real("pointing_error_urad", \.pointingError), real("coupling", \.coupling),
            real("mirror_x_urad", \.mirrorX), real("mirror_y_urad", \.mirrorY),
            real("mirror_peak_urad", \.mirrorPeak),
            real("beacon_electrons", \.beaconElectrons),
            real("shutter_open_fraction", \.shutterOpenFraction),
            real("aimed_fraction", \.aimedFraction),
        ]

    /// Names of the six classes, in the order of ``TelemetryRow/sifted``.
    static let classes = ["rectilinear", "diagonal"].flatMap { basis in
        ["signal", "decoy", "vacuum"].map { "\(basis)_\($0)" }
    }

    private typealias Field<Value> = any WritableKeyPath<TelemetryRow, Value> & Sendable

    private static func integer(_ name: String, _ field: Field<Int64?>) -> TelemetryColumn {
        TelemetryColumn(
            name: name, type: "INTEGER",
            get: { $0[keyPath: field].map(TelemetryValue.integer) },
            set: { if case .integer(let value) = $1 { $0[keyPath: field] = value } })
    }

    private static func real(_ name: String, _ field: Field<Double?>) -> TelemetryColumn {
        TelemetryColumn(
            name: name, type: "REAL",
            get: { $0[keyPath: field].map(TelemetryValue.real) },
            set: { if case .real(let value) = $1 { $0[keyPath: field] = value } })
    }

    private static func text(_ name: String, _ field: Field<String?>) -> TelemetryColumn {
        TelemetryColumn(
            name: name, type: "TEXT",
            get: { $0[keyPath: field].map(TelemetryValue.text) },
            set: { if case .text(let value) = $1 { $0[keyPath: field] = value } })
    }

    private static func counts(_ letter: String, _ field: Field<[Int64?]>) -> [TelemetryColumn] {
        classes.indices.map { index in
            TelemetryColumn(
                name: "\(letter)_\(classes[index])", type: "INTEGER",
                get: { $0[keyPath: field][index].map(TelemetryValue.integer) },
                set: { if case .integer(let value) = $1 { $0[keyPath: field][index] = value } })
        }
    }
}

/// A value of one column.
enum TelemetryValue: Equatable, Sendable {
    case integer(Int64)
    case real(Double)
    case text(String)
}
