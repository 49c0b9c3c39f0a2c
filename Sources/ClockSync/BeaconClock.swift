internal import Quantities

/// Locks the station's clock to the satellite's beacon and, with it, to the slots of the quantum light.
///
/// Tag time is modelled as `zero + s + lightTime(s) + residual`, s being satellite time, the light time
/// a prediction, and the residual what a Kalman filter follows: both clocks' errors and the prediction's.
/// Pulses are gathered into blocks of 10 ms; a smoother that looks ``lag`` ahead then writes the history
/// down as ``ClockSegment``s of 1 ms. With a lag as long as the pass it is an offline smoother.
///
/// Owner of nothing: its memory is handed in. Not thread-safe.
public struct BeaconClock: ~Copyable {
    /// Length of a block in tag time, ps.
    public static let block: Int64 = 10_000_000_000
    /// Length of a segment in tag time, ps.
    public static let segment: Int64 = 1_000_000_000
    /// Beacon tags looked at in one block: 100 true ones and four times as many false ones.
    static let pulsesPerBlock = 512
    /// Blocks that are smoothed in one go; a backward run costs as much as the whole lag.
    static let stride = 5
    /// Silence of the beacon after which the train is searched for anew, ps.
    static let patience: Int64 = 3_000_000_000_000
    /// A jump of tag time after which nothing of the past holds, ps: an hour.
    static let longestGap: Int64 = 3_600_000_000_000_000

    /// A squared innovation over its variance that chance reaches once in 16,000.
    static let surprise = 16.0
    /// So many in a row are no chance.
    static let surprisesBelieved = 3
    /// Pulses at one phase in a block that are a train and no lamp: a third of a full one.
    static let trainInBlock = 30
    /// Blocks before and after a step that are not trusted.
    static let blocksTakenBack = 20

    /// What the clock is doing.
    public enum Phase: UInt8, Sendable {
        /// No UTC yet.
        case waiting
        /// Searching for the pulse train.
        case acquiring
        /// Following it.
        case tracking
    }

    let configuration: BeaconClockConfiguration
    var prediction: LightTimeTable
    private let lagBlocks: Int
    private let capacity: Int
    private let blocks: UnsafeMutablePointer<ClockBlock>
    private let pulses: UnsafeMutablePointer<Pulse>
    private var acquisition: BeaconAcquisition
    private var qubitPhase: QubitPhase
    private var pulsePerSecond: PulsePerSecond

    /// What the clock is doing now.
    public private(set) var phase = Phase.waiting
    /// What was counted so far.
    public private(set) var statistics = BeaconClockStatistics()

    private var isStarted = false
    private var isFinished = false
    private var origin: Int64 = 0
    private var zero: Int64
    private var zeroFixedAt: Int64 = .min
    private var anchor: Anchor?
    private var estimate = ClockEstimate()
    private var line = PredictedLine()
    private var blockStart: Int64 = 0
    private var pulseCount = 0
    private var jitterSquared: Double
    private var noiseScale = 1.0
    private var lastAccepted: Int64 = .min
    private var lockedBlocks = 0
    private var lightBlocks = 0
    /// Blocks in a row whose pulses contradict the clock.
    private var surprises = 0
    /// Blocks for which the lock is not trusted any more.
    private var distrusted = 0

    // Blocks are numbered from 0; number n lies in slot n % capacity.
    private var closed = 0
    private var settled = 0
    private var emitted = 0
    private var emittedPart: Int64 = 0
    private var lastSatellite: Int64 = 0

    private struct Pulse: BitwiseCopyable {
        var elapsed: Double
        var residual: Double
        var number: Int64
    }

    /// Where the time-bias function starts, so that at first it is not confused with phase,
    /// frequency and acceleration.
    private struct Anchor: BitwiseCopyable {
        var satellite: Int64
        var first: Double
        var second: Double
        var third: Double
    }

    /// Satellite time over one block: a parabola about the block's middle.
    private struct PredictedLine: BitwiseCopyable {
        var tagCentre: Int64 = 0
        var satelliteCentre: Int64 = 0
        var slope = 0.0
        var curvature = 0.0
        var basis = 0.0
        var basisSlope = 0.0

        func satellite(at tag: Int64) -> Int64 {
            let span = tag &- tagCentre
            let x = Double(span)
            return satelliteCentre &+ span &+ Int64((x * (slope + x * curvature)).rounded())
        }
    }

    /// Bytes of storage for a clock that looks `lagBlocks` blocks ahead, 16-byte aligned.
    public static func storageBytes(lagBlocks: Int) -> Int {
        blockCapacity(lagBlocks) * MemoryLayout<ClockBlock>.stride
            + pulsesPerBlock * MemoryLayout<Pulse>.stride
            + BeaconAcquisition.storageBytes + 64 + QubitPhase.storageBytes
    }

    private static func blockCapacity(_ lagBlocks: Int) -> Int { lagBlocks + 2 * stride + 2 }

    /// A clock that waits for its first tags.
    ///
    /// - Parameters:
    ///   - prediction: Light time over the pass; its rows outlive the clock.
    ///   - lagBlocks: Blocks of 10 ms that a click waits for the pulses after it; 1 or more.
    ///   - storage: At least ``storageBytes(lagBlocks:)`` bytes, 16-byte aligned; outlives the clock.
    public init(
        configuration: BeaconClockConfiguration, prediction: LightTimeTable, lagBlocks: Int,
        storage: UnsafeMutableRawBufferPointer
    ) {
        precondition(lagBlocks >= 1)
        precondition(storage.count >= Self.storageBytes(lagBlocks: lagBlocks))
        self.configuration = configuration
        self.prediction = prediction
        self.lagBlocks = lagBlocks
        capacity = Self.blockCapacity(lagBlocks)
        guard var at = storage.baseAddress else { preconditionFailure("no storage") }
        blocks = at.bindMemory(to: ClockBlock.self, capacity: capacity)
        blocks.initialize(repeating: ClockBlock(), count: capacity)
        at += capacity * MemoryLayout<ClockBlock>.stride
        pulses = at.bindMemory(to: Pulse.self, capacity: Self.pulsesPerBlock)
        at += Self.pulsesPerBlock * MemoryLayout<Pulse>.stride
        acquisition = BeaconAcquisition(storage: at)
        at += (BeaconAcquisition.storageBytes + 63) / 64 * 64
        qubitPhase = QubitPhase(slotPeriod: configuration.slotPeriod, storage: at)
        pulsePerSecond = PulsePerSecond(coarseZero: configuration.coarseZero)
        zero = configuration.coarseZero
        jitterSquared = configuration.beaconJitter * configuration.beaconJitter
        phase = configuration.hasPulsePerSecond ? .waiting : .acquiring
    }

    // MARK: Tags in

    /// Takes in a 1PPS edge, skew-corrected, at tag time `tag` ps.
    public mutating func addPulsePerSecond(_ tag: Int64) {
        pulsePerSecond.add(tag)
        statistics.pulsePerSecondStrays = pulsePerSecond.strays
    }

    /// Takes in a tag of the beacon channel, skew-corrected, ps. Call ``advance(to:)`` first.
    public mutating func addBeacon(_ tag: Int64) {
        guard phase != .waiting else { return }
        guard pulseCount < Self.pulsesPerBlock else { return statistics.overflowed &+= 1 }
        let satellite = line.satellite(at: tag)
        let period = configuration.beaconPeriod
        let (number, rest) = floorDivision(satellite &+ period / 2, by: period)
        pulses[pulseCount] = Pulse(
            elapsed: Double(tag &- line.tagCentre) * 1e-12, residual: Double(rest &- period / 2),
            number: number)
        pulseCount += 1
        if phase == .tracking { statistics.rejected &+= 1 }
    }

    /// Takes in a click of any detector, skew-corrected, ps. Call ``advance(to:)`` first.
    public mutating func addDetection(_ tag: Int64) {
        guard phase == .tracking, configuration.usesDetections else { return }
        qubitPhase.add(satellite: line.satellite(at: tag), time: seconds(tag))
    }

    /// Says that tags from now on are at `tag` ps or later; closes the blocks that end before.
    public mutating func advance(to tag: Int64) {
        if !isStarted { start(at: tag) }
        if tag &- blockStart > Self.longestGap {
            statistics.jumps &+= 1
            giveUp()
            startBlock(at: floorDivision(tag, by: Self.block).quotient * Self.block)
        }
        while tag &- blockStart >= Self.block, closed - emitted < capacity - 1 {
            closeBlock()
            startBlock(at: blockStart + Self.block)
        }
    }

    /// Whether the block at `tag` is open, so that tags there may be added.
    public func accepts(_ tag: Int64) -> Bool {
        isStarted && tag >= blockStart && tag &- blockStart < Self.block
    }

    /// Tag time at which the open block starts, ps.
    public var openBlock: Int64 { blockStart }

    /// Counts a tag that came after its block was closed.
    public mutating func countLate() { statistics.late &+= 1 }

    /// Says that no tag follows; all that is left becomes segments.
    public mutating func finish() {
        guard isStarted, !isFinished else { return }
        closeBlock()
        isFinished = true
        settleBlocks(upTo: closed)
    }

    // MARK: Segments out

    /// The next segment of the clock model, if it has settled.
    public mutating func nextSegment() -> ClockSegment? {
        guard emitted + 1 < settled else { return nil }
        let from = blocks[emitted % capacity]
        let to = blocks[(emitted + 1) % capacity]
        let start = from.tagCentre + emittedPart * Self.segment
        if emittedPart == 0 { lastSatellite = solve(at: start, from: from, to: to) }
        let first = lastSatellite
        let last = solve(at: start + Self.segment, from: from, to: to)
        lastSatellite = last
        // Between two blocks' middles the clocks wander a little on their own.
        let wander = configuration.noise.phase * noiseScale * Double(Self.block) * 1e-12 / 6
        let variance = max(from.lightVariance, to.lightVariance) + wander
        let sigma = min(variance.squareRoot(), 1e9)
        let gained = last &- first &- Self.segment
        let isSane = gained.magnitude < Self.segment.magnitude / 33_000
        let isValid =
            from.isLocked && to.isLocked && to.continues && isSane
            && sigma < configuration.sigmaValid
            && sigma < Double(configuration.slotPeriod) / 8
            && prediction.covers(first) && prediction.covers(last)
        emittedPart += 1
        if emittedPart == Self.block / Self.segment {
            emittedPart = 0
            emitted += 1
        }
        return ClockSegment(
            tagStart: start, duration: Self.segment, satelliteStart: first,
            rate: isSane ? ClockSegment.rate(gained: gained, over: Self.segment) : 0,
            sigma: Int32(sigma.rounded(.up)), isValid: isValid)
    }

    /// Lateness of the quantum light behind the beacon in the last segment handed out, ps.
    ///
    /// Segments place clicks: they include it. Beacon time is a segment's satellite time plus this.
    public var lastOffset: Double { blocks[max(emitted, 0) % capacity].offset }

    /// Standard deviation of beacon time in the last segment handed out, ps.
    public var lastBeaconSigma: Double {
        blocks[max(emitted, 0) % capacity].beaconVariance.squareRoot()
    }

    /// Satellite time of quantum light that arrives at `tag`, between two settled blocks.
    private mutating func solve(at tag: Int64, from: ClockBlock, to: ClockBlock) -> Int64 {
        let span = Double(Self.block) * 1e-12
        let x = Double(tag - from.tagCentre) / Double(Self.block)
        let residual: Double
        if to.continues {
            // Hermite's cubic through phase and slope at both ends; the lateness hardly moves.
            let m0 = from.slope * span
            let m1 = to.slope * span
            let x2 = x * x
            let x3 = x2 * x
            residual =
                from.phase + (to.phase - from.phase) * (3 * x2 - 2 * x3)
                + m0 * (x3 - 2 * x2 + x) + m1 * (x3 - x2)
                + from.offset + x * (to.offset - from.offset)
        } else {
            residual = from.phase + from.offset + from.slope * span * x
        }
        var satellite = from.satelliteGuess &+ (tag &- from.tagCentre)
        guard abs(residual) < 1e15 else { return satellite }
        let base = tag &- from.zero
        for _ in 0..<4 {
            let next = base &- Int64((residual + prediction.lightTime(at: satellite)).rounded())
            if next == satellite { break }
            satellite = next
        }
        return satellite
    }

    // MARK: Blocks

    private mutating func start(at tag: Int64) {
        isStarted = true
        blockStart = floorDivision(tag, by: Self.block).quotient * Self.block
        beginEstimate(at: zero, frequency: configuration.initialFrequency)
        startBlock(at: blockStart)
        origin = blockStart
    }

    private func seconds(_ tag: Int64) -> Double { Double(tag &- origin) * 1e-12 }

    private mutating func startBlock(at tag: Int64) {
        blockStart = tag
        pulseCount = 0
        if phase == .waiting { fixZero() }
        let centre = tag + Self.block / 2
        if closed > 0 { estimate.predict(elapsed: Double(Self.block) * 1e-12, noise: noise) }
        predictLine(at: centre)
    }

    private var noise: ClockNoise { configuration.noise.scaled(by: noiseScale) }

    /// Sets `zero` from the 1PPS edges, if two agree.
    private mutating func fixZero() {
        guard let fit = pulsePerSecond.fit else { return }
        // Counted from the edges' middle, so that the residual is small now, not at UTC zero.
        zero = fit.centreTag - fit.centreSecond * PulsePerSecond.second
        zeroFixedAt = blockStart
        beginEstimate(at: fit.centreTag, frequency: fit.slopeSigma < 1e6 ? fit.slope : 0)
        anchor = nil
        acquisition.clear()
        phase = .acquiring
    }

    /// An estimate that knows nothing but the tagger's frequency, counted from tag time `tag`.
    private mutating func beginEstimate(at tag: Int64, frequency: Double) {
        estimate = ClockEstimate()
        estimate.mean[1] = frequency
        estimate.mean[0] = frequency * Double(blockStart + Self.block / 2 - tag) * 1e-12
    }

    /// Satellite time over the block about `centre`, as the estimate has it.
    private mutating func predictLine(at centre: Int64) {
        let m = estimate.mean
        var satellite = line.satellite(at: centre)
        let isFar =
            (satellite &- centre &+ zero).magnitude > PulsePerSecond.second.magnitude
        if closed == 0 || zeroFixedAt == blockStart || isFar {
            satellite = centre &- zero
        }
        var biasPhase = 0.0
        for _ in 0..<4 {
            biasPhase = m[3] * basis(at: satellite).value
            let residual = m[0] + biasPhase + prediction.lightTime(at: satellite)
            satellite = centre &- zero &- Int64(residual.rounded())
        }
        let step: Int64 = 10_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite - step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite + step)
        let basis = basis(at: satellite)
        let rate = ((after - before) / (2 * h) + m[1] + m[3] * basis.slope) * 1e-12
        let bend = ((after - 2 * here + before) / (h * h) + m[2]) * 1e-24
        line = PredictedLine(
            tagCentre: centre, satelliteCentre: satellite, slope: 1 / (1 + rate) - 1,
            curvature: -0.5 * bend, basis: basis.value, basisSlope: basis.slope)
    }

    /// The time-bias function: how far a prediction that is early by 1 s is off, without the part
    /// that phase, frequency and acceleration at the anchor can take over.
    private mutating func basis(at satellite: Int64) -> (value: Double, slope: Double) {
        guard let anchor else { return (0, 0) }
        let step: Int64 = 50_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite &- step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite &+ step)
        let x = Double(satellite &- anchor.satellite) * 1e-12
        let value =
            (after - before) / (2 * h)
            - (anchor.first + x * (anchor.second + 0.5 * x * anchor.third))
        let slope = (after - 2 * here + before) / (h * h) - (anchor.second + x * anchor.third)
        return (value, slope)
    }

    private mutating func setAnchor() {
        let satellite = line.satelliteCentre
        let step: Int64 = 500_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite - step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite + step)
        let before2 = prediction.lightTime(at: satellite - 2 * step)
        let after2 = prediction.lightTime(at: satellite + 2 * step)
        let third = (after2 - 2 * after + 2 * before - before2) / (2 * h * h * h)
        anchor = Anchor(
            satellite: satellite, first: (after - before) / (2 * h),
            second: (after - 2 * here + before) / (h * h), third: third)
        line.basis = 0
        line.basisSlope = 0
    }

    private mutating func closeBlock() {
        var block = ClockBlock()
        block.continues = phase == .tracking && closed > 0
        // Without a prediction residuals mean nothing.
        let isPredicted = prediction.covers(line.satelliteCentre)
        if phase == .tracking, isPredicted {
            trackBeacon(&block)
            trackLight(&block)
        }
        if isPredicted, phase == .acquiring || (phase == .tracking && isSilent) {
            if acquire() { block.continues = false }
        } else if phase == .tracking, acquisition.count > 0 {
            acquisition.clear()
        }
        block.tagCentre = line.tagCentre
        block.satelliteGuess = line.satelliteCentre
        block.zero = zero
        block.basis = line.basis
        block.basisSlope = line.basisSlope
        block.filtered = estimate
        block.isLocked = phase == .tracking && distrusted == 0
        distrusted = max(distrusted - 1, 0)
        blocks[closed % capacity] = block
        closed += 1
        if closed - settled >= lagBlocks + Self.stride, !isFinished {
            settleBlocks(upTo: settled + Self.stride)
        }
    }

    private var isSilent: Bool { blockStart &- lastAccepted > Self.patience }

    /// Smooths the blocks from the newest back and keeps those before number `end`.
    private mutating func settleBlocks(upTo end: Int) {
        var adjoint = ClockAdjoint()
        var number = closed - 1
        while number >= settled {
            let slot = number % capacity
            if number < end { blocks[slot].settle(adjoint.smoothed(blocks[slot].filtered)) }
            if blocks[slot].continues {
                adjoint.absorb(blocks[slot].light)
                adjoint.absorb(blocks[slot].beacon)
                adjoint.stepBack(elapsed: Double(Self.block) * 1e-12)
            } else {
                adjoint = ClockAdjoint()
            }
            number -= 1
        }
        settled = end
    }

    // MARK: Measurements

    private mutating func trackBeacon(_ block: inout ClockBlock) {
        var probe = ClockMeasurement(elapsed: 0, basis: line.basis, seesOffset: false)
        let known = estimate.variance(along: probe.sensitivity)
        let limit = 5 * (known + jitterSquared).squareRoot()
        let centre: Double
        let gate: Double
        if known < 4 * jitterSquared {
            centre = 0
            gate = limit
        } else {
            guard let cluster = densestCluster(within: limit) else { return }
            centre = cluster.centre
            gate = 5 * jitterSquared.squareRoot()
        }
        let sum = gather(about: centre, gate: gate)
        if centre == 0 { watchOutside(gate: gate, accepted: sum.weight) }
        statistics.accepted &+= sum.count
        statistics.rejected &-= sum.count
        guard sum.count > 0 else { return }
        lastAccepted = blockStart
        let n = sum.weight
        let elapsed = sum.elapsed / n
        probe = ClockMeasurement(
            elapsed: elapsed, basis: line.basis + elapsed * line.basisSlope, seesOffset: false)
        probe.innovation = sum.residual / n
        let before = estimate.mean
        estimate.update(&probe, noise: jitterSquared / n)
        block.beacon = probe
        learn(probe)
        watch(probe)
        followLight(from: before)
        if centre == 0 {
            let seen = max(sum.squares / n - known, 100)
            jitterSquared += min(n / 5_000, 0.2) * (min(seen, 4 * jitterSquared) - jitterSquared)
            jitterSquared = min(max(jitterSquared, 400), 4e8)
        }
    }

    /// Counts innovations far beyond their variance: one is chance, three in a row are a clock
    /// whose frequency or phase has stepped.
    private mutating func watch(_ measurement: ClockMeasurement) {
        let squared = measurement.innovation * measurement.innovation
        guard squared > Self.surprise * measurement.variance else {
            surprises = 0
            return
        }
        surprises += 1
        if surprises >= Self.surprisesBelieved { distrust(by: squared.squareRoot()) }
    }

    /// Looks for the train elsewhere when pulses come but hardly any falls into the gate.
    private mutating func watchOutside(gate: Double, accepted: Double) {
        guard pulseCount >= 20, accepted < 0.1 * Double(pulseCount) else { return }
        let reach = Double(configuration.beaconPeriod) / 2
        guard let cluster = densestCluster(within: reach), abs(cluster.centre) > gate,
            cluster.count >= Self.trainInBlock
        else { return }
        surprises += 1
        guard surprises >= Self.surprisesBelieved else { return }
        distrust(by: abs(cluster.centre))
        // So large a step leaves the pulses' numbers open: only UTC can tell them.
        if abs(cluster.centre) > reach / 10 { renumber() }
    }

    /// Numbers the train anew: by UTC where 1PPS edges tell it, else nearest to the last state.
    private mutating func renumber() {
        guard configuration.hasPulsePerSecond else { return phase = .acquiring }
        giveUp()
    }

    /// Opens phase and frequency again by `shift` ps, and takes back the trust in the blocks in
    /// which the step must lie.
    private mutating func distrust(by shift: Double) {
        estimate.covariance[0] += 4 * shift * shift
        estimate.covariance[6] += 400 * shift * shift
        var number = max(settled, closed - Self.blocksTakenBack)
        while number < closed {
            blocks[number % capacity].isLocked = false
            number += 1
        }
        distrusted = Self.blocksTakenBack
        surprises = 0
        statistics.losses &+= 1
        qubitPhase.clear()
    }

    /// The quantum light's phases were taken against the old prediction: turn them to the new one.
    private mutating func followLight(from before: ClockVector) {
        let shift =
            estimate.mean[0] - before[0] + (estimate.mean[3] - before[3]) * line.basis
        qubitPhase.follow(shift: shift)
    }

    /// Books the innovation's likelihood, and lets the noise grow while innovations are too large.
    private mutating func learn(_ measurement: ClockMeasurement) {
        let normalised = measurement.innovation * measurement.innovation / measurement.variance
        statistics.innovations &+= 1
        statistics.squaredInnovations += normalised
        statistics.logLikelihood -= 0.5 * (Elementary.log(measurement.variance) + normalised)
        let excess = min(normalised, 25) - 1
        noiseScale = min(max(noiseScale * (1 + 0.004 * excess), 0.5), 1e6)
        if noiseScale < 1 { noiseScale = 1 }
    }

    /// Sums over the pulses of one block that fit.
    private struct PulseSum {
        var count: UInt64 = 0
        var weight = 0.0
        var elapsed = 0.0
        var residual = 0.0
        var squares = 0.0
    }

    /// Sums over the pulses within `gate` of `centre`, the first of each number only.
    private func gather(about centre: Double, gate: Double) -> PulseSum {
        var sum = PulseSum()
        var last = Int64.min
        for i in 0..<pulseCount {
            let pulse = pulses[i]
            guard abs(pulse.residual - centre) < gate, pulse.number != last else { continue }
            last = pulse.number
            sum.count += 1
            sum.weight += 1
            sum.elapsed += pulse.elapsed
            sum.residual += pulse.residual
            sum.squares += pulse.residual * pulse.residual
        }
        return sum
    }

    /// Where pulses crowd within `limit` of the prediction, if more than chance would crowd them.
    private func densestCluster(within limit: Double) -> (count: Int, centre: Double)? {
        let halfWidth = 4 * jitterSquared.squareRoot()
        let reach = min(limit, Double(configuration.beaconPeriod) / 2)
        var candidates = 0
        var best = (count: 0, centre: 0.0)
        for i in 0..<pulseCount where abs(pulses[i].residual) < reach {
            candidates += 1
            var count = 0
            var sum = 0.0
            for j in 0..<pulseCount {
                guard abs(pulses[j].residual - pulses[i].residual) < halfWidth else { continue }
                count += 1
                sum += pulses[j].residual
            }
            if count > best.count { best = (count, sum / Double(count)) }
        }
        let expected = Double(candidates) * min(1, halfWidth / reach)
        let chance = halfWidth / reach > 0.2 ? 0 : expected
        guard Double(best.count) >= max(6, chance + 6 * chance.squareRoot()) else { return nil }
        return best
    }

    private mutating func trackLight(_ block: inout ClockBlock) {
        guard configuration.usesDetections else { return }
        lightBlocks += 1
        guard qubitPhase.count >= 200 || lightBlocks >= 20 else { return }
        defer {
            qubitPhase.clear()
            lightBlocks = 0
        }
        guard let reading = qubitPhase.read() else { return }
        let elapsed = reading.time - seconds(line.tagCentre)
        var seen = ClockMeasurement(
            elapsed: elapsed, basis: line.basis + elapsed * line.basisSlope, seesOffset: true)
        let slot = Double(configuration.slotPeriod)
        let known = estimate.variance(along: seen.sensitivity)
        guard known < slot * slot / 64 else { return }
        var innovation = reading.phase - estimate.mean[4]
        innovation -= slot * (innovation / slot).rounded()
        guard innovation * innovation < 25 * (known + reading.variance) else {
            return statistics.phaseRejections &+= 1
        }
        seen.innovation = innovation
        estimate.update(&seen, noise: reading.variance)
        statistics.phaseReadings &+= 1
        block.light = seen
    }

    // MARK: Acquisition

    /// Adds the block's pulses to the search; whether the train was found.
    private mutating func acquire() -> Bool {
        for i in 0..<pulseCount {
            acquisition.add(
                time: seconds(line.tagCentre) + pulses[i].elapsed, residual: pulses[i].residual)
        }
        let now = seconds(line.tagCentre)
        acquisition.drop(before: now - 0.1)
        // One search per 50 ms is plenty, and bounds the cost.
        guard closed % 5 == 4 else { return false }
        refreshZero()
        guard
            let found = acquisition.search(
                period: Double(configuration.beaconPeriod),
                halfRange: configuration.acquisitionRange,
                jitter: configuration.beaconJitter)
        else { return false }
        adopt(found, now: now)
        return true
    }

    /// While nothing was ever found, the 1PPS fit may still improve.
    private mutating func refreshZero() {
        guard statistics.acquisitions == 0, configuration.hasPulsePerSecond,
            blockStart - zeroFixedAt > 5_000_000_000_000
        else { return }
        fixZero()
    }

    /// Starts the filter at what the acquisition found, relative to the propagated state.
    private mutating func adopt(_ found: BeaconAcquisition.Result, now: Double) {
        if anchor == nil { setAnchor() }
        let isFirst = statistics.acquisitions == 0
        if isFirst {
            estimate.covariance = ClockMatrix(repeating: 0)
            estimate.covariance[18] = configuration.biasSigma * configuration.biasSigma
            estimate.covariance[24] = configuration.offsetSigma * configuration.offsetSigma
        }
        // Whatever made the train unfindable, phase, frequency and acceleration are open again.
        estimate.covariance[0] += 1e14
        estimate.covariance[6] += 1e13
        estimate.covariance[12] += 1e8
        let scatter = max(found.scatter, 50)
        jitterSquared = scatter * scatter
        let noise = jitterSquared / Double(found.count)
        let elapsed = found.middle - now
        var phase = ClockMeasurement(
            elapsed: elapsed, basis: line.basis + elapsed * line.basisSlope, seesOffset: false)
        phase.innovation = found.phase
        let acceleration = estimate.mean[2]
        var frequency = ClockMeasurement()
        frequency.sensitivity[1] = 1
        frequency.sensitivity[2] = elapsed
        frequency.sensitivity[3] = line.basisSlope
        let rateBefore =
            estimate.mean[1] + elapsed * acceleration + line.basisSlope * estimate.mean[3]
        estimate.update(&phase, noise: noise)
        let h = frequency.sensitivity
        let rateNow = h[1] * estimate.mean[1] + h[2] * estimate.mean[2] + h[3] * estimate.mean[3]
        frequency.innovation = rateBefore + found.frequency - rateNow
        estimate.update(&frequency, noise: noise / (found.spread * found.spread))
        statistics.acquisitions &+= 1
        self.phase = .tracking
        lastAccepted = blockStart
        noiseScale = 1
        acquisition.clear()
        qubitPhase.clear()
        lightBlocks = 0
    }

    /// Forgets the lock after a break in tag time.
    private mutating func giveUp() {
        if phase == .tracking { statistics.losses &+= 1 }
        pulsePerSecond = PulsePerSecond(coarseZero: zero)
        phase = configuration.hasPulsePerSecond ? .waiting : .acquiring
        estimate = ClockEstimate()
        anchor = nil
        acquisition.clear()
        qubitPhase.clear()
    }
}
