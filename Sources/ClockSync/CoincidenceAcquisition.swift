internal import Quantities

/// Finds the offset and frequency difference of two taggers from coincident photons.
///
/// Slices of both recordings are binned and cross-correlated by Fourier transform, nearest offsets
/// first; the highest peak must stand out from Poisson noise. Differences of single pairs near it
/// are then searched along a grid of frequencies, in spans that grow fourfold as the peak narrows,
/// and a line is fitted at the end. After C. Ho, A. Lamas-Linares and C. Kurtsiefer, New J. Phys.
/// 11, 045011 (2009), with the frequency searched on pairs instead of by further transforms.
public struct CoincidenceAcquisition {
    /// Base-2 logarithm of the smallest transform's size.
    static let log2Smallest = 17
    /// Base-2 logarithm of the largest transform's size, which only faint coincidences need.
    static let log2Largest = 20
    /// Pairs of photons that one refinement looks at.
    static let mostPairs = 1 << 16
    /// Bins of a refinement's histogram.
    static let mostBins = 4_096
    /// Fewest photons of either side.
    static let fewestPhotons = 50

    /// Bytes of storage that a search works in, 16-byte aligned.
    public static var storageBytes: Int {
        let size = 1 &<< log2Largest
        return 6 &* 4 &* size &+ 16 &* mostPairs &+ 8 &* mostBins
    }

    private let reference: UnsafeBufferPointer<Int64>
    private let other: UnsafeBufferPointer<Int64>
    private let configuration: CoincidenceConfiguration
    private var transform: FourierTransform
    private let twiddles: UnsafeMutablePointer<Float>
    private let signal: (real: UnsafeMutablePointer<Float>, imaginary: UnsafeMutablePointer<Float>)
    private let sample: (real: UnsafeMutablePointer<Float>, imaginary: UnsafeMutablePointer<Float>)
    private let elapsed: UnsafeMutablePointer<Double>
    private let lateness: UnsafeMutablePointer<Double>
    private let histogram: UnsafeMutablePointer<Int>

    private var origin: Int64 = 0
    private var slice: Int64 = 0
    private var bin: Int64 = 0

    /// Aligns `other` to `reference`, both ascending, ps.
    ///
    /// - Parameters:
    ///   - reference: Times of one tagger; the one with fewer photons costs less.
    ///   - other: Times of the other.
    ///   - configuration: How far to search.
    ///   - storage: Memory of ``storageBytes``.
    public static func align(
        reference: UnsafeBufferPointer<Int64>, other: UnsafeBufferPointer<Int64>,
        configuration: CoincidenceConfiguration, storage: UnsafeMutableRawPointer
    ) throws(CoincidenceError) -> CoincidenceAlignment {
        try check(configuration)
        guard reference.count >= fewestPhotons, other.count >= fewestPhotons else {
            throw .tooFewPhotons(
                reference: reference.count, other: other.count, needed: fewestPhotons)
        }
        var search = CoincidenceAcquisition(
            reference: reference, other: other, configuration: configuration, storage: storage)
        let peak = try search.coarse()
        return try search.refine(peak)
    }

    private static func check(
        _ configuration: CoincidenceConfiguration
    ) throws(CoincidenceError) {
        let range = Double(configuration.range)
        if !(range >= 1e6 && range <= 1e13) {
            throw .badSetting(.range, value: range, lowest: 1e6, highest: 1e13)
        }
        let ppm = configuration.frequencyRange
        if !(ppm >= 1e-9 && ppm <= 1e-3) {
            throw .badSetting(.frequencyRange, value: ppm, lowest: 1e-9, highest: 1e-3)
        }
        let span = Double(configuration.span)
        if !(span >= 1e10 && span <= 1e14) {
            throw .badSetting(.span, value: span, lowest: 1e10, highest: 1e14)
        }
        let alarm = configuration.falseAlarm
        if !(alarm >= 1e-30 && alarm <= 0.1) {
            throw .badSetting(.falseAlarm, value: alarm, lowest: 1e-30, highest: 0.1)
        }
    }

    private init(
        reference: UnsafeBufferPointer<Int64>, other: UnsafeBufferPointer<Int64>,
        configuration: CoincidenceConfiguration, storage: UnsafeMutableRawPointer
    ) {
        self.reference = reference
        self.other = other
        self.configuration = configuration
        let size = 1 &<< Self.log2Largest
        let floats = storage.bindMemory(to: Float.self, capacity: 6 &* size)
        twiddles = floats + 4 &* size
        transform = FourierTransform(log2Size: Self.log2Smallest, storage: twiddles)
        signal = (floats, floats + size)
        sample = (floats + 2 &* size, floats + 3 &* size)
        let rest = storage + 24 &* size
        elapsed = rest.bindMemory(to: Double.self, capacity: Self.mostPairs)
        lateness = (rest + 8 &* Self.mostPairs).bindMemory(
            to: Double.self, capacity: Self.mostPairs)
        histogram = (rest + 16 &* Self.mostPairs).bindMemory(
            to: Int.self, capacity: Self.mostBins)
        origin = max(reference[0], other[0])
    }

    private var size: Int { transform.size }

    // MARK: Coarse search

    /// A peak of the cross-correlation.
    private struct Peak {
        /// The other's time less the reference's in mid-slice, ps.
        var offset: Int64 = 0
        /// Frequency that was tried, as a fraction.
        var frequency = 0.0
        /// How far the true frequency may be from it.
        var frequencyReach = 0.0
        /// Natural logarithm of the chance of this height as noise.
        var log = 0.0
    }

    /// Finds the offset to within a bin, first with short slices, then with longer ones at a grid
    /// of frequencies, which sees fainter coincidences at more cost.
    private mutating func coarse() throws(CoincidenceError) -> Peak {
        let begin = firstIndex(reference, notBefore: origin)
        let left = reference.count &- begin
        let otherLeft = other.count &- firstIndex(other, notBefore: origin)
        guard left >= Self.fewestPhotons, otherLeft >= Self.fewestPhotons else {
            throw .tooFewPhotons(reference: left, other: otherLeft, needed: Self.fewestPhotons)
        }
        let available = min(
            configuration.span, reference[reference.count &- 1] &- origin &+ 1)
        // A thousand reference photons, but not less than 10 ms.
        let rate = Double(left) / Double(reference[reference.count &- 1] &- reference[begin] &+ 1)
        let wanted = max(1e10, 1_000 / rate)
        var strongest = Peak()
        for level in 0..<5 {
            var best = Peak()
            let tries = 1 &<< level
            let log2Size = min(max(Self.log2Smallest, 16 &+ level), Self.log2Largest)
            if log2Size != transform.log2Size {
                transform = FourierTransform(log2Size: log2Size, storage: twiddles)
            }
            slice = min(Int64(wanted * Double(tries)), available)
            let smear = 2 * configuration.frequencyRange / Double(tries) * Double(slice)
            bin = max(Int64(smear * 0.64), 64_000)
            // The slice must leave half of the transform to offsets.
            bin = max(bin, 2 &* slice / Int64(widening: size) &+ 1)
            for attempt in 0..<tries {
                let step = (Double(attempt) + 0.5) / Double(tries) * 2 - 1
                scan(frequency: step * configuration.frequencyRange, best: &best)
            }
            // Pairs that fall half into each of two bins at the right frequency reach no higher
            // than those of the neighbour on the grid, 2/tries away, smeared over as many.
            best.frequencyReach = min(2.6 / Double(tries), 1.5) * configuration.frequencyRange
            if level == 0 { best.frequencyReach = configuration.frequencyRange }
            if best.log < logNeeded { return best }
            if best.log < strongest.log { strongest = best }
            if slice == available, level > 0 { break }
        }
        throw .noCoincidences(
            significance: sigmas(strongest), needed: (-2 * logNeeded).squareRoot())
    }

    /// What a height's natural-logarithmic chance must fall below.
    private var logNeeded: Double {
        let lags = 2 * Double(configuration.range) / Double(max(bin, 1))
        return Elementary.log(configuration.falseAlarm) - Elementary.log(max(16 * lags, 1))
    }

    private func sigmas(_ peak: Peak) -> Double { (max(-2 * peak.log, 0)).squareRoot() }

    /// Correlates one slice with all offsets in the range, nearest to 0 first.
    private func scan(frequency: Double, best: inout Peak) {
        let start = origin
        let first = firstIndex(reference, notBefore: start)
        let last = firstIndex(reference, notBefore: start &+ slice, from: first)
        guard last > first else { return }
        let stride = (Int64(widening: size) &* bin &- slice) / bin &* bin
        let blocks = configuration.range / stride &+ 1
        fillReference(first..<last, frequency: frequency)
        // Two blocks at a time, of either sign: -1 and 0, then -2 and 1, and so on.
        var pair: Int64 = 0
        while pair < blocks {
            let early = -stride &* (pair &+ 1)
            let late = stride &* pair
            fillOther(sample.real, from: start &+ early)
            fillOther(sample.imaginary, from: start &+ late)
            transform.transform(sample.real, sample.imaginary)
            multiply()
            // The exchanged buffers make it the inverse.
            transform.reorder(sample.real, sample.imaginary)
            transform.transform(sample.imaginary, sample.real)
            transform.reorder(sample.real, sample.imaginary)
            let lags = Int(truncatingIfNeeded: stride / bin)
            judge(sample.real, lags: lags, from: early, frequency, &best)
            judge(sample.imaginary, lags: lags, from: late, frequency, &best)
            if best.log < logNeeded { return }
            pair &+= 1
        }
    }

    private func fillReference(_ range: Range<Int>, frequency: Double) {
        for i in 0..<size {
            signal.real[i] = 0
            signal.imaginary[i] = 0
        }
        let middle = Double(slice) / 2
        for i in range {
            let time = Double(reference[i] &- origin)
            let place = Int((time + frequency * (time - middle)) / Double(bin))
            if place >= 0, place < size { signal.real[place] += 1 }
        }
        transform.transform(signal.real, signal.imaginary)
    }

    private func fillOther(_ values: UnsafeMutablePointer<Float>, from start: Int64) {
        for i in 0..<size { values[i] = 0 }
        var i = firstIndex(other, notBefore: start)
        let width = Double(bin)
        while i < other.count {
            let place = Int(Double(other[i] &- start) / width)
            guard place < size else { break }
            values[place] += 1
            i &+= 1
        }
    }

    /// Multiplies the sample's spectrum by the conjugate of the signal's.
    private func multiply() {
        let scale = 1 / Float(size)
        for i in 0..<size {
            let a = signal.real[i] * scale
            let b = signal.imaginary[i] * scale
            let c = sample.real[i]
            let d = sample.imaginary[i]
            sample.real[i] = a * c + b * d
            sample.imaginary[i] = a * d - b * c
        }
    }

    /// Takes the offset `start` + lag * bin that stands out most from the offsets around it, whose
    /// mean changes where one of the recordings begins, ends or fades.
    private func judge(
        _ values: UnsafeMutablePointer<Float>, lags: Int, from start: Int64, _ frequency: Double,
        _ best: inout Peak
    ) {
        let length = max(1_024, (lags &+ 127) / 128)
        let segments = (lags &+ length &- 1) / length
        var means = InlineArray<128, Float>(repeating: 0)
        for segment in 0..<segments {
            let end = min((segment &+ 1) &* length, lags)
            var sum: Float = 0
            for lag in segment &* length..<end { sum += values[lag] }
            means[segment] = sum / Float(end &- segment &* length)
        }
        var highest: Float = 0
        var place = 0
        var mean: Float = 0
        for segment in 0..<segments {
            let beside = max(
                means[max(segment &- 1, 0)], means[min(segment &+ 1, segments &- 1)])
            let around = max(max(means[segment], beside), 0.02)
            let deviation = around.squareRoot()
            for lag in segment &* length..<min((segment &+ 1) &* length, lags)
            where values[lag] - around > highest * deviation {
                highest = (values[lag] - around) / deviation
                place = lag
                mean = around
            }
        }
        guard mean > 0 else { return }
        let log = Self.logPoissonTail(Double(values[place].rounded()), mean: Double(mean))
        let offset = start &+ Int64(widening: place) &* bin
        guard log < best.log, abs(offset) <= configuration.range &+ bin else { return }
        best = Peak(offset: offset, frequency: frequency, log: log)
    }

    /// Chernoff's bound on the natural logarithm of the chance of `count` or more with this mean.
    static func logPoissonTail(_ count: Double, mean: Double) -> Double {
        guard count > mean, mean > 0 else { return 0 }
        return count - mean - count * Elementary.log(count / mean)
    }
}

extension CoincidenceAcquisition {
    /// What is known of the line while it is refined: lateness about mid-span.
    private struct Line {
        /// The other's time less the reference's at the origin, ps: the whole part.
        var base: Int64
        /// The rest of it at ``middle``, ps.
        var offset = 0.0
        var frequency: Double
        /// Half widths of what is still possible.
        var offsetReach: Double
        var frequencyReach: Double
        /// Middle of the span that gave it, ps after the origin.
        var middle: Double
    }

    /// What a refinement found.
    private struct Narrowed {
        /// Standard deviations by which the highest bin exceeds its surroundings.
        var significance: Double
        /// Half width of the peak's window, ps.
        var width: Double
        /// Pairs in it beyond accidental ones.
        var pairs: Double
        /// The same for the window that the caller asked for.
        var pairsCounted: Double
    }

    /// Narrows the line in growing spans and fits it.
    private mutating func refine(_ peak: Peak) throws(CoincidenceError) -> CoincidenceAlignment {
        var line = Line(
            base: peak.offset, frequency: peak.frequency, offsetReach: 1.5 * Double(bin),
            frequencyReach: peak.frequencyReach, middle: Double(slice) / 2)
        var span = Double(slice)
        let farthest = Double(
            min(configuration.span, reference[reference.count &- 1] &- origin &+ 1))
        var found = narrow(&line, span: span, counting: 0)
        guard found.significance >= 6 else {
            throw .notALine(significance: found.significance, needed: 6)
        }
        // Each turn multiplies the span by four: at most 8 for 10 ms to 100 s.
        while span < farthest {
            let wider = min(4 * span, farthest)
            var next = line
            let more = narrow(&next, span: wider, counting: found.width)
            // A frequency that changes smears the peak: the span before is then what fits a line.
            let expected = found.pairs * wider / span
            guard more.pairsCounted > 0.6 * expected, more.significance >= 6 else {
                break
            }
            (line, span, found) = (next, wider, more)
        }
        return try fit(line, span: span, width: found.width, found.significance)
    }

    /// Pair differences that were collected.
    private struct Collected {
        /// How many are kept.
        var count = 0
        /// One of so many that there are is kept, evenly over the span.
        var stride = 1
    }

    /// Collects pair differences along the line over `span` ps, thinned evenly to the room for them.
    private func collect(_ line: Line, span: Double, reach: Double) -> Collected {
        var kept = Collected()
        var found = 0
        var i = firstIndex(reference, notBefore: origin)
        let end = firstIndex(reference, notBefore: origin &+ Int64(span), from: i)
        guard i < end else { return kept }
        let window = Int64(reach)
        var j = firstIndex(other, notBefore: target(of: reference[i], line) &- window)
        while i < end {
            let time = Double(reference[i] &- origin)
            let target = target(of: reference[i], line)
            while j < other.count, other[j] < target &- window { j &+= 1 }
            var k = j
            while k < other.count, other[k] <= target &+ window {
                if found % kept.stride == 0 {
                    if kept.count == Self.mostPairs { halve(&kept) }
                    elapsed[kept.count] = time - line.middle
                    // Against the line itself, so that the target's whole ps do not matter.
                    lateness[kept.count] =
                        Double(other[k] &- reference[i] &- line.base) - line.offset
                        - line.frequency * (time - line.middle)
                    kept.count &+= 1
                }
                found &+= 1
                k &+= 1
            }
            i &+= 1
        }
        return kept
    }

    /// Where the other tagger should tag a partner of the reference's photon at `time`.
    private func target(of time: Int64, _ line: Line) -> Int64 {
        let elapsed = Double(time &- origin) - line.middle
        return time &+ line.base &+ Int64(line.offset + line.frequency * elapsed)
    }

    /// Drops every second pair.
    private func halve(_ kept: inout Collected) {
        kept.count /= 2
        kept.stride &*= 2
        for i in 0..<kept.count {
            elapsed[i] = elapsed[2 &* i]
            lateness[i] = lateness[2 &* i]
        }
    }

    /// Finds the highest histogram bin over offsets and frequencies, and makes it the line.
    ///
    /// - Parameter window: Half width, ps, in which pairs are counted beside the peak's own.
    private func narrow(_ line: inout Line, span: Double, counting window: Double) -> Narrowed {
        // The line is known about its old middle; about the new one the frequency adds to that.
        let middle = span / 2
        let added = abs(middle - line.middle) * line.frequencyReach
        line.offset += line.frequency * (middle - line.middle)
        line.middle = middle
        line.offsetReach += added
        let reach = line.offsetReach + line.frequencyReach * span / 2
        let collected = collect(line, span: span, reach: reach)
        let pairs = collected.count
        // As narrow as 32 frequencies allow, but not below what taggers resolve.
        let finest = max(2 * line.offsetReach / Double(Self.mostBins), 250)
        let width = max(line.frequencyReach * span / 32, finest)
        let steps = max(Int((line.frequencyReach * span / width).rounded(.up)), 1)
        let bins = min(Int(2 * line.offsetReach / width) &+ 3, Self.mostBins)
        let perWidth = 1 / width
        let middleBin = Double(bins / 2) + 0.5
        var best = (height: 0.0, offset: 0.0, change: 0.0)
        for step in -steps...steps {
            let change = line.frequencyReach * Double(step) / Double(steps)
            for i in 0..<bins { histogram[i] = 0 }
            for i in 0..<pairs {
                let place = (lateness[i] - change * elapsed[i]) * perWidth + middleBin
                if place >= 0, place < Double(bins) { histogram[Int(place)] &+= 1 }
            }
            for i in 1..<max(bins &- 1, 2) {
                let height = Double(histogram[i &- 1] &+ 2 &* histogram[i] &+ histogram[i &+ 1])
                if height > best.height {
                    best = (height, Double(i &- bins / 2) * width, change)
                }
            }
        }
        let background = Double(pairs) * width / (2 * reach)
        var inPeak = 0.0
        var counted = 0.0
        for i in 0..<pairs {
            let rest = abs(lateness[i] - best.change * elapsed[i] - best.offset)
            if rest < width { inPeak += 1 }
            if rest < window { counted += 1 }
        }
        line.offset += best.offset
        line.frequency += best.change
        line.offsetReach = 2 * width
        line.frequencyReach = 4 * width / span
        let tail = Self.logPoissonTail(inPeak, mean: max(2 * background, 0.05))
        let thinning = Double(collected.stride)
        return Narrowed(
            significance: max(-2 * tail, 0).squareRoot(), width: width,
            pairs: thinning * (inPeak - 2 * background),
            pairsCounted: thinning * (counted - 2 * background * window / width))
    }

    /// Fits the pairs near the line by least squares, gated at a robust scatter.
    private func fit(
        _ start: Line, span: Double, width: Double, _ significance: Double
    ) throws(CoincidenceError) -> CoincidenceAlignment {
        var line = start
        let reach = max(8 * width, 4_000)
        var gate = max(3 * width, 1_500)
        var used = LineFitSums()
        let pairs = collect(line, span: span, reach: reach).count
        for _ in 0..<8 {
            used = LineFitSums()
            for i in 0..<pairs where abs(lateness[i]) <= gate {
                used.add(elapsed[i], lateness[i])
            }
            guard used.count >= 8 else {
                throw .notALine(significance: significance, needed: 6)
            }
            let (offset, frequency) = used.line
            line.offset += offset
            line.frequency += frequency
            for i in 0..<pairs { lateness[i] -= offset + frequency * elapsed[i] }
            // A uniform background within the gate spreads more than the pairs do.
            let flat = accidentals(pairs, used.count, gate: gate, reach: reach)
            let scatter = used.scatter(without: flat, gate: gate)
            let next = min(max(4 * scatter, 50), reach * 0.6)
            let isSettled = abs(next - gate) < 0.02 * gate && abs(offset) < 0.1
            gate = next
            if isSettled { break }
        }
        return result(line, used, pairs: pairs, gate, reach, span, significance)
    }

    /// Accidentals within the gate, from what lies between twice the gate and the reach.
    private func accidentals(_ pairs: Int, _ inGate: Double, gate: Double, reach: Double) -> Double
    {
        var outside = 0.0
        let inner = min(1.5 * gate, 0.95 * reach)
        for i in 0..<pairs where abs(lateness[i]) > inner { outside += 1 }
        return min(outside * gate / (reach - inner), 0.9 * inGate)
    }

    private func result(
        _ line: Line, _ sums: LineFitSums, pairs: Int, _ gate: Double, _ reach: Double,
        _ span: Double,
        _ significance: Double
    ) -> CoincidenceAlignment {
        let flat = accidentals(pairs, sums.count, gate: gate, reach: reach)
        let scatter = sums.scatter(without: flat, gate: gate)
        // Each pair in the gate scatters; only true ones pull the line to the truth.
        let total = (sums.residualSquare / sums.count).squareRoot()
        let share = max(1 - flat / sums.count, 0.1)
        let deviation = total / share / sums.count.squareRoot()
        let mean = sums.time / sums.count
        let spread = max(sums.timeSquare / sums.count - mean * mean, 1)
        var alignment = CoincidenceAlignment()
        alignment.origin = origin
        alignment.offset = Double(line.base) + line.offset - line.frequency * line.middle
        alignment.frequency = line.frequency
        alignment.frequencySigma = deviation / spread.squareRoot()
        let lever = line.middle + mean
        alignment.offsetSigma = deviation * (1 + lever * lever / spread).squareRoot()
        alignment.jitter = scatter
        alignment.pairs = Int(sums.count)
        alignment.accidentals = flat
        alignment.span = span * 1e-12
        alignment.significance = significance
        return alignment
    }
}
