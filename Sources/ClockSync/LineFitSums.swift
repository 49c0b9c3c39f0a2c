/// Sums of a straight-line fit.
struct LineFitSums {
    var count = 0.0
    var time = 0.0
    var timeSquare = 0.0
    var value = 0.0
    var product = 0.0
    var valueSquare = 0.0

    mutating func add(_ x: Double, _ y: Double) {
        count += 1
        time += x
        timeSquare += x * x
        value += y
        product += x * y
        valueSquare += y * y
    }

    /// Value at x = 0, and slope.
    var line: (Double, Double) {
        let spread = timeSquare - time * time / count
        let slope = spread > 0 ? (product - time * value / count) / spread : 0
        return ((value - slope * time) / count, slope)
    }

    /// Sum of the squared distances from the line.
    var residualSquare: Double {
        let (offset, slope) = line
        return max(valueSquare - offset * value - slope * product, 0)
    }

    /// Standard deviation of the peak on `flat` uniform counts within +-gate, cut at 4 of them.
    func scatter(without flat: Double, gate: Double) -> Double {
        let peak = residualSquare - flat * gate * gate / 3
        return (max(peak, 0) / max(count - flat, 1)).squareRoot()
    }
}
