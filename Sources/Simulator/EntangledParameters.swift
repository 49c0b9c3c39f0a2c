/// Everything that describes a source of entangled photon pairs and its two receivers.
///
/// Times are in ps, rates in Hz. ``faults`` lists what is out of range. The defaults are ours: a
/// source as bright as that of Micius (5.9 million pairs a second, Yin et al., Science 356, 1140,
/// 2017) over stations near enough for a key from one pass. Its own 56 to 71 dB for both ways
/// together leave about one pair a second, and a finite key after many passes only.
public struct EntangledParameters: Equatable, Sendable {
    /// Fixes every random draw: one seed is one run.
    public var seed: UInt64 = 1
    /// Pairs emitted a second, at times that know nothing of one another (Poisson).
    public var pairRateHertz = 6e6
    /// Contrast of the correlation where both measure in H and V: an error rate of (1 - V) / 2.
    public var rectilinearVisibility = 0.97
    /// The same where both measure in D and A.
    public var diagonalVisibility = 0.95
    /// One receiver.
    public var first = Arm()
    /// The other.
    public var second = Arm()

    /// A source over two stations, 20 dB each.
    public init() {}

    /// From the source to four detectors and the receiver's clock.
    public struct Arm: Equatable, Sendable {
        /// Loss on the way, without the detectors' efficiency, dB.
        public var lossDecibels = 20.0
        /// Chance that a photon that arrives is counted.
        public var efficiency = 0.55
        /// Chance that a photon is measured in H and V; in D and A otherwise.
        public var rectilinearProbability = 0.5
        /// Counts from sky light, per detector.
        public var backgroundHertz = 400.0
        /// Dark counts, per detector.
        public var darkRateHertz = 50.0
        /// Timing jitter of a detection, rms.
        public var jitterPicoseconds = 200.0
        /// After a count the detector is blind this long.
        public var deadTimePicoseconds: Int64 = 30_000
        /// What the receiver's clock shows beyond the source's at time 0: what synchronisation and
        /// the prediction of the light time left over.
        public var clockOffsetPicoseconds = 0.0
        /// Rate at which that grows, as a fraction.
        public var clockFrequencyError = 0.0

        /// A receiver at the default figures.
        public init() {}
    }

    /// Every field that is out of range; empty when a source can be made of this.
    public var faults: [ParameterFault] {
        var found = FaultList()
        found.section = "entangled"
        found.check("pairRateHertz", pairRateHertz, 0...1e9)
        found.check("rectilinearVisibility", rectilinearVisibility, -1...1)
        found.check("diagonalVisibility", diagonalVisibility, -1...1)
        check(first, "entangled.first", &found)
        check(second, "entangled.second", &found)
        return found.faults
    }

    private func check(_ arm: Arm, _ section: String, _ found: inout FaultList) {
        found.section = section
        found.check("lossDecibels", arm.lossDecibels, 0...200)
        found.check("efficiency", arm.efficiency, 0...1)
        found.check("rectilinearProbability", arm.rectilinearProbability, 0...1)
        found.check("backgroundHertz", arm.backgroundHertz, 0...1e7)
        found.check("darkRateHertz", arm.darkRateHertz, 0...1e7)
        found.check("jitterPicoseconds", arm.jitterPicoseconds, 0...1e5)
        found.check("deadTimePicoseconds", arm.deadTimePicoseconds, 0...1_000_000_000)
        found.check("clockOffsetPicoseconds", arm.clockOffsetPicoseconds, -1e12...1e12)
        found.check("clockFrequencyError", arm.clockFrequencyError, -1e-4...1e-4)
    }
}
