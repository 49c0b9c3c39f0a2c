import Authentication
import Distillation
import FiniteKey
import Gating
import Secrets
import Sifting
import Wire

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}

/// Sent states by counter, as a detector sees them: mostly signal, some decoy, little vacuum.
struct CountedStates: StateSource {
    func state(ofSlot slot: Int64) -> PulseState {
        let word = Seeded.mix(UInt64(bitPattern: slot) &* 0xD1B5_4A32_D192_ED03)
        let draw = word >> 8 & 0xFFFF
        return PulseState(
            basis: UInt8(word & 1), bit: UInt8(word >> 1 & 1),
            intensity: draw < 61_600 ? 0 : draw < 65_486 ? 1 : 2)
    }
}

/// Tells messages apart, and no more.
struct ShortestDigest: TranscriptDigest {
    var value: UInt64 = 1
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    mutating func finish() -> TranscriptValue {
        let half = ShortDigest(low: value, high: Seeded.mix(value))
        return TranscriptValue(first: half, second: half)
    }
}

/// A vault in memory that remembers everything that it did, and can fail.
final class RememberingVault: KeyVault {
    struct Kept {
        var state: KeyAgreement
        var bytes: [UInt8]
        var record: DistilledKey
    }

    let lane: UInt8
    let stock: [UInt8]
    let segment = KeyIdentifier(low: 7, high: 9)
    var random: Seeded
    var next: [Int] = [0, 0]
    var keys: [KeyIdentifier: Kept] = [:]
    /// Every pad that was handed out or accepted, by lane and offset.
    var spent: Set<[Int]> = []
    var isBroken = false

    init(lane: UInt8, stock: [UInt8], seed: UInt64) {
        self.lane = lane
        self.stock = stock
        random = Seeded(seed: seed)
    }

    private var laneBytes: Int { (stock.count - 32) / 2 }
    private func start(_ lane: UInt8) -> Int { 32 + Int(lane) * laneBytes }

    func random(_ bytes: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        if isBroken { throw .storage }
        for index in 0..<bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &random) }
    }

    func hashKeys(into keys: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        for index in 0..<32 { keys[index] = stock[index] }
    }

    func takePad(
        into pad: UnsafeMutableRawBufferPointer
    ) throws(VaultFault) -> PadReference {
        let offset = next[Int(lane)]
        guard offset + pad.count <= laneBytes else { throw .stockEmpty }
        next[Int(lane)] += pad.count
        precondition(spent.insert([Int(lane), offset]).inserted, "a pad was handed out twice")
        for index in 0..<pad.count { pad[index] = stock[start(lane) + offset + index] }
        return PadReference(segment: segment, lane: lane, offset: UInt64(offset))
    }

    func acceptPad(
        _ reference: PadReference, count: Int, isGenuine: (UnsafeRawBufferPointer) -> Bool
    ) throws(VaultFault) -> Bool {
        guard reference.segment == segment, reference.lane == 1 - lane,
            reference.offset >= UInt64(next[Int(1 - lane)]),
            reference.offset <= UInt64(laneBytes - count)
        else { throw .padUnknown }
        let offset = Int(reference.offset)
        let first = start(reference.lane) + offset
        let pad = Array(stock[first..<first + count])
        guard pad.withUnsafeBytes(isGenuine) else { return false }
        precondition(
            spent.insert([Int(reference.lane), offset]).inserted, "a pad was accepted twice")
        next[Int(reference.lane)] = offset + count
        return true
    }

    func keep(
        _ key: borrowing SecretBytes, as state: KeyAgreement, record: DistilledKey
    ) throws(VaultFault) {
        if isBroken { throw .storage }
        let bytes = key.withUnsafeBytes { Array($0) }
        keys[record.identifier] = Kept(state: state, bytes: bytes, record: record)
    }

    func advance(_ key: KeyIdentifier, to state: KeyAgreement) throws(VaultFault) {
        guard let kept = keys[key], kept.state.rawValue <= state.rawValue else { throw .keyState }
        keys[key]?.state = state
    }

    /// Keys that were given up.
    var abandoned: Set<KeyIdentifier> = []
    /// Whether some key is neither available nor given up.
    var hasUnsettled: Bool { keys.values.contains { $0.state != .available } }

    func unsettled(limit: Int) throws(VaultFault) -> [KeyIdentifier] {
        if isBroken { throw .storage }
        return Array(keys.filter { $0.value.state != .available }.keys.prefix(limit))
    }

    func standing(of key: KeyIdentifier) throws(VaultFault) -> KeyStanding {
        if abandoned.contains(key) { return .abandoned }
        return switch keys[key]?.state {
        case .pending: .pending
        case .committed: .committed
        case .available: .available
        case nil: .unknown
        }
    }

    func settle(_ key: KeyIdentifier, peer: KeyStanding) throws(VaultFault) {
        guard let state = keys[key]?.state, state != .available else { return }
        switch (state, peer) {
        case (_, .committed), (_, .available), (_, .exhausted): keys[key]?.state = .available
        case (.committed, .pending): break
        default:
            keys[key] = nil
            abandoned.insert(key)
        }
    }
}

/// What happens to messages on the way.
struct Weather {
    var loss = 0.0
    var duplication = 0.0
    var reordering = 0.0
    var corruption = 0.0
    /// No message passes from this time on, ps.
    var endsAt = Int64.max
    /// Whether a message is lost, beside those lost by chance.
    var swallows: ((UnsafeRawBufferPointer, MessageDirection) -> Bool)?
    /// Changes a whole message, and makes its checksum good again.
    var tamper: ((inout [UInt8], MessageDirection) -> Void)?
}

/// One direction of a link, virtual time.
struct Way {
    var weather: Weather
    let direction: MessageDirection
    var random: Seeded
    var underway: [(due: Int64, bytes: [UInt8])] = []

    init(weather: Weather, direction: MessageDirection, random: Seeded) {
        self.weather = weather
        self.direction = direction
        self.random = random
    }

    mutating func send(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        if weather.swallows?(bytes, direction) == true { return }
        let copies = random.chance(weather.duplication) ? 2 : 1
        for _ in 0..<copies where !random.chance(weather.loss) && now < weather.endsAt {
            var message = Array(bytes)
            weather.tamper?(&message, direction)
            if random.chance(weather.corruption) {
                message[Int.random(in: 0..<message.count, using: &random)] ^= 4
            }
            let late = random.chance(weather.reordering) ? 300_000_000_000 : Int64(0)
            let delay = Int64.random(in: 4_000_000_000...10_000_000_000, using: &random)
            underway.append((now + delay + late, message))
        }
    }

    mutating func arrive(by now: Int64) -> [UInt8]? {
        guard
            let index = underway.indices.filter({ underway[$0].due <= now })
                .min(by: { underway[$0].due < underway[$1].due })
        else { return nil }
        return underway.remove(at: index).bytes
    }
}
