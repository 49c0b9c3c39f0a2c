/// The clock's blocks between their closing and their hand-out as segments.
///
/// Blocks are numbered from 0; number n lies in slot n % capacity.
struct ClockHistory {
    /// Blocks that are smoothed in one go; a backward run costs as much as the whole lag.
    private static let stride = 5
    private static let block = BeaconClock.block
    private static let segment = BeaconClock.segment

    private let lagBlocks: Int
    private let capacity: Int
    private let blocks: UnsafeMutablePointer<ClockBlock>

    /// Blocks closed so far.
    private(set) var closed = 0
    private var settled = 0
    private var emitted = 0
    private var emittedPart: Int64 = 0
    private var lastSatellite: Int64 = 0

    /// Bytes of storage for a history that looks `lagBlocks` blocks ahead.
    static func storageBytes(lagBlocks: Int) -> Int {
        blockCapacity(lagBlocks) * MemoryLayout<ClockBlock>.stride
    }

    private static func blockCapacity(_ lagBlocks: Int) -> Int { lagBlocks + 2 * stride + 2 }

    /// A history without blocks.
    ///
    /// - Parameters:
    ///   - lagBlocks: Blocks that are waited for before one is smoothed; 1 or more.
    ///   - storage: ``storageBytes(lagBlocks:)`` bytes, 16-byte aligned; outlives the history.
    init(lagBlocks: Int, storage: UnsafeMutableRawPointer) {
        self.lagBlocks = lagBlocks
        capacity = Self.blockCapacity(lagBlocks)
        blocks = storage.bindMemory(to: ClockBlock.self, capacity: capacity)
        blocks.initialize(repeating: ClockBlock(), count: capacity)
    }

    /// Whether another block finds room.
    var hasRoom: Bool { closed - emitted < capacity - 1 }

    /// The block that segments were last handed out of.
    var current: ClockBlock { blocks[max(emitted, 0) % capacity] }

    /// Keeps a closed block.
    mutating func append(_ block: ClockBlock) {
        blocks[closed % capacity] = block
        closed += 1
    }

    /// Takes back the lock of the newest `count` blocks that have not settled.
    func unlock(last count: Int) {
        var number = max(settled, closed - count)
        while number < closed {
            blocks[number % capacity].isLocked = false
            number += 1
        }
    }

    /// Smooths the next blocks if enough have closed after them.
    mutating func settleRipe() {
        if closed - settled >= lagBlocks + Self.stride { settle(upTo: settled + Self.stride) }
    }

    /// Smooths all blocks that are left.
    mutating func settleAll() { settle(upTo: closed) }

    /// Smooths the blocks from the newest back and keeps those before number `end`.
    private mutating func settle(upTo end: Int) {
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

    /// The next segment of the clock model, if it has settled.
    ///
    /// - Parameters:
    ///   - prediction: Light time, as the blocks' states were counted from.
    ///   - configuration: What makes a segment valid.
    ///   - wander: Variance by which the clocks wander between two blocks' middles, ps^2.
    mutating func nextSegment(
        _ prediction: inout LightTimeTable, _ configuration: BeaconClockConfiguration,
        wander: Double
    ) -> ClockSegment? {
        guard emitted + 1 < settled else { return nil }
        let from = blocks[emitted % capacity]
        let to = blocks[(emitted + 1) % capacity]
        let start = from.tagCentre + emittedPart * Self.segment
        if emittedPart == 0 { lastSatellite = Self.solve(at: start, from, to, &prediction) }
        let first = lastSatellite
        let last = Self.solve(at: start + Self.segment, from, to, &prediction)
        lastSatellite = last
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

    /// Satellite time of quantum light that arrives at `tag`, between two settled blocks.
    private static func solve(
        at tag: Int64, _ from: ClockBlock, _ to: ClockBlock, _ prediction: inout LightTimeTable
    ) -> Int64 {
        let residual = residual(at: tag, from, to)
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

    /// Lateness of the quantum light behind the prediction at `tag`, ps.
    private static func residual(at tag: Int64, _ from: ClockBlock, _ to: ClockBlock) -> Double {
        let span = Double(block) * 1e-12
        let x = Double(tag - from.tagCentre) / Double(block)
        guard to.continues else { return from.phase + from.offset + from.slope * span * x }
        // Hermite's cubic through phase and slope at both ends; the lateness hardly moves.
        let m0 = from.slope * span
        let m1 = to.slope * span
        let x2 = x * x
        let x3 = x2 * x
        return from.phase + (to.phase - from.phase) * (3 * x2 - 2 * x3)
            + m0 * (x3 - 2 * x2 + x) + m1 * (x3 - x2)
            + from.offset + x * (to.offset - from.offset)
    }
}
