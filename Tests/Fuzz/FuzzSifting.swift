// modules: Sifting
// sources: Station/InlineSHA256.swift
import Gating
import Quantities
import Sifting
import TimeTags
import Wire

/// Both ends of the sifting under a link that loses, repeats, reorders, changes and invents messages.
///
/// Every epoch ends once, in order. If both ends say that they agree, they hold the same key.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSifting(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var bench = Bench(FuzzInput(start, count))
    bench.run()
    return 0
}

/// SHA-256 as the core takes it.
struct FuzzDigest: TranscriptDigest {
    private var hash = InlineSHA256()
    mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }
    mutating func finish() -> TranscriptValue {
        let words = hash.finish()
        func half(_ at: Int) -> UInt64 { UInt64(words[at]) << 32 | UInt64(words[at + 1]) }
        return TranscriptValue(
            first: ShortDigest(low: half(0), high: half(2)),
            second: ShortDigest(low: half(4), high: half(6)))
    }
}

/// A satellite whose states are a hash of the slot.
struct FuzzSource: StateSource {
    func state(ofSlot slot: Int64) -> PulseState {
        let hash = UInt64(bitPattern: slot) &* 0x9E37_79B9_7F4A_7C15
        return PulseState(
            basis: UInt8(hash >> 40 & 1), bit: UInt8(hash >> 41 & 1),
            intensity: UInt8((hash >> 42) % 3))
    }
}

// Small, so that every table runs full and round.
private let groundCapacity = GroundCapacity(clicks: 48, epochs: 4, parts: 6)
private let satelliteCapacity = SatelliteCapacity(parts: 16, keyBits: 256)
nonisolated(unsafe) private let groundMemory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: groundCapacity.byteCount, alignment: 16)
nonisolated(unsafe) private let satelliteMemory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: satelliteCapacity.byteCount, alignment: 16)
nonisolated(unsafe) private let answer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: MessageHeader.largestMessage, alignment: 16)
nonisolated(unsafe) private let sifted = UnsafeMutableBufferPointer<SiftedClick>.allocate(
    capacity: groundCapacity.clicks)

private struct Bench: ~Copyable {
    var input: FuzzInput
    var ground: GroundSifter<FuzzDigest>
    var satellite: SatelliteSifter<FuzzDigest, FuzzSource>
    var up: [[UInt8]] = []
    var down: [[UInt8]] = []
    var now: Int64 = 0
    var slot: Int64
    var given: UInt64 = 0
    var announced: UInt64 = 0
    var lastEpoch: Int64 = -1
    var results: UInt64 = 0
    var key: [UInt8] = []
    let parameters: SiftParameters

    init(_ given: FuzzInput) {
        var input = given
        let kind = input.byte()
        parameters = SiftParameters(
            session: 5, firstSlot: kind & 2 == 0 ? 0 : -1_000,
            slotsPerEpoch: kind & 4 == 0 ? 100 : 1_000_000, keyBasis: kind & 1, retry: 1_000,
            deadline: 50_000)
        self.input = input
        slot = parameters.firstSlot
        ground = GroundSifter(
            parameters: parameters, capacity: groundCapacity, storage: groundMemory)
        satellite = SatelliteSifter(
            parameters: parameters, source: FuzzSource(), capacity: satelliteCapacity,
            storage: satelliteMemory)
    }

    mutating func run() {
        while !input.isEmpty { step() }
        ground.finish(now: now)
        settle()
        check()
    }

    private mutating func step() {
        let kind = input.byte()
        switch kind & 15 {
        case 0, 1, 2, 3, 4: click(kind >> 4)
        case 5:
            slot = max(slot, slot &+ min(abs(input.step() % (1 << 50)), 1 << 50))
            ground.advance(toSlot: slot, now: now)
        case 6, 7: poll()
        case 8, 9: deliverUp(input.byte(), keeps: kind & 0x10 != 0)
        case 10, 11: deliverDown(input.byte(), keeps: kind & 0x10 != 0)
        case 12: change(isUp: kind & 0x10 == 0)
        case 13: invent(isUp: kind & 0x10 == 0, type: kind >> 5)
        case 14: if kind == 0xFE { ground.finish(now: now) } else { take() }
        default:
            // The clock does not step back, and stays below what settles all at the end.
            let wide = kind & 0x10 != 0
            now += wide ? Int64(input.integer() as UInt32) << 16 : Int64(input.byte()) << 4
        }
    }

    private mutating func click(_ gap: UInt8) {
        let kind = input.byte()
        slot += Int64(gap)
        let state = FuzzSource().state(ofSlot: slot)
        let basis = kind & 1
        // Where the bases agree the photon says the truth, so that the keys must be equal.
        let bit = basis == state.basis ? state.bit : kind >> 1 & 1
        ground.add(Click(slot: slot, offset: 0, detector: 2 * basis + bit), now: now)
        given += 1
    }

    private mutating func poll() {
        let size = ground.poll(now: now, into: answer)
        if size > 0 { up.append(Array(answer[..<size])) }
    }

    private mutating func deliverUp(_ which: UInt8, keeps: Bool) {
        guard !up.isEmpty else { return }
        let index = Int(which) % up.count
        let size = up[index].withUnsafeBytes { satellite.receive($0, answer: answer) }
        precondition(size <= MessageHeader.largestMessage)
        if size > 0 { down.append(Array(answer[..<size])) }
        if !keeps { up.remove(at: index) }
    }

    private mutating func deliverDown(_ which: UInt8, keeps: Bool) {
        guard !down.isEmpty else { return }
        let index = Int(which) % down.count
        down[index].withUnsafeBytes { ground.receive($0) }
        if !keeps { down.remove(at: index) }
    }

    /// Changes a byte of a message on its way and puts the checksum right again.
    private mutating func change(isUp: Bool) {
        let (which, place, mask) = (input.byte(), input.integer() as UInt16, input.byte())
        var messages = isUp ? up : down
        guard !messages.isEmpty else { return }
        let index = Int(which) % messages.count
        messages[index][Int(place) % messages[index].count] ^= mask
        Self.repair(&messages[index])
        if isUp { up = messages } else { down = messages }
    }

    /// A message of any content that is whole and for this session.
    private mutating func invent(isUp: Bool, type: UInt8) {
        let head = input.byte()
        var message = [UInt8](repeating: 0, count: MessageHeader.size)
        message.replaceSubrange(0..<3, with: [0x4C, 0x57, MessageHeader.version])
        message[3] = 1 + type % 5
        message[4] = isUp ? 0 : 1
        message[5] = head & 3
        message[6] = 1 + head >> 2 & 7
        message[8] = 5
        message[12] = input.byte()
        message[16] = input.byte()
        message += Array(input.take(Int(input.byte())))
        message += [0, 0, 0, 0]
        Self.repair(&message)
        if isUp { up.append(message) } else { down.append(message) }
    }

    private static func repair(_ message: inout [UInt8]) {
        let end = message.count - MessageHeader.trailerSize
        guard end >= MessageHeader.size else { return }
        message.withUnsafeMutableBytes { bytes in
            bytes.put(UInt16(end - MessageHeader.size), at: 20)
            bytes.put(CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<end])), at: end)
        }
    }

    private mutating func take() {
        while let result = ground.nextEpoch(into: sifted) {
            precondition(Int64(result.epoch) > lastEpoch, "an epoch came twice or too late")
            precondition(result.sifted <= result.announced)
            lastEpoch = Int64(result.epoch)
            results += 1
            announced += UInt64(result.announced)
            for click in sifted[..<result.sifted] where click.basis == parameters.keyBasis {
                key.append(click.bit)
            }
        }
    }

    /// A good link at last: whatever happened, every epoch ends.
    private mutating func settle() {
        up.removeAll()
        down.removeAll()
        now = 0x1000_0000_0000_0000
        for _ in 0..<64 {
            now += 20_000
            poll()
            take()
            while !up.isEmpty { deliverUp(0, keeps: false) }
            while !down.isEmpty { deliverDown(0, keeps: false) }
            take()
        }
    }

    private func check() {
        let counters = ground.counters
        let dropped =
            counters.outOfOrder + counters.beyondPass + counters.afterClose + counters.clicksFull
        precondition(announced + dropped <= given, "clicks came from nowhere")
        precondition(
            announced + dropped == given || counters.epochsFull > 0, "clicks vanished uncounted")
        precondition(
            UInt64(lastEpoch + 1) <= results + counters.epochsFull, "epochs vanished uncounted")
        if case .answered(.agreed) = ground.closeState, satellite.closed?.status == .agreed {
            let both = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { room in
                satellite.key(into: room).map { Array(room[..<$0]) }
            }
            precondition(both == key, "both agree, and the keys differ")
        }
        guard case .answered = ground.closeState else { preconditionFailure("no end") }
    }
}
