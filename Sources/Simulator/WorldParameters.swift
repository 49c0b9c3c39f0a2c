public import Orbit

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
    /// What an attacker does to the detectors.
    public var attack = Attack()

    /// The world of `boards/sim.toml`.
    public init() {}

    /// What the satellite sends.
    public struct Transmitter: Equatable, Sendable {
        /// Time between slots, ps.
        public var slotPeriodPicoseconds: Int64 = 1_600
        /// Time between beacon pulses, ps.
        public var beaconPeriodPicoseconds: Int64 = 100_000_000
        /// Mean photon number of the signal class.
        public var signalIntensity = 0.8
        /// Mean photon number of the decoy class.
        public var decoyIntensity = 0.1
        /// Mean photon number of the vacuum class.
        public var vacuumIntensity = 0.0
        /// Chance of the signal class.
        public var signalProbability = 0.5
        /// Chance of the decoy class; the rest is vacuum.
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
        public var skewPicoseconds: Int64

        /// An input with both fields given.
        public init(number: UInt8, skewPicoseconds: Int64) {
            self.number = number
            self.skewPicoseconds = skewPicoseconds
        }
    }

    /// Tagger inputs by role.
    public struct Channels: Equatable, Sendable {
        /// The UTC second pulse.
        public var pps = Channel(number: 1, skewPicoseconds: 0)
        /// The beacon receiver.
        public var beacon = Channel(number: 2, skewPicoseconds: 0)
        /// The detector of H.
        public var horizontal = Channel(number: 3, skewPicoseconds: 40)
        /// The detector of V.
        public var vertical = Channel(number: 4, skewPicoseconds: -35)
        /// The detector of D.
        public var diagonal = Channel(number: 5, skewPicoseconds: 12)
        /// The detector of A.
        public var antidiagonal = Channel(number: 6, skewPicoseconds: -80)

        /// The inputs of `boards/sim.toml`.
        public init() {}
    }

    /// The path over the station.
    public struct Geometry: Equatable, Sendable {
        /// Height of the orbit above a sphere of 6371 km, m.
        public var altitudeMetres = 500_000.0
        /// Highest elevation.
        public var culminationDegrees = 80.6
        /// Where the pass begins and ends.
        public var lowestElevationDegrees = 10.0
        /// Sun-synchronous at 500 km.
        public var inclinationDegrees = 97.4
        /// Latitude of the station (Jinan).
        public var latitudeDegrees = 36.67
        /// Whether the Earth turns.
        public var earthTurns = true
        /// Elements or an ephemeris over a site, instead of the circular orbit.
        public var sampled: SampledPass?
        /// What the station is given instead of that same path with the error below.
        public var predicted: SampledPass?
        /// Published ranges instead of an orbit.
        public var rangeTable: RangeTable?
        /// How far ahead along its track the station believes the satellite to be, s.
        public var alongTrackErrorSeconds = 0.3

        /// The path of `boards/sim.toml`.
        public init() {}
    }

    /// First, smallest and last range of a published pass.
    public struct RangeTable: Equatable, Sendable {
        /// Range at the start.
        public var firstMetres: Double
        /// Smallest range.
        public var closestMetres: Double
        /// Range at the end.
        public var lastMetres: Double
        /// Length of the pass.
        public var durationSeconds: Double

        /// A table with every field given.
        public init(
            firstMetres: Double, closestMetres: Double, lastMetres: Double, durationSeconds: Double
        ) {
            self.firstMetres = firstMetres
            self.closestMetres = closestMetres
            self.lastMetres = lastMetres
            self.durationSeconds = durationSeconds
        }
    }

    /// From the transmitter's aperture to the detectors.
    public struct Optics: Equatable, Sendable {
        /// Loss at the closest approach, without the detectors' efficiency, dB.
        public var lossDecibels = 34.5
        /// Part of it that the air takes at the zenith, dB.
        public var extinctionDecibels = 0.3
        /// Loss against range; replaces `lossDecibels` and `extinctionDecibels` when not empty.
        public var lossTable: [RangeLoss] = []
        /// Relative standard deviation of the received power.
        public var scintillation = 0.15
        /// Correlation time of the logarithm of the power.
        public var scintillationTimePicoseconds: Int64 = 10_000_000_000
        /// Pointing jitter of one axis over the beam's 1/e^2 radius; 0 for none.
        public var pointingJitterRelative = 0.0
        /// Correlation time of the pointing jitter.
        public var pointingTimePicoseconds: Int64 = 20_000_000_000
        /// Share of time in slow dips of the quantum light (tracking); 0 for none.
        public var dipFraction = 0.0
        /// Power left in a dip.
        public var dipTransmittance = 0.35
        /// Length of the shortest dip.
        public var dipShortestPicoseconds: Int64 = 500_000_000_000
        /// Length of the longest dip.
        public var dipLongestPicoseconds: Int64 = 5_000_000_000_000
        /// Chance that a photon leaves by the wrong port of its basis.
        public var misalignmentError = 0.006
        /// Chance that the receiver measures a photon in H and V.
        public var receiverRectilinearProbability = 0.5
        /// Counts from sky light, per detector.
        public var backgroundHertz = 400.0

        /// The optics of `boards/sim.toml`.
        public init() {}
    }

    /// One row of a loss table.
    public struct RangeLoss: Equatable, Sendable {
        /// Range of the row.
        public var rangeMetres: Double
        /// Loss at that range, without the detectors.
        public var lossDecibels: Double

        /// A row with both fields given.
        public init(rangeMetres: Double, lossDecibels: Double) {
            self.rangeMetres = rangeMetres
            self.lossDecibels = lossDecibels
        }
    }

    /// The four single-photon detectors.
    public struct Detectors: Equatable, Sendable {
        /// Chance that a photon that arrives is counted.
        public var efficiency = 0.55
        /// Dark counts, per detector.
        public var darkRateHertz = 50.0
        /// After a count the detector is blind this long.
        public var deadTimePicoseconds: Int64 = 30_000
        /// Timing jitter with the transmitter's pulse, rms.
        public var jitterPicoseconds = 229.0
        /// Chance that a count is followed by an after-pulse once the dead time is over.
        public var afterpulseProbability = 0.005
        /// Mean wait of an after-pulse after the dead time.
        public var afterpulseTimePicoseconds = 40_000.0
        /// Time between two stretches in which all are gated off, on the tagger's clock; 0 for never.
        public var blankPeriodPicoseconds: Int64 = 0
        /// Length of such a stretch, which begins at whole multiples of that.
        public var blankTimePicoseconds: Int64 = 0

        /// The detectors of `boards/sim.toml`.
        public init() {}
    }

    /// The beacon and its receiver.
    public struct Beacon: Equatable, Sendable {
        /// Timing jitter of one pulse, rms.
        public var jitterPicoseconds = 500.0
        /// Chance that a pulse in clear sight is not seen.
        public var missedProbability = 0.3
        /// Tags of the beacon receiver that no pulse caused.
        public var falseRateHertz = 1_000.0
        /// Share of time in fades.
        public var fadeFraction = 0.25
        /// Length of the shortest fade.
        public var fadeShortestPicoseconds: Int64 = 20_000_000_000
        /// Length of the longest fade.
        public var fadeLongestPicoseconds: Int64 = 2_000_000_000_000
        /// Chance that a fade takes the quantum light as well.
        public var photonFadeFraction = 0.05
        /// How much later a tag is when the beacon's power falls by a factor e, ps.
        public var amplitudeWalkPicoseconds = 0.0
        /// Relative standard deviation of the beacon's power (for the walk).
        public var scintillation = 0.3
        /// Correlation time of the logarithm of that power.
        public var scintillationTimePicoseconds: Int64 = 10_000_000_000

        /// The beacon of `boards/sim.toml`.
        public init() {}
    }

    /// Both clocks and the station's second pulse.
    public struct Clocks: Equatable, Sendable {
        /// Fractional frequency error of the satellite clock at the start.
        public var satelliteFrequencyError = 2e-7
        /// Fractional frequency error of the station clock at the start.
        public var stationFrequencyError = -5e-7
        /// What the tagger shows at the start of the pass, ps.
        public var stationOffsetPicoseconds: Int64 = 13_000_000
        /// Allan deviation at 1 s, of each clock.
        public var whiteFrequencyNoise = 1e-11
        /// Random walk of the fractional frequency per root second, of each clock.
        public var randomWalkFrequencyNoise = 1e-12
        /// Jitter of the UTC second pulse, rms.
        public var ppsJitterPicoseconds = 20_000.0

        /// The clocks of `boards/sim.toml`.
        public init() {}
    }

    /// The classical link between station and satellite, the same in both directions.
    public struct Link: Equatable, Sendable {
        /// Shortest one-way delay.
        public var delayShortestPicoseconds: Int64 = 4_000_000_000
        /// Longest one-way delay.
        public var delayLongestPicoseconds: Int64 = 10_000_000_000
        /// Chance that a message is lost.
        public var lossProbability = 0.01
        /// Chance that a message arrives with some bits turned.
        public var corruptionProbability = 0.001
        /// Chance that a message arrives twice.
        public var duplicationProbability = 0.002
        /// Chance that a message is overtaken by later ones.
        public var reorderingProbability = 0.002
        /// Share of time in fades, in which nothing gets through.
        public var fadeFraction = 0.03
        /// Length of the shortest fade.
        public var fadeShortestPicoseconds: Int64 = 20_000_000_000
        /// Length of the longest fade.
        public var fadeLongestPicoseconds: Int64 = 2_000_000_000_000
        /// Messages under way at once, per direction; more are refused.
        public var capacity = 128
        /// Largest message, bytes.
        public var largestMessage = 16_384

        /// The link of `boards/sim.toml`.
        public init() {}
    }
}
