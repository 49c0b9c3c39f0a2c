/// A calibrated value with its uncertainty, in the unit that whoever gives it out states.
public struct Estimate: Equatable, Sendable, BitwiseCopyable {
    /// The value.
    public var value: Double
    /// Its standard deviation from counting statistics; 0 or more.
    public var sigma: Double
    /// Tags, or pixels, that it rests on.
    public var counts: Int64

    /// An estimate with every field given.
    public init(value: Double, sigma: Double, counts: Int64) {
        self.value = value
        self.sigma = sigma
        self.counts = counts
    }

    /// This value less an independent one; the counts stay this one's.
    public func minus(_ other: Estimate) -> Estimate {
        Estimate(
            value: value - other.value,
            sigma: (sigma * sigma + other.sigma * other.sigma).squareRoot(), counts: counts)
    }

    /// This value as a multiple of an independent one, which is not 0.
    public func over(_ other: Estimate) -> Estimate {
        let ratio = value / other.value
        let relative = other.sigma * ratio
        return Estimate(
            value: ratio,
            sigma: (sigma * sigma + relative * relative).squareRoot() / other.value.magnitude,
            counts: min(counts, other.counts))
    }

    /// What is left of a width after parts that add to it in quadrature: a laser's, a tagger's.
    ///
    /// - Parameter parts: Widths in the same unit and of the same kind, of two independent causes.
    /// - Returns: `nil` if the parts are as wide as the whole.
    public func without(_ first: Estimate, _ second: Estimate) -> Estimate? {
        let square = value * value - first.value * first.value - second.value * second.value
        guard square > 0 else { return nil }
        let rest = square.squareRoot()
        let slopes = SIMD4(
            value * sigma, first.value * first.sigma, second.value * second.sigma, 0)
        return Estimate(
            value: rest, sigma: (slopes * slopes).sum().squareRoot() / rest, counts: counts)
    }
}
