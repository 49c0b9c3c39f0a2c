internal import Quantities

/// Where each detector is sensitive in time, and which gate treats all alike.
///
/// Counts of each detector at equal steps of the gate's delay: a hardware gate moved against a
/// pulsed laser, or the phase histogram of a pass, whose bins are a software gate's steps. Only
/// ratios of what the detectors count count here, so a common change of the light does no harm.
public struct GateScan: BitwiseCopyable {
    /// Time between two steps, ps.
    public let step: Double
    /// Steps of the scan.
    public let steps: Int
    private let counts: UnsafeMutableBufferPointer<SIMD4<Double>>
    private let background: SIMD4<Double>

    /// What a gate does.
    public struct Gate: Equatable, Sendable, BitwiseCopyable {
        /// First step of the gate.
        public var first: Int
        /// Steps in the gate.
        public var length: Int
        /// Share of each detector's counts that the gate keeps.
        public var kept: SIMD4<Double>
        /// Largest over smallest of the shares kept: what the gate adds to the efficiency mismatch.
        public var mismatch: Estimate
        /// Largest ratio of two detectors' shares at one step of the gate, lowered by two of its
        /// standard deviations so that noise alone does not make it; 1 or more.
        public var largestRatio: Double

        /// Smallest of the shares kept.
        public var keptByWorst: Double {
            min(min(kept.x, kept.y), min(kept.z, kept.w))
        }
    }

    /// A scan of `counts`, by step and then by detector.
    ///
    /// - Parameters:
    ///   - step: Time between two steps, ps, more than 0.
    ///   - background: Counts per step of each detector that no pulse made.
    public init(
        _ counts: UnsafeMutableBufferPointer<SIMD4<Double>>, step: Double,
        background: SIMD4<Double>
    ) throws(CalibrationError) {
        guard counts.count >= 5 else {
            throw .tooFewPoints(found: Int64(widening: counts.count), needed: 5)
        }
        guard step > 0, step < 1e12 else {
            throw .badSetting(.window, value: step, lowest: 0, highest: 1e12)
        }
        self.counts = counts
        self.step = step
        self.background = background
        steps = counts.count
        for lane in 0..<4 {
            var sum = 0.0
            for place in counts.indices { sum += counts[place][lane] - background[lane] }
            guard sum.magnitude <= 1e15 else {
                throw .badSetting(.counts, value: sum, lowest: 0, highest: 1e15)
            }
            guard sum > 100 else { throw .tooFewCounts(found: Int64(max(sum, 0)), needed: 100) }
        }
    }

    /// The delay, ps from the middle of the first step, about which detector `lane` (0 to 3) is
    /// sensitive: the centroid of its counts.
    public func centre(_ lane: Int) -> Estimate {
        let sums = sums(lane)
        let mean = sums.first / sums.light
        var variance = 0.0
        for place in 0..<steps {
            let distance = Double(place) - mean
            variance += counts[place][lane & 3] * distance * distance
        }
        return Estimate(
            value: mean * step, sigma: variance.squareRoot() / sums.light * step,
            counts: Int64(sums.light))
    }

    /// How long detector `lane` is sensitive, ps: the counts of all steps over those of a step on
    /// the plateau, which is the middle half of the steps between the half heights. For a gate
    /// whose edges are blurred alike this is its full width at half maximum.
    public func width(_ lane: Int) throws(CalibrationError) -> Estimate {
        var highest = 0.0
        for place in 0..<steps { highest = max(highest, light(place, lane)) }
        var (first, last) = (0, steps - 1)
        while first < last, light(first, lane) < highest / 2 { first += 1 }
        while last > first, light(last, lane) < highest / 2 { last -= 1 }
        let quarter = (last - first + 1) / 4
        var (sum, number) = (0.0, 0.0)
        for place in first + quarter...last - quarter {
            sum += counts[place][lane & 3]
            number += 1
        }
        let level = sum / max(number, 1) - background[lane & 3]
        guard number >= 3, level > 0 else { throw .notFound(.plateau) }
        let all = sums(lane)
        let width = all.light / level
        // Counts on the plateau are in both sums.
        let inside = sum * (1 - width / number) * (1 - width / number)
        let variance = (inside + (all.counts - sum)) / (level * level)
        return Estimate(
            value: width * step, sigma: variance.squareRoot() * step, counts: Int64(all.light))
    }

    /// What a gate of `length` steps from step `first` on does to the four detectors.
    public func gate(first: Int, length: Int) throws(CalibrationError) -> Gate {
        guard first >= 0, length >= 1, length <= steps, first <= steps - length else {
            throw .badSetting(
                .gate, value: Double(length), lowest: 1, highest: Double(steps - max(first, 0)))
        }
        var (kept, variances) = (SIMD4<Double>(repeating: 0), SIMD4<Double>(repeating: 0))
        for lane in 0..<4 {
            var (inside, light) = (0.0, 0.0)
            for place in first..<first + length {
                inside += counts[place][lane]
                light += self.light(place, lane)
            }
            let all = sums(lane)
            let share = light / all.light
            kept[lane] = share
            let outside = all.counts - inside
            variances[lane] =
                (inside * (1 - share) * (1 - share) + outside * share * share)
                / (all.light * all.light)
        }
        guard kept.x > 0, kept.y > 0, kept.z > 0, kept.w > 0 else { throw .notFound(.light) }
        var (low, high) = (0, 0)
        for lane in 1..<4 {
            if kept[lane] < kept[low] { low = lane }
            if kept[lane] > kept[high] { high = lane }
        }
        let most = Estimate(
            value: kept[high], sigma: max(variances[high], 0).squareRoot(),
            counts: Int64(sums(high).light))
        let least = Estimate(
            value: kept[low], sigma: max(variances[low], 0).squareRoot(),
            counts: Int64(sums(low).light))
        return Gate(
            first: first, length: length, kept: kept, mismatch: most.over(least),
            largestRatio: largestRatio(first..<first + length))
    }

    /// The gate of `length` steps that keeps most of the detector that it serves worst.
    public func best(length: Int) throws(CalibrationError) -> Gate {
        var best: Gate?
        for first in 0...max(steps - length, 0) {
            do throws(CalibrationError) {
                let next = try gate(first: first, length: length)
                if next.keptByWorst > best?.keptByWorst ?? 0 { best = next }
            } catch {
                // A gate in which a detector sees nothing is no candidate.
                guard error == .notFound(.light) else { throw error }
            }
        }
        guard let best else { throw .notFound(.light) }
        return best
    }

    private func largestRatio(_ range: Range<Int>) -> Double {
        let totals = SIMD4(sums(0).light, sums(1).light, sums(2).light, sums(3).light)
        var largest = 1.0
        for place in range {
            for a in 0..<4 {
                for b in 0..<4 where b != a {
                    let (x, y) = (light(place, a), light(place, b))
                    guard x >= 25, y >= 25 else { continue }
                    let ratio = x / totals[a] / (y / totals[b])
                    let relative =
                        counts[place][a] / (x * x) + counts[place][b] / (y * y)
                    largest = max(largest, ratio * (1 - 2 * relative.squareRoot()))
                }
            }
        }
        return largest
    }

    private func light(_ place: Int, _ lane: Int) -> Double {
        counts[place][lane & 3] - background[lane & 3]
    }

    private func sums(_ lane: Int) -> (light: Double, counts: Double, first: Double) {
        var sums = (light: 0.0, counts: 0.0, first: 0.0)
        for place in 0..<steps {
            let light = light(place, lane)
            sums.light += light
            sums.counts += counts[place][lane & 3]
            sums.first += light * Double(place)
        }
        return sums
    }
}
