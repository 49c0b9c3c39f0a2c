internal import Quantities

/// The timing response of one detector to short pulses: its widths and its tail.
///
/// The top, the flanks at half and a tenth of the height and the tail are each fitted by the
/// exponential of a parabola (the tail: of a straight line), with the likelihood of Poisson counts,
/// so that neither bin width nor noise in the highest bin moves the result.
public struct ResponseShape: Equatable, Sendable, BitwiseCopyable {
    /// Full width at half maximum, ps.
    public let halfWidth: Estimate
    /// Full width at a tenth of the maximum, ps.
    public let tenthWidth: Estimate
    /// Time in which the tail falls to 1/e, ps; `nil` if too few counts lie in it.
    public let tail: Estimate?
    /// Where the maximum lies, ps from the start of the histogram.
    public let peak: Double
    /// Counts per bin that no pulse made.
    public let background: Double

    /// Fewest counts between twice the width behind the maximum and the end of the tail.
    static let fewestTailCounts = 60.0

    /// Measures the peak in `histogram`.
    public init(_ histogram: PhaseHistogram) throws(CalibrationError) {
        let coarse = try CoarsePeak(histogram)
        let scale = max(coarse.width, 1)
        guard coarse.width >= 8 else {
            throw .tooFewPoints(found: Int64(coarse.width), needed: 8)
        }
        let flanks = Flanks(histogram: histogram, coarse: coarse, scale: scale)
        guard let top = flanks.fit(flanks.run(side: 0, 0.7...9)), top.coefficients.z < 0 else {
            throw .noFit(.peak)
        }
        let summit = -top.coefficients.y / (2 * top.coefficients.z)
        let height = top.logarithm(at: summit)
        let heightVariance = top.variance(at: summit)
        let unit = scale * histogram.binWidth
        let total = Int64(histogram.total)
        halfWidth = try flanks.width(
            0.5, between: 0.3...0.72, height: height, variance: heightVariance, unit: unit,
            counts: total)
        tenthWidth = try flanks.width(
            0.1, between: 0.05...0.2, height: height, variance: heightVariance, unit: unit,
            counts: total)
        tail = flanks.tail(unit: unit)
        peak = (Double(coarse.bin) + 0.5 + summit * scale) * histogram.binWidth
        background = coarse.background
    }
}

/// The parts of a peak that are fitted.
private struct Flanks {
    let histogram: PhaseHistogram
    let coarse: CoarsePeak
    let scale: Double

    /// Bins next to the maximum, on one side (-1, 1) or both (0), whose smoothed height is in
    /// `share` of the maximum.
    func run(side: Int, _ share: ClosedRange<Double>) -> ClosedRange<Int> {
        let bins = histogram.counts.count
        if side == 0 {
            let left = first(below: share.lowerBound, step: -1, from: 0)
            let right = first(below: share.lowerBound, step: 1, from: 0)
            return coarse.bin - left + 1...coarse.bin + right - 1
        }
        let near = first(below: share.upperBound, step: side, from: 0)
        let far = min(
            max(first(below: share.lowerBound, step: side, from: near) - 1, near), bins / 2)
        return side > 0
            ? coarse.bin + near...coarse.bin + far : coarse.bin - far...coarse.bin - near
    }

    /// Distance from the maximum, at least 1, at which the smoothed height first is below `share`.
    private func first(below share: Double, step: Int, from: Int) -> Int {
        var distance = max(from, 1)
        while distance < histogram.counts.count / 2,
            coarse.smoothed(histogram, coarse.bin + distance * step) >= share * coarse.height
        {
            distance += 1
        }
        return distance
    }

    func fit(_ range: ClosedRange<Int>, isStraight: Bool = false) -> PoissonFit? {
        PoissonFit(
            histogram, range, origin: coarse.bin, scale: scale, background: coarse.background,
            isStraight: isStraight)
    }

    /// Full width at `share` of a maximum whose logarithm is `height`.
    func width(
        _ share: Double, between: ClosedRange<Double>, height: Double, variance: Double,
        unit: Double, counts: Int64
    ) throws(CalibrationError) -> Estimate {
        let level = height + Elementary.log(share)
        let left = try crossing(side: -1, between, level)
        let right = try crossing(side: 1, between, level)
        // A higher maximum moves both flanks outwards.
        let both = 1 / left.slope.magnitude + 1 / right.slope.magnitude
        let total = left.variance + right.variance + variance * both * both
        return Estimate(
            value: (right.place - left.place) * unit, sigma: total.squareRoot() * unit,
            counts: counts)
    }

    private struct Crossing {
        var place: Double
        var slope: Double
        var variance: Double
    }

    private func crossing(
        side: Int, _ share: ClosedRange<Double>, _ level: Double
    ) throws(CalibrationError) -> Crossing {
        var range = run(side: side, share)
        // A steep flank has few bins between the heights: take those next to them as well.
        let missing = max(5 - range.count, 0)
        range = range.lowerBound - (missing + 1) / 2...range.upperBound + missing / 2
        guard let fit = fit(range) else { throw .noFit(.flank) }
        let middle = Double(range.lowerBound + range.upperBound) / 2 - Double(coarse.bin)
        var place = middle / scale
        for _ in 0..<20 {
            let slope = fit.slope(at: place)
            guard slope * Double(side) < 0 else { throw .notFound(.flank) }
            let step = (level - fit.logarithm(at: place)) / slope
            place += min(max(step, -0.2), 0.2)
            if step.magnitude < 1e-9 { break }
        }
        let slope = fit.slope(at: place)
        return Crossing(
            place: place, slope: slope, variance: fit.variance(at: place) / (slope * slope))
    }

    /// Time constant of the tail, from twice the width behind the maximum on.
    func tail(unit: Double) -> Estimate? {
        let start = Int(2 * coarse.width)
        // Down to where the background's noise hides what is left, 0.05 % at most.
        let noise = (coarse.background / Double(2 * coarse.smoothing + 1)).squareRoot()
        let floor = max(0.0005 * coarse.height, noise)
        var end = start
        while end < histogram.counts.count / 2,
            coarse.smoothed(histogram, coarse.bin + end) > floor
        {
            end += 1
        }
        let range = coarse.bin + start...coarse.bin + end
        let light = histogram.sum(range) - coarse.background * Double(range.count)
        guard light >= ResponseShape.fewestTailCounts, let fit = fit(range, isStraight: true),
            fit.coefficients.y < 0
        else { return nil }
        let slope = -fit.coefficients.y
        return Estimate(
            value: unit / slope,
            sigma: fit.covariance.diagonal.y.squareRoot() / (slope * slope) * unit,
            counts: Int64(light))
    }
}
