/// Finds the beacon's pulse train among false pulses: frequency and phase at once, with a test of
/// significance, so that noise is not taken for a train.
///
/// For each frequency of a grid the residuals are folded at the pulse period into a histogram; the
/// highest bin over all must stand out. Least squares on the pulses near it then refine both.
struct BeaconAcquisition {
    /// Pulses in one attempt: 0.1 s at 10 kHz with as many false ones again.
    static let capacity = 2_048
    /// Folded-phase bins.
    static let bins = 10_000
    /// Fewest pulses in the highest bin.
    static let fewestInPeak = 25.0
    /// Standard deviations by which the highest bin must exceed the mean.
    static let significance = 8.0

    /// Shortest root-mean-square spread in time of the pulses that fit, s.
    static let shortestSpread = 0.01

    /// Bytes of storage that one acquisition works in.
    static let storageBytes = capacity * 16 + (bins + 1) * 2

    /// What was found: the train's residual as a line over tag time.
    struct Result {
        /// Residual at ``middle``, ps, within half a period of the prediction.
        var phase: Double
        /// Residual frequency, ps/s.
        var frequency: Double
        /// Mean tag time of the pulses that fit, s after the attempt's origin.
        var middle: Double
        /// Pulses that fit.
        var count: Int
        /// Their scatter, ps.
        var scatter: Double
        /// Their root-mean-square distance in time from the middle, s.
        var spread: Double
    }

    private let times: UnsafeMutablePointer<Double>
    private let residuals: UnsafeMutablePointer<Double>
    private let histogram: UnsafeMutablePointer<UInt16>
    private(set) var count = 0

    /// An acquisition that works in `storage`, at least ``storageBytes`` long and 8-byte aligned.
    init(storage: UnsafeMutableRawPointer) {
        times = storage.bindMemory(to: Double.self, capacity: Self.capacity)
        residuals = (storage + Self.capacity * 8).bindMemory(
            to: Double.self, capacity: Self.capacity)
        histogram = (storage + Self.capacity * 16).bindMemory(
            to: UInt16.self, capacity: Self.bins + 1)
    }

    /// Forgets all pulses.
    mutating func clear() { count = 0 }

    /// Takes in a pulse `time` seconds after the origin, `residual` ps behind the prediction.
    mutating func add(time: Double, residual: Double) {
        guard count < Self.capacity else { return }
        times[count] = time
        residuals[count] = residual
        count += 1
    }

    /// Forgets the pulses before `time` seconds.
    mutating func drop(before time: Double) {
        var kept = 0
        for i in 0..<count where times[i] >= time {
            times[kept] = times[i]
            residuals[kept] = residuals[i]
            kept += 1
        }
        count = kept
    }

    /// Searches the collected pulses.
    ///
    /// - Parameters:
    ///   - period: The train's period, ps.
    ///   - halfRange: Frequencies searched on either side of 0, ps/s.
    ///   - jitter: Expected jitter of one pulse, ps.
    mutating func search(period: Double, halfRange: Double, jitter: Double) -> Result? {
        guard Double(count) >= Self.fewestInPeak else { return nil }
        let middle = 0.5 * (times[0] + times[count - 1])
        let span = max(times[count - 1] - times[0], 1e-3)
        // One step moves the ends of the window by half a bin.
        let binWidth = period / Double(Self.bins)
        let step = max(binWidth / span, 1)
        let steps = min(Int(halfRange / step), 2_000)
        var best = (height: 0, bin: 0, frequency: 0.0)
        var index = -steps
        while index <= steps {
            let frequency = Double(index) * step
            let peak = fold(frequency: frequency, middle: middle, period: period)
            if peak.height > best.height { best = (peak.height, peak.bin, frequency) }
            index += 1
        }
        let mean = 2 * Double(count) / Double(Self.bins)
        let needed = max(Self.fewestInPeak, mean + Self.significance * mean.squareRoot())
        guard Double(best.height) >= needed else { return nil }
        let phase = (Double(best.bin) + 1) * binWidth
        return refine(
            phase: phase > period / 2 ? phase - period : phase, frequency: best.frequency,
            middle: middle, period: period, gate: max(3 * binWidth, 5 * jitter))
    }

    /// Height and lower bin of the fullest pair of neighbouring bins at one frequency.
    private func fold(
        frequency: Double, middle: Double, period: Double
    ) -> (height: Int, bin: Int) {
        histogram.update(repeating: 0, count: Self.bins + 1)
        let scale = Double(Self.bins) / period
        for i in 0..<count {
            let folded = (residuals[i] - frequency * (times[i] - middle)) * scale
            var bin = Int(folded.rounded(.down)) % Self.bins
            if bin < 0 { bin += Self.bins }
            histogram[bin] &+= 1
        }
        histogram[Self.bins] = histogram[0]
        var best = (height: 0, bin: 0)
        for bin in 0..<Self.bins {
            let height = Int(histogram[bin]) + Int(histogram[bin + 1])
            if height > best.height { best = (height, bin) }
        }
        return best
    }

    /// Least squares on the pulses within `gate` of the line, narrowing to five deviations.
    private func refine(
        phase: Double, frequency: Double, middle: Double, period: Double, gate: Double
    ) -> Result? {
        var line = Result(
            phase: phase, frequency: frequency, middle: middle, count: 0, scatter: 0, spread: 0)
        var limit = gate
        for _ in 0..<6 {
            guard let better = leastSquares(about: line, period: period, limit: limit) else {
                return nil
            }
            line = better
            limit = min(limit, max(5 * line.scatter, 100))
        }
        // A train that has only just begun says little of its frequency: wait for more of it.
        guard Double(line.count) >= Self.fewestInPeak * 0.8, line.spread > Self.shortestSpread,
            !isSparseTrain(line, period: period, limit: limit)
        else { return nil }
        return line
    }

    /// Whether nearly all pulses on the line have numbers alike modulo 2 or 5, as those of a lamp
    /// at a harmonic of 50 Hz have; a beacon with many pulses missing hits all numbers alike.
    private func isSparseTrain(_ line: Result, period: Double, limit: Double) -> Bool {
        var total = 0
        var classes = InlineArray<10, Int>(repeating: 0)
        for i in 0..<count {
            let t = times[i] - line.middle
            var y = residuals[i] - line.phase - line.frequency * t
            y -= period * (y / period).rounded()
            guard abs(y) < limit else { continue }
            // The Doppler shift moves a pulse by less than a tenth of a period in 0.1 s.
            let number = Int((times[i] * 1e12 / period).rounded())
            classes[(number % 10 + 10) % 10] += 1
            total += 1
        }
        var step = 2
        while step <= 5 {
            for first in 0..<step {
                var alike = 0
                var place = first
                while place < 10 {
                    alike += classes[place]
                    place += step
                }
                if alike * 10 > total * 9 { return true }
            }
            step += 3
        }
        return false
    }

    private func leastSquares(about line: Result, period: Double, limit: Double) -> Result? {
        var n = 0.0
        var sumT = 0.0
        var sumY = 0.0
        var sumTT = 0.0
        var sumTY = 0.0
        var sumYY = 0.0
        for i in 0..<count {
            let t = times[i] - line.middle
            var y = residuals[i] - line.phase - line.frequency * t
            y -= period * (y / period).rounded()
            guard abs(y) < limit else { continue }
            n += 1
            sumT += t
            sumY += y
            sumTT += t * t
            sumTY += t * y
            sumYY += y * y
        }
        let determinant = n * sumTT - sumT * sumT
        guard n >= 10, determinant > 0 else { return nil }
        let slope = (n * sumTY - sumT * sumY) / determinant
        let offset = (sumY - slope * sumT) / n
        let left = max(sumYY - offset * sumY - slope * sumTY, 0)
        let mean = sumT / n
        var result = line
        result.phase += offset + (line.frequency + slope) * mean
        result.frequency += slope
        result.middle += mean
        result.count = Int(n)
        result.scatter = (left / max(n - 2, 1)).squareRoot()
        result.spread = max(sumTT / n - mean * mean, 0).squareRoot()
        return result
    }
}
