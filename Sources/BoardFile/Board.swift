/// A station as its board file describes it: read once, checked whole, then frozen.
///
/// Times are whole picoseconds, rates hertz, angles degrees and lengths metres, unless a field
/// says otherwise. The keys, ranges and defaults lie in one table, ``Parameter/all``.
public struct Board: Equatable, Sendable {
    /// Short name, as in the file's name.
    public internal(set) var name = ""
    /// One line for people.
    public internal(set) var summary = ""
    /// Whether nothing behind this board is hardware. Keys made on it say so for ever.
    public internal(set) var isSimulated = false
    /// Where the station stands.
    public internal(set) var site = Site()
    /// What the satellite's operator declares.
    public internal(set) var transmitter = Transmitter()
    /// The time tagger.
    public internal(set) var tagger = Tagger()
    /// Which tagger input is which.
    public internal(set) var channels = Channels()
    /// The acceptance window of the detectors.
    public internal(set) var gate = Gate()
    /// The station's clock against the satellite's.
    public internal(set) var clock = Clock()
    /// Sifting with the satellite.
    public internal(set) var sifting = Sifting()
    /// What the security monitors expect and do.
    public internal(set) var monitors = Monitors()
    /// From sifted bits to keys.
    public internal(set) var distillation = Distillation()
    /// The classical link.
    public internal(set) var link = Link()
    /// The recording of a pass.
    public internal(set) var recorder = Recorder()
    /// Gates, sensors and limits of the detectors; `nil` where nothing of them can be steered.
    public internal(set) var detectors: Detectors?
    /// GPIO lines that are no gate; `nil` where there are none.
    public internal(set) var lines: Lines?
    /// The optical modem; `nil` where the classical link is simulated.
    public internal(set) var modem: Modem?
    /// How the real-time threads run; `nil` where they are ordinary ones.
    public internal(set) var realtime: RealTime?
    /// Where the station keeps what it makes.
    public internal(set) var paths = Paths()
    /// What is asked of calibrations.
    public internal(set) var calibration = Calibration()
    /// The shell on a serial line and at a socket.
    public internal(set) var shell = Shell()
    /// Whether faults may be played on order.
    public internal(set) var allowsFaults = false
    /// How the satellite is found and followed; `nil` where somebody else aims the telescope.
    public internal(set) var pointing: Pointing?
    /// The simulated world; `nil` on a real station.
    public internal(set) var world: World?

    /// A board of zeroes, to be filled from the table.
    init() {}

    /// ``pointing`` for writing through: made when it is first written.
    var writablePointing: Pointing {
        get { pointing ?? Pointing() }
        set { pointing = newValue }
    }

    /// ``world`` for writing through: made when it is first written.
    var writableWorld: World {
        get { world ?? World() }
        set { world = newValue }
    }
}

extension Board {
    /// Where the station stands: all three or none.
    public struct Site: Equatable, Sendable {
        /// Geodetic latitude, degrees, north positive.
        public internal(set) var latitude: Double?
        /// Longitude, degrees, east positive.
        public internal(set) var longitude: Double?
        /// Above the WGS-84 ellipsoid, m.
        public internal(set) var height: Double?
    }

    /// What the satellite's operator declares about the pulse train.
    public struct Transmitter: Equatable, Sendable {
        /// Time between quantum pulses, ps.
        public internal(set) var slotPeriod: Int64 = 0
        /// Time between beacon pulses, ps. A whole number of slots, and of pulses in a second.
        public internal(set) var beaconPeriod: Int64 = 0
        /// Mean photon numbers of signal, decoy and vacuum, descending.
        public internal(set) var intensities: [Double] = []
        /// Probabilities of signal, decoy and vacuum; they sum to 1.
        public internal(set) var probabilities: [Double] = []
        /// Probability that a pulse is sent in the rectilinear basis.
        public internal(set) var rectilinearProbability: Double = 0
    }

    /// The time tagger.
    public struct Tagger: Equatable, Sendable {
        /// How live bytes are framed.
        public internal(set) var format = ""
        /// How it is reached: USB or a serial line; `nil` where there is none.
        public internal(set) var connection: Connection?
        /// The serial line of its orders, for a tagger that has one beside USB.
        public internal(set) var control: Connection?
        /// Where it takes its 10 MHz from: `internal` or `external`.
        public internal(set) var clockSource = ""
        /// The reference designator printed on the board.
        public internal(set) var designator: String?
        /// After so long without a word of it open detectors are blanked, ps; after twice as long
        /// it is opened afresh.
        public internal(set) var silence: Int64 = 0
        /// Levels at which pulses count.
        public internal(set) var thresholds = Thresholds()

        /// Levels at which pulses of each input count, mV.
        public struct Thresholds: Equatable, Sendable {
            /// The pulse per second.
            public internal(set) var pps: Double = 0
            /// The beacon's detector.
            public internal(set) var beacon: Double = 0
            /// The detector of horizontal photons, H.
            public internal(set) var horizontal: Double = 0
            /// The detector of vertical photons, V.
            public internal(set) var vertical: Double = 0
            /// The detector of diagonal photons, D.
            public internal(set) var diagonal: Double = 0
            /// The detector of antidiagonal photons, A.
            public internal(set) var antidiagonal: Double = 0
        }
    }

    /// One tagger input.
    public struct Input: Equatable, Sendable {
        /// Input number as the tagger counts.
        public internal(set) var channel: UInt8
        /// Lateness of this input, ps; it is subtracted.
        public internal(set) var skew: Int64
    }

    /// Which tagger input is which; `nil` where nothing is connected.
    public struct Channels: Equatable, Sendable {
        /// The pulse per second.
        public internal(set) var pps: Input?
        /// The beacon's detector.
        public internal(set) var beacon: Input?
        /// The detector of horizontal photons, H.
        public internal(set) var horizontal: Input?
        /// The detector of vertical photons, V.
        public internal(set) var vertical: Input?
        /// The detector of diagonal photons, D.
        public internal(set) var diagonal: Input?
        /// The detector of antidiagonal photons, A.
        public internal(set) var antidiagonal: Input?

        /// Every connected input with its name in the file, in the file's order.
        public var all: [(role: String, input: Input)] {
            let named = [
                ("pps", pps), ("beacon", beacon), ("H", horizontal), ("V", vertical),
                ("D", diagonal), ("A", antidiagonal),
            ]
            return named.compactMap { role, input in input.map { (role, $0) } }
        }
    }

    /// The acceptance window, one for all detectors.
    public struct Gate: Equatable, Sendable {
        /// Full width about the pulse, ps. At most one slot.
        public internal(set) var width: Int64 = 0
        /// How long all detectors are ignored after any click, ps.
        public internal(set) var deadTime: Int64 = 0
    }

    /// The station's clock against the satellite's.
    public struct Clock: Equatable, Sendable {
        /// How long clicks wait for the beacon pulses after them, ps.
        public internal(set) var lag: Int64 = 0
        /// A click may become key only where the clock's sigma is at most this, ps.
        public internal(set) var sigmaValid: Int64 = 0
        /// First guess of the beacon's jitter, ps rms; the pulses refine it.
        public internal(set) var beaconJitter: Int64 = 0
        /// Allan deviation at 1 s of each of the two clocks, satellite and station.
        public internal(set) var stability: Double = 0
    }

    /// Sifting with the satellite.
    public struct Sifting: Equatable, Sendable {
        /// Satellite time per announcement, ps. A whole number of slots.
        public internal(set) var epoch: Int64 = 0
        /// Which basis becomes key.
        public internal(set) var keyBasis = ""
    }

    /// From sifted bits to keys.
    public struct Distillation: Equatable, Sendable {
        /// Length of a window, which is one finite-key block, ps; 0 for the whole pass. A whole
        /// number of epochs.
        public internal(set) var window: Int64 = 0
        /// Bits of a block of error correction.
        public internal(set) var blockBits: Int64 = 0
        /// The proof, or `auto` for the one that fits the transmitter.
        public internal(set) var method = ""
        /// Tail bound of the proof.
        public internal(set) var tail = ""
        /// Clamp of the proof.
        public internal(set) var clamp = ""
        /// Secrecy parameter of each key.
        public internal(set) var secrecy: Double = 0
        /// Correctness parameter of each key.
        public internal(set) var correctness: Double = 0
        /// Efficiency of the least efficient detector over that of the most efficient.
        public internal(set) var efficiencyRatio: Double = 0
        /// Bytes of each key that replenish the authentication stock, per direction.
        public internal(set) var padBytes: Int64 = 0
    }

    /// The classical link.
    public struct Link: Equatable, Sendable {
        /// How long to wait for an answer before asking again, ps.
        public internal(set) var retry: Int64 = 0
        /// The largest message, bytes.
        public internal(set) var largestMessage: Int64 = 0
    }

    /// The recording of a pass.
    public struct Recorder: Equatable, Sendable {
        /// Raw bytes per compressed chunk: what a power cut can lose, bytes.
        public internal(set) var chunk: Int64 = 0
        /// The zstd level.
        public internal(set) var level: Int64 = 0
    }
}
