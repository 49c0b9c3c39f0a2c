internal import Quantities

/// Recovers the clock of a pulsed source from single photons alone.
///
/// The comb is found by ``CombAcquisition``, followed block by block by the Kalman filter of the
/// beacon clock with circular means as measurements, and smoothed backward. Phases are integers in
/// 2^-64 turns; what is held in floating point is only the lateness behind the first line, so no
/// precision is lost however long the recording is.
public struct CombRecovery {
    /// Photons times squared contrast that make a measurement.
    private static let measurable = 12.0
    /// Longest group of photons behind one measurement, s.
    private static let longestGroup = 1.0
    /// Measurements whose likelihood chooses the noise level.
    private static let likelihoodMeasurements = 2_000

    private let times: UnsafeBufferPointer<Int64>
    private let configuration: CombRecoveryConfiguration
    private let phasor: CombPhasor
    private let searchStorage: UnsafeMutableRawPointer
    private let records: UnsafeMutablePointer<CombRecord>

    /// The comb's line at ``origin``, behind which lateness is counted.
    private var firstLine = CombBlock.Line()
    /// Start of the first tracked block, ps.
    private var origin: Int64 = 0
    /// Tracked blocks.
    private var count = 0
    private var initial = ClockEstimate()
    private var summary = CombSummary()
    /// Squared contrast and second harmonic of the photons so far, as the tracker sees them.
    private var contrastSquared = 0.0
    private var secondHarmonic = 0.0
    private var weight = 0.0

    /// Blocks that a recording from `first` to `last` ps has; 0 if it is none.
    public static func blockCount(first: Int64, last: Int64, block: Int64) -> Int64 {
        guard block > 0, last >= first else { return 0 }
        let (span, overflow) = last.subtractingReportingOverflow(first)
        return overflow ? Int64.max : span / block &+ 1
    }

    /// Bytes of storage that ``recover(_:configuration:storage:into:)`` works in, 16-byte aligned.
    public static func storageBytes(configuration: CombRecoveryConfiguration, blocks: Int) -> Int {
        CombPhasor.storageBytes
            &+ CombAcquisition.storageBytes(log2TransformSize: configuration.log2TransformSize)
            &+ blocks &* MemoryLayout<CombRecord>.stride &+ 64
    }

    /// Finds and follows the comb, and fills `blocks` from the first block in which it was found.
    ///
    /// - Parameters:
    ///   - times: Photons, ascending, ps.
    ///   - configuration: What is known beforehand.
    ///   - storage: Memory of ``storageBytes(configuration:blocks:)``, 16-byte aligned; its contents
    ///     are of no use afterwards.
    ///   - blocks: Room for ``blockCount(first:last:block:)`` blocks.
    /// - Returns: The overall comb; its `blocks` says how many were written.
    public static func recover(
        _ times: UnsafeBufferPointer<Int64>, configuration: CombRecoveryConfiguration,
        storage: UnsafeMutableRawPointer, into blocks: UnsafeMutableBufferPointer<CombBlock>
    ) throws(CombRecoveryError) -> CombSummary {
        if let fault = configuration.fault { throw fault }
        guard times.count >= CombAcquisition.fewestPhotons else {
            throw .tooFewPhotons(found: times.count, needed: CombAcquisition.fewestPhotons)
        }
        for i in 1..<times.count where times[i] < times[i &- 1] {
            throw .timeReversed(index: i)
        }
        let needed = blockCount(
            first: times[0], last: times[times.count &- 1], block: configuration.block)
        guard needed <= Int64(widening: blocks.count) else {
            throw .tooManyBlocks(needed: needed, room: blocks.count)
        }
        var recovery = CombRecovery(
            times: times, configuration: configuration, storage: storage,
            capacity: Int(truncatingIfNeeded: needed))
        try recovery.acquire()
        recovery.track(noise: ClockNoise.tracking)
        let noise = recovery.likeliestNoise()
        // With the noise known, and the contrast, the second tracking unwraps at its best.
        recovery.track(noise: noise)
        recovery.filter(noise: noise, keeps: true)
        recovery.smooth(into: blocks)
        recovery.summarise(UnsafeBufferPointer(rebasing: blocks[..<recovery.count]))
        return recovery.summary
    }

    private init(
        times: UnsafeBufferPointer<Int64>, configuration: CombRecoveryConfiguration,
        storage: UnsafeMutableRawPointer, capacity: Int
    ) {
        self.times = times
        self.configuration = configuration
        phasor = CombPhasor(storage: storage)
        records = (storage + CombPhasor.storageBytes).bindMemory(
            to: CombRecord.self, capacity: capacity)
        let used = CombPhasor.storageBytes &+ capacity &* MemoryLayout<CombRecord>.stride
        searchStorage = storage + (used &+ 15) / 16 &* 16
    }

    private var blockSeconds: Double { Double(configuration.block) * 1e-12 }
    private var period: Double { firstLine.period }

    // MARK: Acquisition

    /// Looks for the comb from the start, then from later places spread over the recording.
    private mutating func acquire() throws(CombRecoveryError) {
        var search = CombAcquisition(
            times: times, configuration: configuration, phasor: phasor, storage: searchStorage)
        let attempts = 8
        for attempt in 0..<attempts {
            let first = times.count / attempts &* attempt
            guard let found = search.search(from: first) else { continue }
            begin(with: found)
            return
        }
        throw .noComb(significance: search.best, needed: search.needed)
    }

    private mutating func begin(with found: CombAcquisition.Result) {
        let block = configuration.block
        let start = times[found.first]
        let skipped = (start &- times[0]) / block
        origin = times[0] &+ skipped &* block
        let back = UInt64(bitPattern: start &- origin)
        firstLine.step = found.step
        firstLine.phase = found.phase &- found.step &* back
        let last = times[times.count &- 1]
        count = Int(truncatingIfNeeded: (last &- origin) / block &+ 1)
        summary.blocksSkipped = skipped
        summary.significance = found.significance
        summary.acquisitionSpan = found.span
        contrastSquared = found.contrastSquared
        secondHarmonic = 0
        // The same photons are measured again by the tracker, so the start is made five times
        // less sure than they say.
        let turns = (1 / (2 * found.strength)).squareRoot() / (2 * Double.pi)
        let scale = period
        initial = ClockEstimate()
        let frequency = 12.0.squareRoot() * turns / found.span
        let drift = configuration.maximumDrift * 1e12
        initial.mean[2] = -found.chirp * scale
        initial.covariance[0] = 25 * square(turns * scale) * 4
        initial.covariance[6] = 25 * square(frequency * scale) + square(drift * found.span)
        initial.covariance[12] = square(drift)
    }

    // MARK: Tracking

    /// The line whose lateness behind the first is `lateness` ps at the start of block `index`, and
    /// grows by `rate` ps/s.
    private func line(_ index: Int, lateness: Double, rate: Double) -> CombBlock.Line {
        let elapsed = Int64(widening: index) &* configuration.block
        var line = CombBlock.Line()
        line.step = firstLine.step &- UInt64(bitPattern: Int64(clamped(rate * 1e-12 / period)))
        line.phase = firstLine.turns(after: elapsed) &- CombAcquisition.fraction(lateness / period)
        return line
    }

    /// A frequency in turns per ps as 2^-64 turns per ps, within what the type holds.
    private func clamped(_ frequency: Double) -> Double {
        max(-0x1p62, min(frequency * 0x1p64, 0x1p62))
    }

    /// Follows the comb and writes down one measurement per group of blocks.
    private mutating func track(noise: ClockNoise) {
        var estimate = initial
        var group = CombGroup()
        var from = firstIndex(times, notBefore: origin)
        summary.measurements = 0
        summary.misses = 0
        summary.breaks = 0
        weight = 0
        for index in 0..<count {
            var record = CombRecord()
            if index > 0 { estimate.predict(elapsed: blockSeconds, noise: noise) }
            let middle = estimate.variance(along: record.middle(blockSeconds))
            if middle > square(period / 5), group.sum.count == 0 {
                record.isBroken = true
                summary.breaks += 1
                estimate.covariance[0] += square(period)
            }
            let rate = estimate.mean[1] + 0.5 * blockSeconds * estimate.mean[2]
            let line = line(index, lateness: estimate.mean[0], rate: rate)
            let start = origin &+ Int64(widening: index) &* configuration.block
            let end = firstIndex(times, notBefore: start &+ configuration.block, from: from)
            let sum = CombSum(times, from..<end, start: start, line: line, phasor: phasor)
            from = end
            record.photons = sum.count
            record.contrastSquared = sum.contrastSquared
            group.advance(by: index > 0 ? blockSeconds : 0)
            group.add(sum, lateness: estimate.mean[0], rate: rate)
            measure(&group, into: &record, estimate: &estimate)
            records[index] = record
        }
    }

    /// Makes a measurement of the group if it is strong enough, and begins the next one.
    private mutating func measure(
        _ group: inout CombGroup, into record: inout CombRecord, estimate: inout ClockEstimate
    ) {
        guard group.sum.count * contrastSquared >= Self.measurable else {
            if group.sum.count == 0 || group.age > Self.longestGroup { group = CombGroup() }
            return
        }
        defer { group = CombGroup() }
        // Noise reaches a power of 5 in one group of 150, a comb falls short of it as rarely.
        guard group.sum.power >= 5 else {
            summary.misses += 1
            // Weaker light than thought needs larger groups.
            learn(group.sum)
            return
        }
        learn(group.sum)
        let turns = group.sum.turns
        let variance = circularVariance(
            count: group.sum.count, contrastSquared: contrastSquared, secondHarmonic: secondHarmonic
        )
        record.noise = variance * square(period)
        record.value = turns * period + group.lateness / group.sum.count
        record.meanTime = group.sum.time / group.sum.count
        record.meanHalfSquare = 0.5 * group.sum.timeSquared / group.sum.count
        var measurement = record.measurement(against: estimate)
        estimate.update(&measurement, noise: record.noise)
        summary.measurements += 1
    }

    /// Takes the group's photons into the running contrast.
    private mutating func learn(_ sum: CombSum) {
        weight = min(weight + sum.count, 20_000)
        let part = min(1, sum.count / max(weight, 1_000))
        let signal = max(sum.contrastSquared, 1e-6)
        contrastSquared += part * (signal - contrastSquared)
        let harmonic = min(max(sum.secondHarmonic, 0), 0.9999)
        secondHarmonic += part * (harmonic - secondHarmonic)
    }

    // MARK: Filter and smoother

    /// Runs the filter over the measurements; returns their log-likelihood.
    ///
    /// - Parameter keeps: Whether to write down the estimates, for ``smooth(into:)``.
    @discardableResult
    private func filter(noise: ClockNoise, keeps: Bool) -> Double {
        var estimate = initial
        var likelihood = 0.0
        var measurements = 0
        for index in 0..<count {
            if index > 0 { estimate.predict(elapsed: blockSeconds, noise: noise) }
            if records[index].isBroken { estimate.covariance[0] += square(period) }
            if keeps { records[index].predicted = CombPrediction(estimate, blockSeconds) }
            if records[index].noise > 0 {
                var measurement = records[index].measurement(against: estimate)
                estimate.update(&measurement, noise: records[index].noise)
                likelihood -=
                    0.5 * Elementary.log(measurement.variance)
                    + 0.5 * square(measurement.innovation) / measurement.variance
                if keeps { records[index].kept = measurement }
                measurements += 1
                if !keeps, measurements >= Self.likelihoodMeasurements { break }
            }
            if keeps { records[index].filtered = estimate }
        }
        return likelihood
    }

    /// The noise level with the highest likelihood on a grid that spans what lasers and clocks do.
    private func likeliestNoise() -> ClockNoise {
        var best = ClockNoise.tracking
        var highest = -Double.infinity
        for phase in 0..<4 {
            for frequency in 0..<6 {
                for acceleration in 0..<3 {
                    var noise = ClockNoise.tracking
                    noise.phase = phase == 0 ? 0 : power(of: 30, phase &- 1)
                    noise.frequency = power(of: 30, frequency)
                    noise.acceleration = power(of: 300, acceleration)
                    let likelihood = filter(noise: noise, keeps: false)
                    if likelihood > highest {
                        highest = likelihood
                        best = noise
                    }
                }
            }
        }
        return best
    }

    private func power(of base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<exponent { result *= base }
        return result
    }

    /// Runs backward and fills in `blocks`.
    private mutating func smooth(into blocks: UnsafeMutableBufferPointer<CombBlock>) {
        var adjoint = ClockAdjoint()
        for index in stride(from: count &- 1, through: 0, by: -1) {
            let record = records[index]
            let smoothed = CombPrediction(adjoint.smoothed(record.filtered), blockSeconds)
            var block = CombBlock()
            block.start = origin &+ Int64(widening: index) &* configuration.block
            block.photons = Int(record.photons)
            block.contrast = max(record.contrastSquared, 0).squareRoot()
            block.isMeasured = record.noise > 0
            block.smoothed = line(index, smoothed)
            block.causal = line(index, record.predicted)
            block.frequencySigma = smoothed.rateSigma * 1e-12
            blocks[index] = block
            records[index].smoothedLateness = smoothed.lateness + 0.5 * blockSeconds * smoothed.rate
            adjoint.absorb(record.kept)
            adjoint.stepBack(elapsed: blockSeconds)
        }
    }

    private func line(_ index: Int, _ prediction: CombPrediction) -> CombBlock.Line {
        var line = line(index, lateness: prediction.lateness, rate: prediction.rate)
        line.sigma = prediction.sigma
        return line
    }

    /// Fits period and drift to the smoothed phase and gathers the totals.
    private mutating func summarise(_ blocks: UnsafeBufferPointer<CombBlock>) {
        summary.blocks = count
        summary.contrast = max(contrastSquared, 0).squareRoot()
        let half = Double(max(count &- 1, 1)) / 2
        // Legendre polynomials 1, x, (3 x^2 - 1)/2 are orthogonal but for terms of 1/count.
        var sums = InlineArray<3, Double>(repeating: 0)
        var norms = InlineArray<3, Double>(repeating: 0)
        var variance = 0.0
        for index in 0..<count {
            let x = count > 1 ? Double(index) / half - 1 : 0
            let square = 0.5 * (3 * x * x - 1)
            let y = records[index].smoothedLateness
            sums[0] += y
            sums[1] += x * y
            norms[0] += 1
            norms[1] += x * x
            norms[2] += square * square
            variance += blocks[index].smoothed.sigma * blocks[index].smoothed.sigma
        }
        let mean = sums[0] / norms[0]
        let slope = norms[1] > 0 ? sums[1] / norms[1] : 0
        for index in 0..<count {
            let x = count > 1 ? Double(index) / half - 1 : 0
            let rest = records[index].smoothedLateness - mean - slope * x
            sums[2] += 0.5 * (3 * x * x - 1) * rest
        }
        let unit = half * blockSeconds
        let rate = slope / unit * 1e-12
        summary.period = period / (1 - rate)
        // Lateness that grows ever faster is a frequency that falls.
        if count > 2 { summary.drift = -3 * sums[2] / norms[2] / (unit * unit) * 1e-12 }
        summary.sigma = (variance / Double(max(count, 1))).squareRoot()
    }

    private func square(_ x: Double) -> Double { x * x }
}

extension ClockNoise {
    /// What the first tracking assumes: a laser or quartz, with an orbit's acceleration changing.
    static var tracking: ClockNoise {
        var noise = ClockNoise(stability: 0, acceleration: 1e4)
        noise.phase = 100
        noise.frequency = 1e5
        noise.bias = 0
        noise.offset = 0
        return noise
    }
}
