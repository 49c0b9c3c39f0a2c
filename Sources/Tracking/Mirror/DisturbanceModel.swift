/// A vibration of telescope or air at one frequency.
public struct VibrationLine: Equatable, Sendable, BitwiseCopyable {
    /// Hz, more than 0.
    public var frequency: Double
    /// Amplitude over the square root of 2, rad.
    public var rms: Double
    /// How long it keeps its phase, s.
    public var coherence: Double

    /// A line, by default one that keeps its phase for two seconds.
    public init(frequency: Double, rms: Double, coherence: Double = 2) {
        self.frequency = frequency
        self.rms = rms
        self.coherence = coherence
    }
}

/// What shakes the line of sight along one axis, as far as the controller is told.
public struct DisturbanceModel: Sendable {
    /// Most vibration lines of one model.
    public static let lineCapacity = 4

    /// Turbulence and wind together, rad rms.
    public var rms: Double
    /// Where the spectrum turns from f^-2/3 to f^-11/3, Hz.
    public var corner: Double
    /// Slow wandering of the mount about the prediction, rad rms.
    public var drift: Double
    /// How fast it wanders: natural frequency, Hz.
    public var driftFrequency: Double
    /// Vibration lines in use, 0 to ``lineCapacity``.
    public private(set) var lineCount = 0
    private var lines: InlineArray<4, VibrationLine> = InlineArray(
        repeating: VibrationLine(frequency: 1, rms: 0))

    /// A model without vibration lines; the values are clamped to what can be worked with.
    public init(
        rms: Double = 10e-6, corner: Double = 20, drift: Double = 50e-6,
        driftFrequency: Double = 0.05
    ) {
        self.rms = Self.clamp(rms, 1e-9, 1e-2)
        self.corner = Self.clamp(corner, 0.1, 1e4)
        self.drift = Self.clamp(drift, 0, 1e-2)
        self.driftFrequency = Self.clamp(driftFrequency, 1e-4, 10)
    }

    /// Adds a line; false if there is no room or its values make no sense.
    public mutating func add(_ line: VibrationLine) -> Bool {
        guard lineCount < Self.lineCapacity, line.frequency > 0, line.frequency < 1e5,
            line.rms >= 0, line.rms < 1e-2, line.coherence > 1e-3, line.coherence < 1e6
        else { return false }
        lines[lineCount] = line
        lineCount += 1
        return true
    }

    /// Line number `index`, which is below ``lineCount``.
    public func line(_ index: Int) -> VibrationLine {
        precondition(index >= 0 && index < lineCount)
        return lines[index]
    }

    /// Most modes of one model.
    static let modeCapacity = 7

    /// Modes in use.
    var modeCount: Int { 3 + lineCount }

    /// Mode number `index`: two for the turbulence, one for the drift, one for each line.
    ///
    /// The two bands are those whose optimal predictor over three frames of 1 ms has the smallest
    /// error under the spectrum f^-2/3 to f^-11/3; it is within 2 % of what any predictor reaches.
    func mode(_ index: Int) -> PointingMode {
        switch index {
        case 0: PointingMode(frequency: 0.86 * corner, damping: 1.1, rms: 0.79 * rms)
        case 1: PointingMode(frequency: 0.0375 * corner, damping: 1.1, rms: 0.6 * rms)
        case 2: PointingMode(frequency: driftFrequency, damping: 1, rms: drift)
        default:
            PointingMode(
                frequency: lines[index - 3].frequency,
                damping: 1
                    / (6.283_185_307_179_586 * lines[index - 3].frequency
                        * lines[index - 3].coherence),
                rms: lines[index - 3].rms)
        }
    }

    private static func clamp(_ value: Double, _ low: Double, _ high: Double) -> Double {
        value > low ? (value < high ? value : high) : low
    }
}
