import Distillation
import FiniteKey
import Gating
import Sifting
import Wire

/// Sent states by counter, as a detector sees them: mostly signal.
struct CountedStates: StateSource {
    func state(ofSlot slot: Int64) -> PulseState {
        let word = Scrambled.word(UInt64(bitPattern: slot))
        let draw = word >> 8 & 0xFFFF
        return PulseState(
            basis: UInt8(word & 1), bit: UInt8(word >> 1 & 1),
            intensity: draw < 61_600 ? 0 : draw < 65_486 ? 1 : 2)
    }
}

/// Numbers that a seed repeats (SplitMix64); not for secrets.
struct Scrambled: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.word(state)
    }

    static func word(_ value: UInt64) -> UInt64 {
        var z = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

/// Tells messages apart, and no more.
struct ShortestDigest: TranscriptDigest {
    private var value: UInt64 = 1

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func finish() -> TranscriptValue {
        let half = ShortDigest(low: value, high: Scrambled.word(value))
        return TranscriptValue(first: half, second: half)
    }
}

/// What both ends hold before each session.
struct Plan {
    static let slotsPerEpoch: UInt32 = 1_000_000
    static let epochs: UInt32 = 4
    static let clicksPerEpoch = 5_000

    let session: UInt32
    /// Time until a message is repeated, ps.
    let retry: Int64

    var sifting: SiftParameters {
        SiftParameters(
            session: session, firstSlot: 0, slotsPerEpoch: Self.slotsPerEpoch, keyBasis: 0,
            retry: retry)
    }

    /// The proof that needs the fewest bits.
    var distillation: DistillationParameters {
        DistillationParameters(
            session: session, epochsPerWindow: Self.epochs, keyBasis: 0, blockBits: 3_000,
            proof: ProofParameters(
                method: .bbm92, tail: .chernoff, clamp: .vclamp,
                intensities: PerIntensity(0.8, 0.1, 0),
                probabilities: PerIntensity(0.5, 0.25, 0.25), secrecy: 1e-9, correctness: 1e-15),
            padBytesPerLane: 60, retry: retry)
    }

    /// Calls `body` with each click of the session, ascending; one bit in a hundred is wrong.
    func eachClick(_ body: (Click) -> Void) {
        var random = Scrambled(state: UInt64(session))
        let gap = Int64(Self.slotsPerEpoch) / Int64(Self.clicksPerEpoch)
        for index in 0..<Int64(Self.clicksPerEpoch) * Int64(Self.epochs) {
            let slot = index * gap + Int64(random.next() % UInt64(gap))
            let state = CountedStates().state(ofSlot: slot)
            let basis = UInt8(random.next() & 1)
            let bit =
                basis == state.basis
                ? state.bit ^ (random.chance(1) ? 1 : 0) : UInt8(random.next() & 1)
            body(Click(slot: slot, offset: 0, detector: 2 * basis + bit))
        }
    }
}

/// Memory that lives as long as its holder.
final class Memory {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }
    deinit { bytes.deallocate() }
    func copy(_ count: Int) -> [UInt8] { Array(bytes[..<count]) }
}
