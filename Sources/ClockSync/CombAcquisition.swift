internal import Quantities

/// Finds a comb's frequency among photons: the Rayleigh test at every frequency of the search range.
///
/// Photons are turned back by the nominal frequency and summed into bins, whose Fourier transform
/// has the power of all frequencies near it. For noise the power per photon is exponential with mean
/// 1, and the sum over m windows is a gamma variate, so the chance of a peak being noise is known
/// (K. V. Mardia and P. E. Jupp, Directional Statistics, 2000, section 6.3). The window grows until
/// the comb stands out; beyond the length in which drift smears it, several windows' powers are
/// summed along every drift.
struct CombAcquisition {
    /// Windows whose powers are summed at most.
    static let mostWindows = 8
    /// Fewest photons in the first window.
    static let fewestPhotons = 64

    /// What was found.
    struct Result {
        /// Index of the first photon of the window.
        var first: Int
        /// Frequency at the start of the window, 2^-64 turns per ps.
        var step: UInt64
        /// Phase at the start of the window, 2^-64 turns.
        var phase: UInt64
        /// Change of the frequency, turns/s^2.
        var chirp: Double
        /// Length of the window, s.
        var span: Double
        /// Photons in the window times their squared contrast.
        var strength: Double
        /// Their squared contrast.
        var contrastSquared: Double
        /// Chance of being noise, as -log10, with all trials counted.
        var significance: Double
    }

    private let times: UnsafeBufferPointer<Int64>
    private let phasor: CombPhasor
    private let configuration: CombRecoveryConfiguration
    private let real: UnsafeMutablePointer<Float>
    private let imaginary: UnsafeMutablePointer<Float>
    private let twiddles: UnsafeMutablePointer<Float>
    private let powers: UnsafeMutablePointer<Float>

    /// The nominal frequency, 2^-64 turns per ps.
    let nominalStep: UInt64
    /// Length of a bin, ps.
    private let bin: Int64
    /// Longest window that is summed coherently, ps.
    private let longest: Int64
    /// Fastest change of the frequency, turns/s^2.
    private let maximumChirp: Double
    /// The best chance so far, as -log10.
    private(set) var best = 0.0

    /// Bytes of storage for a search.
    static func storageBytes(log2TransformSize: Int) -> Int {
        (4 &+ mostWindows) &* 4 &* (1 &<< log2TransformSize)
    }

    /// A search that works in `storage`, which is 16-byte aligned.
    init(
        times: UnsafeBufferPointer<Int64>, configuration: CombRecoveryConfiguration,
        phasor: CombPhasor, storage: UnsafeMutableRawPointer
    ) {
        self.times = times
        self.phasor = phasor
        self.configuration = configuration
        let size = 1 &<< configuration.log2TransformSize
        let floats = storage.bindMemory(to: Float.self, capacity: (4 &+ Self.mostWindows) &* size)
        real = floats
        imaginary = floats + size
        twiddles = floats + 2 &* size
        powers = floats + 4 &* size
        nominalStep = UInt64(0x1p64 / configuration.nominalPeriod)
        let bandwidth = 2 * configuration.searchRange / configuration.nominalPeriod
        bin = Int64(max(1, min(0.5 / bandwidth, Double(configuration.block) / 16)))
        maximumChirp = configuration.maximumDrift * 1e12 / configuration.nominalPeriod
        // A tenth of a turn of curvature at the ends of the window.
        let straight = (0.8 / maximumChirp).squareRoot() * 1e12
        longest = Int64(min(straight, Double(bin) * Double(size) / 2))
    }

    /// Searches from photon `first` on, in windows that grow until the comb stands out.
    mutating func search(from first: Int) -> Result? {
        var wanted = 256
        // At most log2(photons) turns.
        while first < times.count {
            let last = min(first &+ wanted, times.count) &- 1
            let span = max(times[last] &- times[first], 1)
            guard span < longest, last < times.count &- 1 else { break }
            if let found = attempt(first: first, span: span, windows: 1) { return found }
            wanted = 2 &* wanted
        }
        var windows = 1
        while windows <= Self.mostWindows {
            if let found = attempt(first: first, span: longest, windows: windows) { return found }
            windows = 2 &* windows
        }
        return nil
    }

    /// Looks for the comb in `windows` windows of `span` ps each.
    private mutating func attempt(first: Int, span: Int64, windows: Int) -> Result? {
        var log2Size = 6
        while Double(1 &<< log2Size) * Double(bin) < 2 * Double(span),
            log2Size < configuration.log2TransformSize
        {
            log2Size &+= 1
        }
        let transform = FourierTransform(log2Size: log2Size, storage: twiddles)
        let resolution = 1 / (Double(transform.size) * Double(bin))
        let half = min(
            Int(configuration.searchRange / configuration.nominalPeriod / resolution) &+ 1,
            transform.size / 2 &- 1)
        var from = first
        var start = times[first]
        for window in 0..<windows {
            let upTo = firstIndex(times, notBefore: start &+ span, from: from)
            fillPowers(transform, from..<upTo, start: start, half: half, window: window)
            from = upTo
            start = start &+ span
        }
        guard from &- first >= Self.fewestPhotons else { return nil }
        let peak = highestPeak(half: half, windows: windows, shift: chirpShift(span, resolution))
        let trials = Double(2 &* half &+ 1) * Double(peak.paths)
        let log = Self.logGammaTail(Double(peak.power), order: windows) + Elementary.log(trials)
        let significance = -log / Elementary.log(10)
        guard significance >= needed else {
            best = max(best, significance)
            return nil
        }
        // A comb outside the range is folded into it by the bins; the refinement, which has none,
        // then finds nothing.
        // Bins turn backwards: a faster comb makes them lag.
        let offset = -Double(peak.index) * resolution
        let chirp = windows == 1 ? 0 : peak.slope / (Double(span) * 1e-12) * -resolution * 1e12
        let total = Double(span) * Double(windows) * 1e-12
        let middle = nominalStep &+ Self.step(offset)
        let begin = middle &- Self.step(0.5e-12 * chirp * total)
        return refine(first: first, step: begin, chirp: chirp, span: total, significance)
    }

    /// What -log10 of the chance must reach.
    var needed: Double { -Elementary.log(configuration.falseAlarm) / Elementary.log(10) }

    /// A frequency in turns per ps as 2^-64 turns per ps.
    private static func step(_ frequency: Double) -> UInt64 {
        UInt64(bitPattern: Int64(max(-0x1p62, min(frequency * 0x1p64, 0x1p62))))
    }

    /// Bins of the spectrum by which the fastest drift shifts the peak from window to window.
    private func chirpShift(_ span: Int64, _ resolution: Double) -> Double {
        maximumChirp * 1e-24 * Double(span) / resolution
    }

    /// Writes the power per photon at the frequencies -half...half as row `window`.
    private func fillPowers(
        _ transform: FourierTransform, _ range: Range<Int>, start: Int64, half: Int, window: Int
    ) {
        for i in 0..<transform.size {
            real[i] = 0
            imaginary[i] = 0
        }
        for i in range {
            let elapsed = times[i] &- start
            let place = Int(truncatingIfNeeded: elapsed / bin)
            guard place < transform.size else { break }
            let vector = phasor[nominalStep &* UInt64(bitPattern: elapsed)]
            real[place] += Float(vector.x)
            imaginary[place] += Float(vector.y)
        }
        transform.transform(real, imaginary)
        let row = powers + window &* (2 &* half &+ 1)
        let scale = 1 / Float(max(range.count, 1))
        for k in -half...half {
            let place = transform.reversed(k & (transform.size &- 1))
            row[k &+ half] =
                (real[place] * real[place] + imaginary[place] * imaginary[place]) * scale
        }
    }

    /// A peak of the summed power.
    private struct Peak {
        var power: Float = 0
        /// Bin at the middle of the windows.
        var index = 0
        /// Bins of shift from window to window.
        var slope = 0.0
        /// Drifts that were tried.
        var paths = 1
    }

    private func highestPeak(half: Int, windows: Int, shift: Double) -> Peak {
        let width = 2 &* half &+ 1
        var peak = Peak()
        let reach = windows == 1 ? 0 : Int(shift * Double(windows &- 1) / 2) &+ 1
        peak.paths = 2 &* reach &+ 1
        for path in -reach...reach {
            let slope = windows == 1 ? 0 : 2 * Double(path) / Double(windows &- 1)
            var shifts = InlineArray<8, Int>(repeating: 0)
            for window in 0..<windows {
                shifts[window] = Int(
                    ((Double(window) - Double(windows &- 1) / 2) * slope).rounded())
            }
            for k in 0..<width {
                var sum: Float = 0
                for window in 0..<windows {
                    let place = k &+ shifts[window]
                    if place >= 0, place < width { sum += powers[window &* width &+ place] }
                }
                if sum > peak.power {
                    peak.power = sum
                    peak.index = k &- half
                    peak.slope = slope
                }
            }
        }
        return peak
    }

    /// Logarithm of the chance that a gamma variate of whole `order` exceeds `x`.
    static func logGammaTail(_ x: Double, order: Int) -> Double {
        var term = 1.0
        var sum = 1.0
        for i in 1..<max(order, 1) {
            term *= x / Double(i)
            sum += term
        }
        return Elementary.log(sum) - x
    }
}

extension CombAcquisition {
    /// Sub-windows of a refinement, whose phase vectors stand for their photons.
    private static var cells: Int { 64 }

    /// Refines a candidate in windows that double until a block is covered and the comb is strong.
    func refine(
        first: Int, step: UInt64, chirp: Double, span: Double, _ significance: Double
    ) -> Result? {
        var result = Result(
            first: first, step: step, phase: 0, chirp: chirp, span: span, strength: 0,
            contrastSquared: 0, significance: significance)
        let start = times[first]
        let enough = 60.0
        let target = Double(configuration.block) * 1e-12
        let farthest = Double(longest) * 1e-12 * Double(Self.mostWindows)
        var reach = 1.5
        // The window doubles at most from its length to the farthest.
        for _ in 0..<40 {
            improve(&result, start: start, reach: reach)
            reach = 0.75
            if result.span >= farthest || result.span >= 64 * target { break }
            if result.strength >= enough, result.span >= target { break }
            let last = start &+ Int64(result.span * 1e12)
            if last >= times[times.count &- 1] { break }
            result.span = min(2 * result.span, farthest)
        }
        return result.strength > 9 ? result : nil
    }

    /// Searches frequency and drift around a candidate; `reach` is in turns over the window.
    private func improve(_ result: inout Result, start: Int64, reach: Double) {
        var cells = InlineArray<64, SIMD2<Double>>(repeating: SIMD2(0, 0))
        let span = result.span
        let end = firstIndex(times, notBefore: start &+ Int64(span * 1e12), from: result.first)
        let perCell = span * 1e12 / Double(Self.cells)
        let chirp = result.chirp
        for i in result.first..<end {
            let elapsed = times[i] &- start
            let cell = min(Int(Double(elapsed) / perCell), Self.cells &- 1)
            let seconds = Double(elapsed) * 1e-12
            let curve = Self.fraction(0.5 * chirp * seconds * seconds)
            cells[cell] += phasor[result.step &* UInt64(bitPattern: elapsed) &+ curve]
        }
        // Curvature of less than a tenth of a turn is not looked for.
        let bend = min(maximumChirp, 2 * maximumChirp) * span * span / 8
        let bends = bend < 0.1 ? 0 : min(Int(bend / 0.15) &+ 1, 40)
        var best = (power: -1.0, slope: 0.0, bend: 0.0, vector: SIMD2<Double>(0, 0))
        for bendIndex in -bends...bends {
            let curve = 0.15 * Double(bendIndex)
            for slopeIndex in -30...30 {
                let slope = reach * Double(slopeIndex) / 30
                let vector = Self.sum(cells, slope: slope, curve: curve)
                let power = vector.x * vector.x + vector.y * vector.y
                if power > best.power { best = (power, slope, curve, vector) }
            }
        }
        // Slope and curve are about the middle, the result's frequency and phase at the start.
        let newChirp = 8 * best.bend / (span * span)
        let change = best.slope / span - 0.5 * newChirp * span
        result.step = result.step &+ Self.step(change * 1e-12)
        result.chirp = chirp + newChirp
        let count = Double(end &- result.first)
        result.contrastSquared = max(0, (best.power / max(count, 1) - 1) / max(count - 1, 1))
        result.strength = count * result.contrastSquared
        let late = Elementary.atan2(best.vector.y, best.vector.x) / (2 * Double.pi)
        result.phase = 0 &- Self.fraction(late + 0.5 * best.slope - best.bend)
    }

    /// Sum of the cells, turned back by a slope and a curvature about the window's middle.
    private static func sum(
        _ cells: borrowing InlineArray<64, SIMD2<Double>>, slope: Double, curve: Double
    ) -> SIMD2<Double> {
        var total = SIMD2<Double>(0, 0)
        for i in 0..<64 {
            let x = (Double(i) + 0.5) / 64 - 0.5
            let angle = 2 * Double.pi * (slope * x + curve * 4 * x * x)
            let c = Elementary.cos(angle)
            let s = Elementary.sin(angle)
            total += SIMD2(cells[i].x * c - cells[i].y * s, cells[i].x * s + cells[i].y * c)
        }
        return total
    }

    /// The fraction of a number of turns, in 2^-64 turns.
    static func fraction(_ turns: Double) -> UInt64 {
        let part = turns - turns.rounded(.down)
        return part >= 1 ? 0 : UInt64(part * 0x1p64)
    }
}
