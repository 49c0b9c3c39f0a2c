extension Board {
    /// How the satellite is found and followed.
    public struct Pointing: Equatable, Sendable {
        /// Full width of the field stop before the detectors, urad.
        public internal(set) var fieldStop: Double = 0
        /// Residual of the fine loop above which clicks do not become key, urad.
        public internal(set) var residualLimit: Double = 0
        /// How long aim must have been good before clicks count, ps.
        public internal(set) var settle: Int64 = 0
        /// How much is taken away before aim turned bad, ps.
        public internal(set) var margin: Int64 = 0
        /// Lowest elevation at which the uplink laser may be on, degrees.
        public internal(set) var laserMask: Double = 0
        /// Angle that the telescope keeps from the Sun, degrees.
        public internal(set) var sunCone: Double = 0
        /// Most counts of one detector, Hz.
        public internal(set) var rateLimit: Double = 0
        /// Wavelength of the satellite's beacon, nm.
        public internal(set) var beaconWavelength: Double = 0
        /// Wavelength of the quantum light, nm.
        public internal(set) var quantumWavelength: Double = 0
        /// The fast steering mirror.
        public internal(set) var mirror = Mirror()
        /// The camera behind the mirror.
        public internal(set) var camera = FineCamera()
        /// The camera that finds the beacon.
        public internal(set) var coarse = CoarseCamera()
        /// The mount of the telescope.
        public internal(set) var mount = Mount()

        /// The fast steering mirror.
        public struct Mirror: Equatable, Sendable {
            /// How far the mirror moves the line of sight to each side, urad.
            public internal(set) var stroke: Double = 0
            /// Resonance of the mirror, Hz.
            public internal(set) var resonance: Double = 0
            /// From a command to the middle of the mirror's step, ps.
            public internal(set) var commandDelay: Int64 = 0
            /// How it is reached; `nil`: simulated.
            public internal(set) var connection: Connection?
            /// What it understands over TCP or a serial line: `gcs` or `optotune`.
            public internal(set) var language = ""
            /// The reference designator printed on the board.
            public internal(set) var designator: String?
        }

        /// The camera behind the mirror; it takes 1,000 frames per second.
        public struct FineCamera: Equatable, Sendable {
            /// Pixels across the window that is read.
            public internal(set) var pixels: Int64 = 0
            /// Angle on the sky of one pixel, urad.
            public internal(set) var pixelScale: Double = 0
            /// Exposure, ps.
            public internal(set) var exposure: Int64 = 0
            /// Read noise, electrons rms per pixel.
            public internal(set) var readNoise: Double = 0
            /// Standard deviation of the spot, pixels.
            public internal(set) var spotWidth: Double = 0
            /// How it is reached; `nil`: simulated.
            public internal(set) var connection: Connection?
            /// The reference designator printed on the board.
            public internal(set) var designator: String?
        }

        /// The camera that finds the beacon.
        public struct CoarseCamera: Equatable, Sendable {
            /// Pixels across the frame.
            public internal(set) var pixels: Int64 = 0
            /// Angle on the sky of one pixel, urad.
            public internal(set) var pixelScale: Double = 0
            /// Time between frames, ps.
            public internal(set) var period: Int64 = 0
            /// Read noise, electrons rms per pixel.
            public internal(set) var readNoise: Double = 0
            /// How it is reached; `nil`: simulated.
            public internal(set) var connection: Connection?
            /// The reference designator printed on the board.
            public internal(set) var designator: String?
        }

        /// The mount of the telescope.
        public struct Mount: Equatable, Sendable {
            /// Where the cable stops the azimuth, degrees.
            public internal(set) var azimuthLowest: Double = 0
            /// Where the cable stops the azimuth, degrees.
            public internal(set) var azimuthHighest: Double = 0
            /// Fastest rate of each axis, degrees per second.
            public internal(set) var rate: Double = 0
            /// Greatest acceleration of each axis, degrees per second squared.
            public internal(set) var acceleration: Double = 0
            /// How it is reached; `nil`: simulated.
            public internal(set) var connection: Connection?
            /// The reference designator printed on the board.
            public internal(set) var designator: String?
        }
    }
}

extension Board.World {
    /// What makes aiming hard: the mount's errors, what shakes the light, what hides it.
    public struct Pointing: Equatable, Sendable {
        /// What the mount's azimuth encoder reads too little, urad.
        public internal(set) var azimuthIndexError: Double = 0
        /// What the mount's elevation encoder reads too little, urad.
        public internal(set) var elevationIndexError: Double = 0
        /// Rms per axis of what air and wind shake, urad.
        public internal(set) var disturbance: Double = 0
        /// Corner of its spectrum, Hz.
        public internal(set) var disturbanceCorner: Double = 0
        /// Frequencies of vibration lines, Hz.
        public internal(set) var vibrationFrequencies: [Double] = []
        /// Rms per axis of each vibration line, urad.
        public internal(set) var vibration: Double = 0
        /// Electrons of the beacon in a fine frame at the closest approach.
        public internal(set) var beaconElectrons: Double = 0
        /// The same in a coarse frame.
        public internal(set) var coarseElectrons: Double = 0
        /// Share of the beacon's light that fades leave the cameras.
        public internal(set) var fadedShare: Double = 0
        /// Sky light, electrons per pixel and frame.
        public internal(set) var background: Double = 0
        /// Rms radius per axis of the quantum light in the field stop, urad.
        public internal(set) var seeing: Double = 0
        /// Electrons of a star that crosses the coarse field at the start; 0: none.
        public internal(set) var starElectrons: Double = 0
        /// Part of the time in clouds, which hide beacon and quantum light.
        public internal(set) var cloudFraction: Double = 0
        /// The shortest cloud, ps.
        public internal(set) var cloudShortest: Int64 = 0
        /// The longest cloud, ps.
        public internal(set) var cloudLongest: Int64 = 0
        /// When something stands before the telescope, ps since the start.
        public internal(set) var blockStart: Int64 = 0
        /// For how long, ps.
        public internal(set) var blockLength: Int64 = 0
        /// What one instrument does wrong.
        public internal(set) var fault = ""
        /// From when, ps since the start.
        public internal(set) var faultStart: Int64 = 0
        /// For how long, ps.
        public internal(set) var faultLength: Int64 = 0
    }
}
