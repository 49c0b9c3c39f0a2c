import Authentication
import Distillation
import FiniteKey
import Gating
import Sifting
import Wire

/// Both ends of a small pass with made-up clicks, from announcement to key.
final class WholePass {
    static let slotsPerEpoch: UInt32 = 1_000_000
    static let session: UInt32 = 77

    var errorRate = 0.01
    /// Error rate of the key basis, if it is another than the test basis lets expect.
    var keyErrorRate: Double?
    var clicksPerEpoch = 1_500
    var epochs: UInt32 = 40
    var epochsPerWindow: UInt32 = 40
    var blockBits = 6_000
    var padBytesPerLane = 48
    var weather = Weather()
    /// Whether each end's stock differs from the other's.
    var hasForeignStock = false
    /// Time after the last epoch until the link is given up, ps.
    var patience: Int64 = 20_000_000_000_000
    /// Epochs whose announcement never gets through.
    var lostEpochs: Set<UInt32> = []

    let ground: RememberingVault
    let satellite: RememberingVault
    var results: [WindowResult] = []
    /// Of the last run.
    var reunionPadBytes = 0
    var satelliteCounters = DistillationCounters()
    private var random: Seeded

    init(seed: UInt64, stockBytes: Int = 4_000) {
        var generator = Seeded(seed: seed)
        let stock = (0..<stockBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        random = generator
        ground = RememberingVault(lane: 0, stock: stock, seed: seed &+ 1)
        satellite = RememberingVault(lane: 1, stock: stock, seed: seed &+ 2)
    }

    /// The proof that needs the fewest bits, so that a test is quick.
    var proof: ProofParameters {
        ProofParameters(
            method: .bbm92, tail: .chernoff, clamp: .vclamp,
            intensities: PerIntensity(0.8, 0.1, 0), probabilities: PerIntensity(0.5, 0.25, 0.25),
            secrecy: 1e-9, correctness: 1e-15)
    }

    func parameters(session: UInt32) -> DistillationParameters {
        DistillationParameters(
            session: session, epochsPerWindow: epochsPerWindow, keyBasis: 0,
            blockBits: blockBits, proof: proof, padBytesPerLane: padBytesPerLane)
    }

    /// Runs the pass on virtual time until every window has ended or patience has.
    func run(session: UInt32 = WholePass.session, satelliteProof: ProofParameters? = nil) throws {
        let sift = SiftParameters(
            session: session, firstSlot: 0, slotsPerEpoch: Self.slotsPerEpoch, keyBasis: 0,
            deadline: 2_000_000_000_000)
        var theirs = parameters(session: session)
        if let satelliteProof { theirs.proof = satelliteProof }
        let groundMemory = Memory(GroundCapacity().byteCount)
        let satelliteMemory = Memory(SatelliteCapacity().byteCount)
        var groundSifter = GroundSifter<ShortestDigest>(
            parameters: sift, witness: PartWitness(key: try ground.partKey()),
            storage: groundMemory.bytes)
        var satelliteSifter = SatelliteSifter<ShortestDigest, CountedStates>(
            parameters: sift, source: CountedStates(),
            witness: PartWitness(key: try satellite.partKey()), storage: satelliteMemory.bytes)
        var groundDistiller = try GroundDistiller(
            parameters: parameters(session: session), vault: ground)
        var satelliteDistiller = try SatelliteDistiller(parameters: theirs, vault: satellite)
        var up = Way(weather: weather, direction: .up, random: Seeded(seed: random.next()))
        var down = Way(weather: weather, direction: .down, random: Seeded(seed: random.next()))
        let message = Memory(MessageHeader.largestMessage)
        let room = Memory(2 * 262_144 * MemoryLayout<SiftedClick>.stride)
        let sifted = UnsafeMutableBufferPointer(
            start: room.bytes.bindMemory(to: SiftedClick.self).baseAddress, count: 262_144)

        var now: Int64 = 0
        var epoch: UInt32 = 0
        let end = Int64(epochs) * 200_000_000_000 + patience
        while now < end {
            now += 5_000_000_000
            if epoch < epochs, now >= Int64(epoch + 1) * 200_000_000_000 {
                click(epoch, into: &groundSifter, now: now)
                epoch += 1
                groundSifter.advance(toSlot: Int64(epoch) * Int64(Self.slotsPerEpoch), now: now)
                if epoch == epochs { groundSifter.finish(now: now) }
            }
            while let bytes = up.arrive(by: now) {
                let count = bytes.withUnsafeBytes { bytes in
                    MessageHeader.kind(bytes) == .distillationRequest
                        ? satelliteDistiller.receive(
                            bytes, sifter: satelliteSifter, answer: message.bytes)
                        : isLost(bytes)
                            ? 0 : satelliteSifter.receive(bytes, answer: message.bytes)
                }
                if count > 0 { down.send(message.part(count), now: now) }
            }
            while let bytes = down.arrive(by: now) {
                bytes.withUnsafeBytes { bytes in
                    if MessageHeader.kind(bytes) == .distillationAnswer {
                        groundDistiller.receive(bytes, now: now)
                    } else {
                        groundSifter.receive(bytes)
                    }
                }
            }
            while true {
                let count = groundSifter.poll(now: now, into: message.bytes)
                if count == 0 { break }
                up.send(message.part(count), now: now)
            }
            while true {
                var hashes: [PartHashes] = []
                groundSifter.eachPartOfNextEpoch { hashes.append($0) }
                guard let result = groundSifter.nextEpoch(into: sifted) else { break }
                hashes.withUnsafeBufferPointer {
                    groundDistiller.take(
                        result, UnsafeBufferPointer(rebasing: sifted[..<result.sifted]),
                        hashes: $0, now: now)
                }
                if result.epoch + 1 == epochs { groundDistiller.finish(now: now) }
            }
            let count = groundDistiller.poll(now: now, into: message.bytes)
            if count > 0 { up.send(message.part(count), now: now) }
            while let result = groundDistiller.nextResult() { results.append(result) }
            if epoch == epochs, groundDistiller.isIdle, !results.isEmpty { break }
        }
        groundDistiller.giveUp(now: now)
        while let result = groundDistiller.nextResult() { results.append(result) }
        satelliteCounters = satelliteDistiller.counters
        reunionPadBytes = groundDistiller.reunionPadBytes
    }

    private func isLost(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 20 && lostEpochs.contains(bytes.get(at: 16))
    }

    private func click(
        _ epoch: UInt32, into sifter: inout GroundSifter<ShortestDigest>, now: Int64
    ) {
        let first = Int64(epoch) * Int64(Self.slotsPerEpoch)
        let gap = Int64(Self.slotsPerEpoch) / Int64(clicksPerEpoch)
        for index in 0..<Int64(clicksPerEpoch) {
            let slot = first + index * gap + Int64.random(in: 0..<gap, using: &random)
            let state = CountedStates().state(ofSlot: slot)
            let basis: UInt8 = random.chance(0.5) ? 1 : 0
            let errorRate = basis == 0 ? keyErrorRate ?? errorRate : errorRate
            let isWrong = state.intensity == 2 ? random.chance(0.5) : random.chance(errorRate)
            let bit =
                basis == state.basis
                ? state.bit ^ (isWrong ? 1 : 0) : UInt8.random(in: 0...1, using: &random)
            sifter.add(
                Click(slot: slot, offset: 0, detector: 2 * basis + bit), now: now)
        }
    }

    /// Keys that both ends call available and that are the same.
    var sharedKeys: [KeyIdentifier] {
        ground.keys.keys.filter { name in
            guard let mine = ground.keys[name], let other = satellite.keys[name] else {
                return false
            }
            return mine.state == .available && other.state == .available
                && mine.bytes == other.bytes
        }
    }

    /// Whether an end believes that the other holds a key which it does not hold.
    var hasLonelyKey: Bool {
        ground.keys.contains { name, kept in
            kept.state == .available && satellite.keys[name]?.bytes != kept.bytes
        }
            || satellite.keys.contains { name, kept in
                kept.state == .available && ground.keys[name]?.bytes != kept.bytes
            }
    }
}

/// Memory that lives as long as the test.
final class Memory {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }
    deinit { bytes.deallocate() }
    func part(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<count])
    }
}
