// What a station asks of its calibrations.
extension Board {
    /// Calibrations that a pass needs, how old they may be, and their limits.
    public struct Calibration: Equatable, Sendable {
        /// The calibrations by the name that is typed.
        public enum Item: String, CaseIterable, Sendable, Codable {
            case dark, threshold
            case deadTime = "dead-time"
            case afterpulse, linearity, jitter, skew
            case beaconDelay = "beacon-delay"
            case efficiency, polarisation, gate, background, crosstalk, interlock
            case mirror, camera, boresight
        }

        /// Calibrations without whose records no pass is begun; none on a board that asks for none.
        public internal(set) var required: [Item] = []
        /// Whether a pass works with the values of the records in place of the board's.
        public internal(set) var usesRecords = false
        /// How old a record may be, hours, by item.
        public internal(set) var maximumAge: [Item: Double] = [:]
        /// What the values must keep to.
        public internal(set) var limits = Limits()

        /// What the values must keep to; times in ps, rates in counts per second.
        public struct Limits: Equatable, Sendable {
            /// Highest dark rate.
            public internal(set) var darkRate = 0.0
            /// Highest Fano factor of the dark counts.
            public internal(set) var fano = 0.0
            /// How far the threshold may lie from the plateau's middle, mV.
            public internal(set) var threshold = 0.0
            /// Nominal dead time; `nil`: anything up to the gate's.
            public internal(set) var deadTime: Int64?
            /// How far the dead time may lie from the nominal one.
            public internal(set) var deadTimeTolerance: Int64 = 0
            /// Highest after-pulsing probability.
            public internal(set) var afterpulsing = 0.0
            /// Largest departure from linearity, as a fraction.
            public internal(set) var linearity = 0.0
            /// Largest full width at half maximum of the timing response.
            public internal(set) var jitter: Int64 = 0
            /// Largest full width at a tenth of the maximum.
            public internal(set) var tenthWidth: Int64 = 0
            /// Largest skew that is left after the board's correction.
            public internal(set) var skew: Int64 = 0
            /// Largest delay between beacon and quantum light that is left after the correction.
            public internal(set) var beaconDelay: Int64 = 0
            /// Largest ratio of two detectors' efficiencies.
            public internal(set) var mismatch = 0.0
            /// Least extinction of a polarisation analyser, dB.
            public internal(set) var extinction = 0.0
            /// Largest rotation of the half-wave plate off its place, degrees.
            public internal(set) var alignment = 0.0
            /// Largest ratio of two detectors' shares in the common gate.
            public internal(set) var gateMismatch = 0.0
            /// Highest background.
            public internal(set) var background = 0.0
            /// Highest chance of cross-talk per click.
            public internal(set) var crosstalk = 0.0
            /// Longest reaction of the interlock.
            public internal(set) var reaction: Int64 = 0
            /// Longest time until a detector counts again.
            public internal(set) var recovery: Int64 = 0
            /// Gain of the camera on its data sheet, electrons per level; `nil`: not compared.
            public internal(set) var cameraGain: Double?
            /// How far the gain may lie from that, as a fraction.
            public internal(set) var cameraGainTolerance = 0.0
            /// Highest read noise of the camera, electrons.
            public internal(set) var readNoise = 0.0
            /// Most hot pixels.
            public internal(set) var hotPixels = 0.0
            /// Largest difference between the mirror's delay and the board's.
            public internal(set) var mirrorDelay: Int64 = 0
            /// Largest distance of the boresight from the sensor's middle, microradian.
            public internal(set) var boresight = 0.0
        }
    }
}
