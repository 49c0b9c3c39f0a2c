/// Everything that describes the simulated world; the defaults are those of `boards/sim.toml`.
///
/// Times are in ps, rates in Hz, angles in degrees, powers as fractions unless a name says
/// otherwise. ``faults`` lists what is out of range.
public struct WorldParameters: Equatable, Sendable {
    /// Fixes every random draw: one seed is one run, byte for byte.
    public var seed: UInt64 = 1
    /// What the satellite sends.
    public var transmitter = Transmitter()
    /// Tagger inputs.
    public var channels = Channels()
    /// The path over the station.
    public var geometry = Geometry()
    /// From the transmitter's aperture to the detectors.
    public var optics = Optics()
    /// The four single-photon detectors.
    public var detectors = Detectors()
    /// The beacon and its receiver.
    public var beacon = Beacon()
    /// Both clocks and the station's second pulse.
    public var clocks = Clocks()
    /// The classical link.
    public var link = Link()

    /// The world of `boards/sim.toml`.
    public init() {}

    /// What the satellite sends.
    public struct Transmitter: Equatable, Sendable {
        /// Time between slots, ps.
        public var slotPeriod_ps: Int64 = 1_600
        /// Time between beacon pulses, ps.
        public var beaconPeriod_ps: Int64 = 100_000_000
        /// Mean photon number of signal, decoy and vacuum.
        public var signalIntensity = 0.8
        public var decoyIntensity = 0.1
        public var vacuumIntensity = 0.0
        /// Chance of signal and decoy; the rest is vacuum.
        public var signalProbability = 0.5
        public var decoyProbability = 0.25
        /// Chance that the satellite prepares in H and V.
        public var rectilinearProbability = 0.5

        /// The transmitter of `boards/sim.toml`.
        public init() {}
    }

    /// One tagger input.
    public struct Channel: Equatable, Sendable {
        /// The number that the tagger gives it.
        public var number: UInt8
        /// How late its tags are, ps.
        public var skew_ps: Int64

        /// An input with both fields given.
        public init(number: UInt8, skew_ps: Int64) {
            self.number = number
            self.skew_ps = skew_ps
        }
    }

    /// Tagger inputs by role.
    public struct Channels: Equatable, Sendable {
        public var pps = Channel(number: 1, skew_ps: 0)
        public var beacon = Channel(number: 2, skew_ps: 0)
        public var horizontal = Channel(number: 3, skew_ps: 40)
        public var vertical = Channel(number: 4, skew_ps: -35)
        public var diagonal = Channel(number: 5, skew_ps: 12)
        public var antidiagonal = Channel(number: 6, skew_ps: -80)

        /// The inputs of `boards/sim.toml`.
        public init() {}
    }

    /// The path over the station.
    public struct Geometry: Equatable, Sendable {
        /// Height of the orbit above a sphere of 6371 km, m.
        public var altitude_m = 500_000.0
        public var culmination_deg = 80.6
        /// Where the pass begins and ends.
        public var lowestElevation_deg = 10.0
        /// Sun-synchronous at 500 km.
        public var inclination_deg = 97.4
        /// Latitude of the station (Jinan).
        public var latitude_deg = 36.67
        /// Whether the Earth turns.
        public var earthTurns = true
        /// Published ranges instead of an orbit.
        public var rangeTable: RangeTable?
        /// How far ahead along its track the station believes the satellite to be, s.
        public var alongTrackError_s = 0.3

        /// The path of `boards/sim.toml`.
        public init() {}
    }

    /// First, smallest and last range of a published pass.
    public struct RangeTable: Equatable, Sendable {
        public var first_m: Double
        public var closest_m: Double
        public var last_m: Double
        public var duration_s: Double

        /// A table with every field given.
        public init(first_m: Double, closest_m: Double, last_m: Double, duration_s: Double) {
            self.first_m = first_m
            self.closest_m = closest_m
            self.last_m = last_m
            self.duration_s = duration_s
        }
    }

    /// From the transmitter's aperture to the detectors.
    public struct Optics: Equatable, Sendable {
        /// Loss at the closest approach, without the detectors' efficiency, dB.
        public var loss_dB = 34.5
        /// Part of it that the air takes at the zenith, dB.
        public var extinction_dB = 0.3
        /// Loss against range; replaces `loss_dB` and `extinction_dB` when not empty.
        public var lossTable: [RangeLoss] = []
        /// Relative standard deviation of the received power.
        public var scintillation = 0.15
        public var scintillationTime_ps: Int64 = 10_000_000_000
        /// Pointing jitter of one axis over the beam's 1/e^2 radius; 0 for none.
        public var pointingJitter_relative = 0.0
        public var pointingTime_ps: Int64 = 20_000_000_000
        /// Slow dips of the quantum light (tracking): share of time, power left, lengths.
        public var dipFraction = 0.0
        public var dipTransmittance = 0.35
        public var dipShortest_ps: Int64 = 500_000_000_000
        public var dipLongest_ps: Int64 = 5_000_000_000_000
        /// Chance that a photon leaves by the wrong port of its basis.
        public var misalignmentError = 0.006
        /// Chance that the receiver measures a photon in H and V.
        public var receiverRectilinearProbability = 0.5
        /// Counts from sky light, per detector.
        public var background_Hz = 400.0

        /// The optics of `boards/sim.toml`.
        public init() {}
    }

    /// One row of a loss table.
    public struct RangeLoss: Equatable, Sendable {
        public var range_m: Double
        public var loss_dB: Double

        /// A row with both fields given.
        public init(range_m: Double, loss_dB: Double) {
            self.range_m = range_m
            self.loss_dB = loss_dB
        }
    }

    /// The four single-photon detectors.
    public struct Detectors: Equatable, Sendable {
        public var efficiency = 0.55
        /// Dark counts, per detector.
        public var darkRate_Hz = 50.0
        public var deadTime_ps: Int64 = 30_000
        /// Timing jitter with the transmitter's pulse, rms.
        public var jitter_ps = 229.0
        /// Chance that a count is followed by an after-pulse once the dead time is over.
        public var afterpulseProbability = 0.005
        /// Mean wait of an after-pulse after the dead time.
        public var afterpulseTime_ps = 40_000.0

        /// The detectors of `boards/sim.toml`.
        public init() {}
    }

    /// The beacon and its receiver.
    public struct Beacon: Equatable, Sendable {
        /// Timing jitter of one pulse, rms.
        public var jitter_ps = 500.0
        /// Chance that a pulse in clear sight is not seen.
        public var missedProbability = 0.3
        public var falseRate_Hz = 1_000.0
        /// Share of time in fades, and their lengths.
        public var fadeFraction = 0.25
        public var fadeShortest_ps: Int64 = 20_000_000_000
        public var fadeLongest_ps: Int64 = 2_000_000_000_000
        /// Chance that a fade takes the quantum light as well.
        public var photonFadeFraction = 0.05
        /// How much later a tag is when the beacon's power falls by a factor e, ps.
        public var amplitudeWalk_ps = 0.0
        /// Relative standard deviation of the beacon's power (for the walk).
        public var scintillation = 0.3
        public var scintillationTime_ps: Int64 = 10_000_000_000

        /// The beacon of `boards/sim.toml`.
        public init() {}
    }

    /// Both clocks and the station's second pulse.
    public struct Clocks: Equatable, Sendable {
        /// Fractional frequency errors at the start.
        public var satelliteFrequencyError = 2e-7
        public var stationFrequencyError = -5e-7
        /// What the tagger shows at the start of the pass, ps.
        public var stationOffset_ps: Int64 = 13_000_000
        /// Allan deviation at 1 s, of each clock.
        public var whiteFrequencyNoise = 1e-11
        /// Random walk of the fractional frequency per root second, of each clock.
        public var randomWalkFrequencyNoise = 1e-12
        /// Jitter of the UTC second pulse, rms.
        public var ppsJitter_ps = 20_000.0

        /// The clocks of `boards/sim.toml`.
        public init() {}
    }

    /// The classical link between station and satellite, the same in both directions.
    public struct Link: Equatable, Sendable {
        public var delayShortest_ps: Int64 = 4_000_000_000
        public var delayLongest_ps: Int64 = 10_000_000_000
        /// Chance that a message is lost.
        public var lossProbability = 0.01
        /// Chance that a message arrives with some bits turned.
        public var corruptionProbability = 0.001
        /// Chance that a message arrives twice.
        public var duplicationProbability = 0.002
        /// Chance that a message is overtaken by later ones.
        public var reorderingProbability = 0.002
        /// Share of time in fades, in which nothing arrives, and their lengths.
        public var fadeFraction = 0.03
        public var fadeShortest_ps: Int64 = 20_000_000_000
        public var fadeLongest_ps: Int64 = 2_000_000_000_000
        /// Messages under way at once, per direction; more are refused.
        public var capacity = 128
        /// Largest message, bytes.
        public var largestMessage = 16_384

        /// The link of `boards/sim.toml`.
        public init() {}
    }
}
