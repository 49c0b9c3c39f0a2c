public import BoardFile
public import ClockSync
public import Crypto
public import Gating
public import Sifting
public import TimeTags
import Wire

/// The station's half of a pass: tagger bytes and the satellite's answers in, sifted clicks out.
///
/// It has no thread, no clock and no link of its own, so that a live pass, a replay and a test run
/// the same code: the caller says what time it is on the stream.
public final class PassEngine {
    /// Tags decoded at once.
    private static let tagCapacity = 8_192

    /// The tag path up to the gate.
    public private(set) var path: TagPath
    /// From gated clicks to sifted epochs.
    public internal(set) var keeper: SiftKeeper
    /// What was seen of the tagger's bytes.
    public var decoded: DecodeCounters { decoder.counters }

    private var decoder = ReferenceDecoder()
    private let tags: UnsafeMutableBufferPointer<TimeTag>
    private var tail: [UInt8] = []

    /// An engine for one pass.
    ///
    /// - Parameters:
    ///   - session: Number of the pass, told to both ends.
    ///   - squashSeed: 32 secret bytes from which double clicks get their random bits.
    ///   - witness: Hashes what is said, if the pass is to be authenticated.
    public init(
        board: Board, prediction: LightTimeTable, session: UInt32, squashSeed: SymmetricKey,
        witness: consuming PartWitness? = nil
    ) throws {
        path = TagPath(
            plan: try board.gatePlan(), clock: board.clockConfiguration, prediction: prediction,
            lagBlocks: board.clockLagBlocks)
        keeper = SiftKeeper(
            parameters: board.siftParameters(session: session),
            random: SquashBits(seed: squashSeed), witness: witness)
        tags = .allocate(capacity: Self.tagCapacity)
        tail.reserveCapacity(2 * ReferenceDecoder.largestUnit)
    }

    deinit { tags.deallocate() }

    /// Takes in the tagger's next bytes at stream time `now` ps.
    public func take(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        keeper.now = now
        var rest = bytes
        // A unit lies across two reads: finish it before going on without copies. Each turn takes
        // bytes of `rest` or of the tail, or ends.
        while !tail.isEmpty {
            let before = tail.count
            let room = max(2 * ReferenceDecoder.largestUnit - before, 0)
            tail.append(contentsOf: rest.prefix(room))
            let taken = tail.count - before
            let used = tail.withUnsafeBytes { decode($0) }
            guard used < before else {
                rest = UnsafeRawBufferPointer(rebasing: rest[(used - before)...])
                tail.removeAll(keepingCapacity: true)
                break
            }
            tail.removeFirst(used)
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            // The unit wants more than has come.
            if rest.isEmpty, used == 0 { return }
        }
        let used = decode(rest)
        tail.append(contentsOf: rest[used...])
    }

    /// Decodes as much of `bytes` as makes whole units; how many bytes that was.
    private func decode(_ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        // Each turn takes at least one unit or ends.
        while true {
            let progress = decoder.decode(
                UnsafeRawBufferPointer(rebasing: bytes[used...]), into: tags)
            used += progress.bytesConsumed
            path.take(
                UnsafeBufferPointer(rebasing: tags[..<progress.tagsWritten]), into: &keeper)
            if progress.bytesConsumed == 0, progress.tagsWritten == 0 { return used }
        }
    }

    /// Says that no byte follows.
    public func finish(now: Int64) {
        keeper.now = now
        var used = 0
        while used < tail.count {
            let progress = tail.withUnsafeBytes {
                decoder.finish(UnsafeRawBufferPointer(rebasing: $0[used...]), into: tags)
            }
            used += progress.bytesConsumed
            path.take(
                UnsafeBufferPointer(rebasing: tags[..<progress.tagsWritten]), into: &keeper)
            if progress.bytesConsumed == 0, progress.tagsWritten == 0 { break }
        }
        tail.removeAll()
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
