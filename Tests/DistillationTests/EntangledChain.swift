import Coincidence
import Distillation
import FiniteKey
import Gating
import Sifting
import Simulator
import Wire

/// Fair bits that a seed fixes.
struct SquashingBits: RandomBits {
    var random: Seeded
    mutating func nextBit() -> UInt8 { UInt8(random.next() >> 63) }
}

/// Two stations under a simulated source of entangled pairs, from detections to a key.
final class EntangledChain {
    static let slotPeriod: Int64 = 1_000
    static let slotsPerEpoch: UInt32 = 100_000_000

    var source = EntangledParameters()
    var epochs: UInt32 = 12
    var weather = Weather()
    /// What the second station declares otherwise than the first.
    var secondTolerance: UInt32 = 1

    let first: RememberingVault
    let second: RememberingVault
    var results: [WindowResult] = []
    var firstCounts = CoincidenceCounts()
    var secondCounts = CoincidenceCounts()
    var counters = CoincidenceLinkCounters()
    private var random: Seeded

    init(seed: UInt64) {
        var generator = Seeded(seed: seed)
        let stock = (0..<4_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        random = generator
        first = RememberingVault(lane: 0, stock: stock, seed: seed &+ 1)
        second = RememberingVault(lane: 1, stock: stock, seed: seed &+ 2)
        // So near that a second is enough.
        source.seed = seed
        source.pairRateHertz = 3e5
        source.first.lossDecibels = 3
        source.second.lossDecibels = 2.5
    }

    private var proof: ProofParameters {
        ProofParameters(
            method: .bbm92, tail: .hoeffding, clamp: .literal,
            intensities: PerIntensity(0, 0, 0), probabilities: PerIntensity(0, 0, 0),
            secrecy: 1e-9, correctness: 1e-15)
    }

    private func declared(tolerance: UInt32 = 1) throws -> CoincidenceParameters {
        try CoincidenceParameters(
            firstSlot: 0, slotsPerEpoch: Self.slotsPerEpoch, tolerance: tolerance)
    }

    /// Runs the pass on virtual time until both ends are done, or half a minute has gone by.
    func run() throws {
        let parameters = DistillationParameters(
            session: 5, epochsPerWindow: epochs, keyBasis: 0, blockBits: 20_000, proof: proof,
            padBytesPerLane: 48)
        var requester = CoincidenceRequester(
            try declared(), session: 5, retry: 60_000_000_000, epochCapacity: 100_000,
            witness: PartWitness(key: try first.partKey()))
        var responder = CoincidenceResponder(
            try declared(tolerance: secondTolerance), session: 5, epochCapacity: 100_000,
            witness: PartWitness(key: try second.partKey()))
        var ground = try GroundDistiller(parameters: parameters, vault: first)
        var reference = try SatelliteDistiller(parameters: parameters, vault: second)
        var up = Way(weather: weather, direction: .up, random: Seeded(seed: random.next()))
        var down = Way(weather: weather, direction: .down, random: Seeded(seed: random.next()))
        let message = Memory(MessageHeader.largestMessage)
        var pairs = EntangledSource(source)
        var arms = (receiver(), receiver())

        var (now, epoch): (Int64, UInt32) = (0, 0)
        while now < 30_000_000_000_000, epoch < epochs || !requester.isIdle || !ground.isIdle {
            now += 1_000_000_000
            if epoch < epochs {
                pairs.advance(to: now)
                for click in pairs.first {
                    arms.0.append(time: click.time, detector: click.detector)
                }
                for click in pairs.second {
                    arms.1.append(time: click.time, detector: click.detector)
                }
                let end = Int64(epoch + 1) * Int64(Self.slotsPerEpoch)
                if now >= (end + 1_000) * Self.slotPeriod {
                    requester.take(arms.0.take(before: end).filter { $0.slot >= 0 }, epoch: epoch)
                    responder.take(arms.1.take(before: end).filter { $0.slot >= 0 }, epoch: epoch)
                    epoch += 1
                }
            }
            while let bytes = up.arrive(by: now) {
                let count = bytes.withUnsafeBytes { bytes in
                    MessageHeader.kind(bytes) == .distillationRequest
                        ? reference.receive(bytes, sifter: responder, answer: message.bytes)
                        : responder.receive(bytes, answer: message.bytes)
                }
                if count > 0 { down.send(message.part(count), now: now) }
            }
            while let bytes = down.arrive(by: now) {
                bytes.withUnsafeBytes { bytes in
                    if MessageHeader.kind(bytes) == .distillationAnswer {
                        ground.receive(bytes, now: now)
                    } else {
                        requester.receive(bytes)
                    }
                }
            }
            let count = requester.poll(now: now, into: message.bytes)
            if count > 0 { up.send(message.part(count), now: now) }
            while let ended = requester.nextEpoch() {
                ended.clicks.withUnsafeBufferPointer { clicks in
                    ended.hashes.withUnsafeBufferPointer {
                        ground.take(ended.result, clicks, hashes: $0, now: now)
                    }
                }
            }
            let asked = ground.poll(now: now, into: message.bytes)
            if asked > 0 { up.send(message.part(asked), now: now) }
        }
        ground.giveUp(now: now)
        while let result = ground.nextResult() { results.append(result) }
        (firstCounts, secondCounts) = (requester.counts, responder.counts)
        counters = requester.counters
    }

    private func receiver() -> ArmReceiver<SquashingBits> {
        ArmReceiver(
            slotPeriod: Self.slotPeriod, deadTime: 50_000,
            random: SquashingBits(random: Seeded(seed: 9)))
    }

    /// Keys that either end calls available.
    var keysBelievedShared: Int {
        first.keys.values.count { $0.state == .available }
            + second.keys.values.count { $0.state == .available }
    }
}
