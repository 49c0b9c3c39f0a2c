/// One degree in radians.
let radiansPerDegree = Double.pi / 180

extension Double {
    /// The nearest number in `range`.
    func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
