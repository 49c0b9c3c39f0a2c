/// Sifted detections of one basis and the errors among them, by intensity.
public struct BasisCounts: Equatable, Sendable, BitwiseCopyable {
    /// Largest count that is taken: every integer up to here is exact as a `Double`.
    public static let largest: Int64 = 1_000_000_000_000_000

    /// Detections, 0 up to ``largest``.
    public var detections: PerIntensity<Int64>
    /// Errors among them, at most the detections; meaningless unless ``hasErrors``.
    public var errors: PerIntensity<Int64>
    /// Whether the errors are known: in the key basis only once reconciliation has ended.
    public var hasErrors: Bool

    /// Detections and errors by intensity, as a sifter counts them.
    public init(detections: PerIntensity<Int64>, errors: PerIntensity<Int64>?) {
        self.detections = detections
        self.errors = errors ?? PerIntensity(0, 0, 0)
        hasErrors = errors != nil
    }

    /// Detections of a source without intensities.
    public init(detections: Int64, errors: Int64?) {
        self.init(
            detections: PerIntensity(detections, 0, 0),
            errors: errors.map { PerIntensity($0, 0, 0) })
    }

    var totalDetections: Double {
        Double(detections.first) + Double(detections.second) + Double(detections.third)
    }
    var totalErrors: Double {
        Double(errors.first) + Double(errors.second) + Double(errors.third)
    }
    /// Errors over detections, all intensities together. There are detections.
    var errorRate: Double { totalErrors / totalDetections }
}
