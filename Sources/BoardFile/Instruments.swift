// What a station's instruments are connected to, and their limits. Absent on a simulated station.
extension Board {
    /// One GPIO line.
    public struct Line: Equatable, Sendable {
        /// The chip's label, or the kernel's name for it.
        public internal(set) var chip: String
        /// Which line of the chip, from 0.
        public internal(set) var offset: UInt32
        /// Whether a low level means that the line is active.
        public internal(set) var isActiveLow = false
        /// The reference designator printed on the board.
        public internal(set) var designator: String?

        /// The line as a board file writes it.
        public var connection: Connection { .gpio(chip: chip, line: offset) }
    }

    /// The four detectors' gates and sensors, and the limits that blank them.
    public struct Detectors: Equatable, Sendable {
        /// Most counts of one detector, Hz; above, it is blanked and stays so.
        public internal(set) var rateLimit: Double = 0
        /// The time over which they are counted, ps.
        public internal(set) var rateWindow: Int64 = 0
        /// Coldest that a detector may be, degrees Celsius.
        public internal(set) var temperatureLowest: Double = 0
        /// Warmest that a detector may be, degrees Celsius.
        public internal(set) var temperatureHighest: Double = 0
        /// Greatest bias voltage, mV.
        public internal(set) var biasHighest: Double = 0
        /// The detector of horizontal photons, H.
        public internal(set) var horizontal = Detector()
        /// The detector of vertical photons, V.
        public internal(set) var vertical = Detector()
        /// The detector of diagonal photons, D.
        public internal(set) var diagonal = Detector()
        /// The detector of antidiagonal photons, A.
        public internal(set) var antidiagonal = Detector()

        /// The detectors with their names in the file, in the file's order: H, V, D, A.
        public var all: [(role: String, detector: Detector)] {
            [("H", horizontal), ("V", vertical), ("D", diagonal), ("A", antidiagonal)]
        }
    }

    /// One detector's gate and sensors; each is `nil` where the board has none.
    public struct Detector: Equatable, Sendable {
        /// The line that arms the detector while it is active, and blanks it otherwise.
        public internal(set) var gate: Line?
        /// Where its temperature is read: hwmon (thousandths of a degree Celsius) or IIO.
        public internal(set) var temperature: Connection?
        /// Where its bias voltage is read: hwmon (thousandths of a volt) or IIO.
        public internal(set) var bias: Connection?
        /// The reference designator printed on the board.
        public internal(set) var designator: String?
    }

    /// Lines that are no gate; each is `nil` where the station has none.
    public struct Lines: Equatable, Sendable {
        /// Output: active opens the shutter before the detectors.
        public internal(set) var shutter: Line?
        /// Output: active allows the uplink beacon laser.
        public internal(set) var laser: Line?
        /// Input: active while the chain of laser safety is closed.
        public internal(set) var interlock: Line?
        /// Input: active while the cover of the detectors is closed.
        public internal(set) var cover: Line?
        /// Input: the pulse per second, for the host's own clock.
        public internal(set) var pps: Line?

        /// Every line that there is, with its name in the file, in the file's order.
        public var all: [(role: String, line: Line)] {
            let named = [
                ("shutter", shutter), ("laser", laser), ("interlock", interlock),
                ("cover", cover), ("pps", pps),
            ]
            return named.compactMap { role, line in line.map { (role, $0) } }
        }
    }

    /// The optical modem: the classical link to the satellite's terminal.
    public struct Modem: Equatable, Sendable {
        /// Where the satellite's terminal is reached: UDP or a serial line; `nil` on a board that
        /// others inherit from.
        public internal(set) var connection: Connection?
        /// Our own UDP port; 0: any.
        public internal(set) var port: Int64 = 0
        /// The reference designator printed on the board.
        public internal(set) var designator: String?
    }

    /// How the real-time threads run; a board without it leaves them to the ordinary scheduler.
    public struct RealTime: Equatable, Sendable {
        /// Whether memory is locked and touched before the start.
        public internal(set) var locksMemory = false
        /// Memory that is mapped at the start, after which none is asked for, bytes.
        public internal(set) var arena: Int64 = 0
        /// Takes bytes from the tagger.
        public internal(set) var tagger = Thread()
        /// From bytes to sifted bits.
        public internal(set) var engine = Thread()
        /// The fine loop.
        public internal(set) var mirror = Thread()
        /// Sensors, telemetry, watchdog.
        public internal(set) var housekeeping = Thread()
        /// Period of the fine loop, ps.
        public internal(set) var mirrorPeriod: Int64 = 0
        /// Period of the housekeeping, ps.
        public internal(set) var housekeepingPeriod: Int64 = 0

        /// How one thread runs.
        public struct Thread: Equatable, Sendable {
            /// SCHED_FIFO priority, 1 to 99; 0 for the ordinary scheduler.
            public internal(set) var priority: Int64 = 0
            /// The processor that it stays on; `nil`: any.
            public internal(set) var cpu: Int64?
        }
    }

    /// Where the station keeps what it makes.
    public struct Paths: Equatable, Sendable {
        /// The folder of the recorded passes.
        public internal(set) var recordings = ""
        /// The folder of the key store.
        public internal(set) var keys = ""
        /// The satellite's elements or ephemeris.
        public internal(set) var elements = ""
        /// The folder of the calibration records.
        public internal(set) var calibration = ""
        /// Free space below which no pass is begun, bytes.
        public internal(set) var leastFree: Int64 = 0
    }

    /// ``detectors`` for writing through: made when it is first written.
    var writableDetectors: Detectors {
        get { detectors ?? Detectors() }
        set { detectors = newValue }
    }

    /// ``lines`` for writing through: made when it is first written.
    var writableLines: Lines {
        get { lines ?? Lines() }
        set { lines = newValue }
    }

    /// ``modem`` for writing through: made when it is first written.
    var writableModem: Modem {
        get { modem ?? Modem() }
        set { modem = newValue }
    }

    /// ``realtime`` for writing through: made when it is first written.
    var writableRealtime: RealTime {
        get { realtime ?? RealTime() }
        set { realtime = newValue }
    }
}

extension Board {
    /// Every connection that the board names, with the key that names it, in the file's order.
    public var connections: [(path: String, connection: Connection)] {
        Parameter.all.compactMap { parameter in
            guard parameter.isGiven(in: self),
                case .connection(let connection?)? = parameter.get(self)
            else { return nil }
            return (parameter.path, connection)
        }
    }
}
