/// The lamp, laser and plates of the calibration bench at one setting.
public struct BenchLight: Sendable {
    /// Where the light comes from.
    public enum Source: Equatable, Sendable {
        /// The shutter is closed.
        case dark
        /// Steady light: photons per second at each detector before its efficiency.
        case steady(rate: Double)
        /// Pulses of a laser: photons per pulse at each detector before its efficiency.
        case pulsed(Pulses)
    }

    /// A pulsed laser and its sync output.
    public struct Pulses: Equatable, Sendable {
        /// Time between pulses, ps.
        public var period: Int64
        /// Mean photons per pulse at each detector, before its efficiency.
        public var photons: Double
        /// The sync output gives an edge for one pulse of so many.
        public var divider: Int64 = 1
        /// Jitter of the sync output, rms, ps.
        public var syncJitter = 0.0
        /// Length of a pulse, rms, ps.
        public var length = 0.0
        /// How much later than the sync edge the light arrives, ps.
        public var delay = 0.0

        /// A laser with sync edges at each pulse.
        public init(period: Int64, photons: Double) {
            self.period = period
            self.photons = photons
        }
    }

    /// Where the light comes from.
    public var source: Source
    /// Transmittance of the neutral-density filters.
    public var transmittance = 1.0
    /// Angle of the half-wave plate, rad; `nil` for unpolarised light.
    public var plateAngle: Double?
    /// The only detector that is lit; `nil` for all.
    public var only: Int?
    /// The gate: how long before the pulse it opens, and for how long, ps; `nil` for none.
    public var gate: (delay: Double, width: Double)?
    /// Discriminator threshold of each detector, mV; `nil` for ones that lose and add nothing.
    public var thresholds: SIMD4<Double>?
    /// Bit n: the hardware gate of detector n is closed, and it gives nothing.
    public var blanked: UInt8 = 0

    /// The same discriminator threshold of all detectors, mV.
    public var threshold: Double? {
        get { thresholds?.x }
        set { thresholds = newValue.map { SIMD4(repeating: $0) } }
    }

    /// Light of `source` through nothing.
    public init(_ source: Source) { self.source = source }
}
