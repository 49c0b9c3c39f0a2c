public import Calibration

/// One value that a calibration found on the simulated bench, beside the truth that was hidden.
public struct BenchFinding: Sendable {
    /// What it is.
    public var name: String
    /// Unit of value, sigma and truth.
    public var unit: String
    /// What the bench was set to.
    public var truth: Double
    /// What the estimator found.
    public var estimate: Estimate

    /// Distance from the truth in standard deviations.
    public var pull: Double { (estimate.value - truth) / estimate.sigma }

    init(_ name: String, _ unit: String, truth: Double, _ estimate: Estimate) {
        self.name = name
        self.unit = unit
        self.truth = truth
        self.estimate = estimate
    }
}

/// The calibrations by name, each as it is done on the bench.
public enum BenchProcedure: String, CaseIterable, Sendable {
    case dark, threshold, deadtime, afterpulse, linearity, jitter, skew, beacon
    case efficiency, polarisation, gate, background, crosstalk, interlock, camera

    /// Runs the procedure on a bench of its own and gives what it found beside the truth.
    public func run(seed: UInt64) throws(CalibrationError) -> [BenchFinding] {
        switch self {
        case .dark: try BenchCounting(seed: seed).dark()
        case .threshold: try BenchCounting(seed: seed).threshold()
        case .linearity: try BenchCounting(seed: seed).linearity()
        case .efficiency: try BenchCounting(seed: seed).efficiency()
        case .polarisation: try BenchCounting(seed: seed).polarisation()
        case .gate: try BenchCounting(seed: seed).gate()
        case .deadtime: try BenchIntervals(seed: seed).deadTime()
        case .afterpulse: try BenchIntervals(seed: seed).afterpulsing()
        case .crosstalk: try BenchIntervals(seed: seed).crosstalk()
        case .interlock: try BenchIntervals(seed: seed).interlock()
        case .jitter: try BenchTiming(seed: seed).jitter()
        case .skew: try BenchTiming(seed: seed).skew()
        case .beacon: try BenchTiming(seed: seed).beacon()
        case .background: try BenchTiming(seed: seed).background()
        case .camera: try BenchCamera.photonTransfer(seed: seed)
        }
    }
}
