public import BoardFile
public import ClockSync
public import Crypto
public import Gating
public import Sifting
public import RealTime
public import Simulator
import TagFiles
public import TimeTags
import Wire

/// The station's half of a pass: tagger bytes and the satellite's answers in, sifted clicks out.
///
/// It has no thread, no clock and no link of its own, so that a live pass, a replay and a test run
/// the same code: the caller says what time it is on the stream.
public final class PassEngine {
    /// The tag path up to the gate.
    public private(set) var path: TagPath
    /// From gated clicks to sifted epochs.
    public internal(set) var keeper: SiftKeeper
    /// What was seen of the tagger's bytes.
    public var decoded: DecodeCounters { decoder.counters }

    /// Counts for whoever looks, if anybody may.
    private var feed: LiveFeed?
    private var decoder: StreamDecoder
    /// What is taken off every tag time, ps.
    private let shift: Int64
    private var newest = Int64.min
    /// Why the stream was broken before the bytes that come next, if it was.
    private var breakReason: LossReason?

    /// An engine for one pass.
    ///
    /// - Parameters:
    ///   - session: Number of the pass, told to both ends.
    ///   - zero: Where the pass begins on the tagger's clock.
    ///   - squashSeed: 32 secret bytes from which double clicks get their random bits.
    ///   - witness: Hashes what is said, if the pass is to be authenticated.
    ///   - world: What is known of a simulated world, for what the monitors expect.
    public init(
        board: Board, prediction: LightTimeTable, session: UInt32, zero: TagZero = .atZero,
        squashSeed: SymmetricKey, witness: consuming PartWitness? = nil,
        world: WorldParameters? = nil
    ) throws {
        guard let format = TagFormat(rawValue: board.tagger.format) else {
            throw PassError.board(
                name: board.name, problem: "tagger.format \(board.tagger.format) is not known")
        }
        decoder = StreamDecoder(format)
        shift = zero.shift
        var clock = board.clockConfiguration
        clock.coarseZero = zero.coarseZero
        var plan = try board.gatePlan()
        plan.shortestInterval = MonitorSetup.shortestInterval(board, world: world)
        path = TagPath(
            plan: plan, clock: clock, prediction: prediction,
            lagBlocks: board.clockLagBlocks)
        keeper = SiftKeeper(
            parameters: board.siftParameters(session: session),
            random: SquashBits(seed: squashSeed), witness: witness)
        guard let monitors = MonitorSetup(board, world: world) else { return }
        keeper.watch = EpochWatch(
            plan: monitors.plan, mostExcluded: board.monitors.mostExcluded,
            windowsPerEpoch: monitors.windowsPerEpoch,
            windowSeconds: Double(board.sifting.epoch) * 1e-12
                / Double(monitors.windowsPerEpoch))
        path.cutter = MonitorSetup.cutter(
            board, parameters: keeper.ground.parameters,
            // In a live pass nobody does yet.
            isBlanking: world != nil && zero.shift == 0)
    }

    /// The epoch at which the security monitors ended key making; `nil` as long as they did not.
    public var stoppedAt: UInt32? { keeper.watch?.stoppedAt }

    /// Counts what passes in `counts`, from nothing.
    public func count(in counts: LiveCounts, board: Board) {
        counts.clear()
        counts[.passes] &+= 1
        let channels = board.channels
        let feed = LiveFeed(
            counts,
            detectors: [
                channels.horizontal, channels.vertical, channels.diagonal, channels.antidiagonal,
            ].map { $0?.channel }, slotPeriod: board.transmitter.slotPeriod)
        self.feed = feed
        keeper.feed = feed
    }

    /// Takes in the tagger's next bytes at stream time `now` ps.
    public func take(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        keeper.now = now
        decoder.take(bytes) { pass($0) }
    }

    /// Hands decoded tags to the path.
    private func pass(_ run: UnsafeMutableBufferPointer<TimeTag>) {
        if shift != 0 { for index in run.indices { run[index].time &-= shift } }
        if let reason = breakReason {
            breakReason = nil
            markLoss(before: run[0].time, reason)
        }
        // Near enough: tags are out of order by nanoseconds.
        newest = max(newest, run[run.count - 1].time)
        feed?.take(UnsafeBufferPointer(run))
        path.take(UnsafeBufferPointer(run), into: &keeper)
    }

    private func markLoss(before end: Int64, _ reason: LossReason) {
        let start = newest == .min ? end : min(newest, end)
        withUnsafeTemporaryAllocation(of: TimeTag.self, capacity: 2) { marks in
            marks[0] = TimeTag(
                time: start, channel: 0, kind: .lossBegin, detail: reason.rawValue)
            marks[1] = TimeTag(time: end, channel: 0, kind: .lossEnd, detail: reason.rawValue)
            path.take(UnsafeBufferPointer(marks), into: &keeper)
        }
    }

    /// Says that bytes are missing between those taken in and those that follow.
    ///
    /// What was begun is thrown away. Formats that number their frames tell the loss themselves.
    func breakStream(_ reason: LossReason) {
        if !decoder.breakStream() { breakReason = reason }
    }

    /// Says that no byte follows.
    public func finish(now: Int64) {
        keeper.now = now
        decoder.finish { pass($0) }
        path.finish(into: &keeper)
        keeper.finish()
    }

    /// Takes in the next verdict on the telescope's aim; without any, aim is no condition.
    ///
    /// It must come at least one clock lag ahead of the clicks that it is about: those wait for it.
    func aim(_ verdict: AimTimeline.Verdict) { path.aim.append(verdict) }

    /// Takes in a message of the satellite.
    public func receive(_ message: UnsafeRawBufferPointer, now: Int64) {
        keeper.receive(message, now: now)
    }

    /// The next message for the satellite, if one is due; its length, or 0.
    public func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
        keeper.poll(now: now, into: message)
    }
}

/// Random bits for double clicks: HMAC-SHA-256 in counter mode under a secret seed.
///
/// The seed comes from the operating system's generator on a real station and is kept with the raw
/// recording, which is as secret; a replay then chooses the same bits.
public struct SquashBits: RandomBits {
    private let seed: SymmetricKey
    private var counter: UInt64 = 0
    private var block = SIMD8<UInt32>()
    private var used = 256

    /// Bits that follow from `seed`.
    public init(seed: SymmetricKey) {
        self.seed = seed
    }

    /// The next bit, 0 or 1.
    public mutating func nextBit() -> UInt8 {
        if used == 256 {
            block = seed.withUnsafeBytes {
                InlineSHA256.authenticationCode(of: counter, key: $0)
            }
            counter += 1
            used = 0
        }
        defer { used += 1 }
        // Bit by bit, the lowest of each digest byte first; the bytes lie big-endian in the words.
        return UInt8(truncatingIfNeeded: block[used / 32].byteSwapped &>> UInt32(used % 32)) & 1
    }
}
