extension Board {
    /// The simulated world: what stands in for sky, satellite and hardware.
    public struct World: Equatable, Sendable {
        /// Everything random in the world follows from this.
        public internal(set) var seed: Int64 = 0
        /// When the pass begins, seconds since 1970-01-01T00:00:00Z.
        public internal(set) var start: Int64 = 0
        /// The satellite's way across the sky.
        public internal(set) var orbit = Orbit()
        /// From the transmitter to the detectors.
        public internal(set) var optics = Optics()
        /// The four detectors.
        public internal(set) var detectors = Detectors()
        /// The beacon as it is received.
        public internal(set) var beacon = Beacon()
        /// The two clocks and the pulse per second.
        public internal(set) var clocks = Clocks()
        /// The classical link.
        public internal(set) var link = Link()
        /// What an attacker does to the detectors.
        public internal(set) var attack = Attack()
        /// What makes aiming hard; `nil` where the light arrives without it.
        public internal(set) var pointing: Pointing?

        /// ``pointing`` for writing through: made when it is first written.
        var writablePointing: Pointing {
            get { pointing ?? Pointing() }
            set { pointing = newValue }
        }

        /// What an attacker does to the detectors.
        public struct Attack: Equatable, Sendable {
            /// `none`, or the attack's name.
            public internal(set) var kind = ""
            /// When it begins, ps since the start of the pass.
            public internal(set) var begin: Int64 = 0
            /// When it ends, ps since the start of the pass.
            public internal(set) var end: Int64 = 0
            /// Share of the satellite's photons that it acts on.
            public internal(set) var strength: Double = 0
            /// By how much a time shift moves them, ps.
            public internal(set) var shift: Int64 = 0
            /// Bright pulses, Hz per detector.
            public internal(set) var rate: Double = 0
        }

        /// The satellite's way across the sky.
        public struct Orbit: Equatable, Sendable {
            /// Height of the circular orbit, m.
            public internal(set) var altitude: Double = 0
            /// Greatest elevation of the pass, degrees; with elements or an ephemeris, the least that is
            /// wanted.
            public internal(set) var culmination: Double = 0
            /// Elevation at which the pass begins and ends, degrees.
            public internal(set) var lowestElevation: Double = 0
            /// How late the satellite is against the prediction, ps.
            public internal(set) var alongTrackError: Int64 = 0
            /// Range at equal steps over ``duration``, km; empty: the circular orbit's.
            public internal(set) var rangeTable: [Double] = []
            /// The lines of an element set; the pass is the first that rises at the start or later.
            public internal(set) var firstLine: String?
            /// The second of them.
            public internal(set) var secondLine: String?
            /// A file of positions or elements, used in the same way.
            public internal(set) var ephemeris: String?
            /// Length of the pass, ps; `nil`: from the orbit.
            public internal(set) var duration: Int64?
        }

        /// From the transmitter to the detectors.
        public struct Optics: Equatable, Sendable {
            /// Loss at the closest approach without the detectors, dB.
            public internal(set) var loss: Double = 0
            /// Atmospheric extinction at the zenith, dB.
            public internal(set) var extinction: Double = 0
            /// Relative standard deviation of the received power.
            public internal(set) var scintillation: Double = 0
            /// Correlation time of the scintillation, ps.
            public internal(set) var scintillationTime: Int64 = 0
            /// Chance that a photon leaves by the wrong port of its basis.
            public internal(set) var misalignmentError: Double = 0
            /// Sky light per detector, Hz.
            public internal(set) var background: Double = 0
            /// Share of time in dips of tracking or air, in which light comes but less of it.
            public internal(set) var dipFraction: Double = 0
            /// Part of the light that a dip lets through.
            public internal(set) var dipTransmittance: Double = 0
            /// Shortest dip, ps.
            public internal(set) var dipShortest: Int64 = 0
            /// Longest dip, ps.
            public internal(set) var dipLongest: Int64 = 0
            /// Ranges of the loss table, km, ascending; empty: ``loss`` and the range law.
            public internal(set) var lossTableRange: [Double] = []
            /// Losses of the loss table, dB, one for each range.
            public internal(set) var lossTableLoss: [Double] = []
        }

        /// The four detectors.
        public struct Detectors: Equatable, Sendable {
            /// Chance that a photon that arrives makes a click.
            public internal(set) var efficiency: Double = 0
            /// Clicks without light, Hz per detector.
            public internal(set) var darkRate: Double = 0
            /// How long a detector is blind after a click, ps.
            public internal(set) var deadTime: Int64 = 0
            /// Jitter of a click with the transmitter's pulse, ps rms.
            public internal(set) var jitter: Int64 = 0
            /// Chance that a click is followed by another without light.
            public internal(set) var afterpulseProbability: Double = 0
            /// Time scale of after-pulses, ps.
            public internal(set) var afterpulseTime: Int64 = 0
        }

        /// The beacon as it is received.
        public struct Beacon: Equatable, Sendable {
            /// Jitter of a pulse, ps rms.
            public internal(set) var jitter: Int64 = 0
            /// Chance that a pulse is missed.
            public internal(set) var missed: Double = 0
            /// False pulses, Hz.
            public internal(set) var falseRate: Double = 0
            /// Part of the time without beacon.
            public internal(set) var fadeFraction: Double = 0
            /// The shortest fade, ps.
            public internal(set) var fadeShortest: Int64 = 0
            /// The longest fade, ps.
            public internal(set) var fadeLongest: Int64 = 0
            /// Part of the fades that take the quantum light as well.
            public internal(set) var photonFadeFraction: Double = 0
        }

        /// The two clocks and the pulse per second.
        public struct Clocks: Equatable, Sendable {
            /// Fractional frequency error of the satellite's clock.
            public internal(set) var satelliteFrequencyError: Double = 0
            /// Fractional frequency error of the station's clock.
            public internal(set) var stationFrequencyError: Double = 0
            /// The station's clock minus UTC at the start, ps.
            public internal(set) var stationOffset: Int64 = 0
            /// White frequency noise: Allan deviation at 1 s.
            public internal(set) var whiteFrequencyNoise: Double = 0
            /// Random walk of frequency, per root second.
            public internal(set) var randomWalkFrequencyNoise: Double = 0
            /// Jitter of the pulse per second, ps rms.
            public internal(set) var ppsJitter: Int64 = 0
        }

        /// The classical link.
        public struct Link: Equatable, Sendable {
            /// Shortest one-way delay, ps.
            public internal(set) var delayShortest: Int64 = 0
            /// Longest one-way delay, ps.
            public internal(set) var delayLongest: Int64 = 0
            /// Chance that a message is lost.
            public internal(set) var loss: Double = 0
            /// Chance that a message arrives damaged.
            public internal(set) var corruption: Double = 0
            /// Chance that a message arrives twice.
            public internal(set) var duplication: Double = 0
            /// Part of the time in which nothing gets through.
            public internal(set) var fadeFraction: Double = 0
            /// The longest such fade, ps.
            public internal(set) var fadeLongest: Int64 = 0
        }
    }
}
