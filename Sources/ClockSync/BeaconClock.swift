internal import Quantities

/// Locks the station's clock to the satellite's beacon and, with it, to the slots of the quantum light.
///
/// Tag time is modelled as `zero + s + lightTime(s) + residual`, s being satellite time, the light time
/// a prediction, and the residual what a Kalman filter follows: both clocks' errors and the prediction's.
/// Pulses are gathered into blocks of 10 ms; a smoother that looks a lag ahead then writes the history
/// down as ``ClockSegment``s of 1 ms. With a lag as long as the pass it is an offline smoother.
///
/// Owner of nothing: its memory is handed in. Not thread-safe.
public struct BeaconClock: ~Copyable {
    /// Length of a block in tag time, ps.
    public static let block: Int64 = 10_000_000_000
    /// Length of a segment in tag time, ps.
    public static let segment: Int64 = 1_000_000_000
    /// Tag times that the clock knows, ps: 47 days either way. Others come from damaged records; they
    /// are passed over. Sums and differences of two blocks within it stay within 64 bits.
    public static let times: ClosedRange<Int64> =
        -4_100_000_000_000_000_000...4_100_000_000_000_000_000
    /// A jump of tag time after which nothing of the past holds, ps: an hour.
    private static let longestGap: Int64 = 3_600_000_000_000_000

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
    var history: ClockHistory
    var pulses: PulseBlock
    var acquisition: BeaconAcquisition
    var qubitPhase: QubitPhase
    var pulsePerSecond: PulsePerSecond
    var stepDetector = StepDetector()

    /// What the clock is doing now.
    public internal(set) var phase = Phase.waiting
    /// What was counted so far.
    public internal(set) var statistics = BeaconClockStatistics()

    private var isStarted = false
    private var isFinished = false
    private var origin: Int64 = 0
    var zero: Int64
    var zeroFixedAt: Int64 = .min
    var timeBias = TimeBias()
    var estimate = ClockEstimate()
    var line = PredictedLine()
    var blockStart: Int64 = 0
    var jitterSquared: Double
    var noiseScale = 1.0
    var lastAccepted: Int64 = .min
    var lightBlocks = 0

    /// Bytes of storage for a clock that looks `lagBlocks` blocks ahead, 16-byte aligned.
    public static func storageBytes(lagBlocks: Int) -> Int {
        ClockHistory.storageBytes(lagBlocks: lagBlocks) + PulseBlock.storageBytes
            + BeaconAcquisition.storageBytes + 64 + QubitPhase.storageBytes
    }

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
        guard var at = storage.baseAddress else { preconditionFailure("no storage") }
        history = ClockHistory(lagBlocks: lagBlocks, storage: at)
        at += ClockHistory.storageBytes(lagBlocks: lagBlocks)
        pulses = PulseBlock(storage: at)
        at += PulseBlock.storageBytes
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
        guard Self.times.contains(tag) else { return countLate() }
        pulsePerSecond.add(tag)
        statistics.pulsePerSecondStrays = pulsePerSecond.strays
    }

    /// Takes in a tag of the beacon channel, skew-corrected, ps. Call ``advance(to:)`` first.
    public mutating func addBeacon(_ tag: Int64) {
        guard phase != .waiting else { return }
        guard pulses.hasRoom else { return statistics.overflowed &+= 1 }
        let satellite = line.satellite(at: tag)
        let period = configuration.beaconPeriod
        let (number, rest) = floorDivision(satellite &+ period / 2, by: period)
        pulses.add(
            PulseBlock.Pulse(
                elapsed: Double(tag &- line.tagCentre) * 1e-12,
                residual: Double(rest &- period / 2), number: number))
        if phase == .tracking { statistics.rejected &+= 1 }
    }

    /// Takes in a click of any detector, skew-corrected, ps. Call ``advance(to:)`` first.
    public mutating func addDetection(_ tag: Int64) {
        guard phase == .tracking, configuration.usesDetections else { return }
        qubitPhase.add(satellite: line.satellite(at: tag), time: seconds(tag))
    }

    /// Says that tags from now on are at `tag` ps or later; closes the blocks that end before.
    ///
    /// Does nothing if `tag` lies outside ``times``.
    public mutating func advance(to tag: Int64) {
        guard Self.times.contains(tag) else { return }
        if !isStarted { start(at: tag) }
        if tag &- blockStart > Self.longestGap {
            statistics.jumps &+= 1
            giveUp()
            startBlock(at: floorDivision(tag, by: Self.block).quotient * Self.block)
        }
        while tag &- blockStart >= Self.block, history.hasRoom {
            closeBlock()
            if !isFinished { history.settleRipe() }
            startBlock(at: blockStart + Self.block)
        }
    }

    /// Whether the block at `tag` is open, so that tags there may be added.
    public func accepts(_ tag: Int64) -> Bool {
        isStarted && tag >= blockStart && tag &- blockStart < Self.block
    }

    /// Tag time at which the open block starts, ps.
    public var openBlock: Int64 { blockStart }

    /// Counts a tag that came after its block was closed, or outside ``times``.
    public mutating func countLate() { statistics.late &+= 1 }

    /// Says that no tag follows; all that is left becomes segments.
    public mutating func finish() {
        guard isStarted, !isFinished else { return }
        closeBlock()
        history.settleRipe()
        isFinished = true
        history.settleAll()
    }

    // MARK: Segments out

    /// The next segment of the clock model, if it has settled.
    public mutating func nextSegment() -> ClockSegment? {
        let wander = configuration.noise.phase * noiseScale * Double(Self.block) * 1e-12 / 6
        return history.nextSegment(&prediction, configuration, wander: wander)
    }

    /// Lateness of the quantum light behind the beacon in the last segment handed out, ps.
    ///
    /// Segments place clicks: they include it. Beacon time is a segment's satellite time plus this.
    public var lastOffset: Double { history.current.offset }

    /// Standard deviation of beacon time in the last segment handed out, ps.
    public var lastBeaconSigma: Double { history.current.beaconVariance.squareRoot() }

    // MARK: Blocks

    private mutating func start(at tag: Int64) {
        isStarted = true
        blockStart = floorDivision(tag, by: Self.block).quotient * Self.block
        beginEstimate(at: zero, frequency: configuration.initialFrequency)
        startBlock(at: blockStart)
        origin = blockStart
    }

    /// Tag time `tag` in seconds since the first block.
    func seconds(_ tag: Int64) -> Double { Double(tag &- origin) * 1e-12 }

    private mutating func startBlock(at tag: Int64) {
        blockStart = tag
        pulses.clear()
        if phase == .waiting { fixZero() }
        if history.closed > 0 {
            estimate.predict(
                elapsed: Double(Self.block) * 1e-12,
                noise: configuration.noise.scaled(by: noiseScale))
        }
        predictLine(at: tag + Self.block / 2)
    }

    /// Satellite time over the block about `centre`, as the estimate has it.
    private mutating func predictLine(at centre: Int64) {
        let m = estimate.mean
        var satellite = line.satellite(at: centre)
        let isFar =
            (satellite &- centre &+ zero).magnitude > PulsePerSecond.second.magnitude
        if history.closed == 0 || zeroFixedAt == blockStart || isFar {
            satellite = centre &- zero
        }
        for _ in 0..<4 {
            let biasPhase = m[3] * timeBias.basis(at: satellite, in: &prediction).value
            let residual = m[0] + biasPhase + prediction.lightTime(at: satellite)
            satellite = centre &- zero &- Int64(residual.rounded())
        }
        let step: Int64 = 10_000_000_000
        let h = Double(step) * 1e-12
        let before = prediction.lightTime(at: satellite - step)
        let here = prediction.lightTime(at: satellite)
        let after = prediction.lightTime(at: satellite + step)
        let basis = timeBias.basis(at: satellite, in: &prediction)
        let rate = ((after - before) / (2 * h) + m[1] + m[3] * basis.slope) * 1e-12
        let bend = ((after - 2 * here + before) / (h * h) + m[2]) * 1e-24
        line = PredictedLine(
            tagCentre: centre, satelliteCentre: satellite, slope: 1 / (1 + rate) - 1,
            curvature: -0.5 * bend, basis: basis.value, basisSlope: basis.slope)
    }

    /// Measures with the open block's tags, and hands it to the history.
    private mutating func closeBlock() {
        var block = ClockBlock()
        block.continues = phase == .tracking && history.closed > 0
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
        let isTrusted = stepDetector.trustsBlock()
        block.isLocked = phase == .tracking && isTrusted
        history.append(block)
    }
}
