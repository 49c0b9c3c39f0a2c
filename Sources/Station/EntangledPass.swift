import Coincidence
import Crypto
import Distillation
import FiniteKey
import Foundation
import KeyStore
import Sifting
public import Simulator
import Wire

/// A pass of a simulated source of entangled pairs over two stations, faster than life: both
/// receivers, sifting and distillation over a simulated link, the same key in two stores.
public final class EntangledPass {
    /// Width of a slot, ps: five times the default jitter.
    public static let slotPeriod: Int64 = 1_000
    /// How many slots apart the clicks of a pair may lie.
    public static let tolerance: UInt32 = 1
    /// Slots of an epoch: 200 ms.
    static let slotsPerEpoch: UInt32 = 200_000_000
    /// After a click that counts, none of a later slot counts for this long, ps.
    public static let deadTime: Int64 = 50_000
    /// Clicks that an epoch may have at each station: 500,000 a second.
    static let epochCapacity = 100_000
    /// Seconds that a pass may last: what the epochs of a window can be told in one message.
    public static let durationRange: ClosedRange<Double> = 1...13_000
    /// The proof's two parameters, and bits of a block of error correction.
    static let (secrecy, correctness, blockBits) = (1e-9, 1e-15, 100_000)
    /// Bytes that the key gives to the authentication stock in each lane: what a window burns twice.
    static let padBytesPerLane = 48
    /// Step of virtual time, ps, and the time for messages after the last light: a minute.
    private static let (step, closingTime) = (1_000_000_000 as Int64, 60_000_000_000_000 as Int64)

    /// How far a running pass has come.
    public struct Progress: Sendable {
        /// Stream time, s.
        public var time: Double
        /// Length of the pass, s.
        public var duration: Double
        /// Pairs found so far.
        public var pairs: Int64
        /// Errors over bits of the test basis so far.
        public var qber: Double?
        /// Host time since the start, s.
        public var elapsed: Double
    }

    private let source: EntangledParameters
    private let duration: Double
    private let directory: String?
    private let epochs: UInt32
    private let stores: PassStores
    private let scratch: String?
    private let distillation: PassDistillation
    private let secondNotes: StoreVault.Notes
    private var requester: CoincidenceRequester
    private var peer: EntangledPeer
    private var pairs: EntangledSource
    private var arms: (ArmReceiver<SquashBits>, ArmReceiver<SquashBits>)
    private let message: UnsafeMutableRawBufferPointer
    private var dropFault: CoincidenceFault?
    private let started = ContinuousClock.now
    private let isCancelled = StopFlag()

    /// Asks a running pass to end in order: what light came makes a key if it is enough.
    public var cancel: @Sendable () -> Void {
        let flag = isCancelled
        return { flag.set() }
    }

    /// A pass under `source`.
    ///
    /// - Parameters:
    ///   - duration: Seconds of light, in ``durationRange``; rounded up to 200 ms.
    ///   - directory: Where `summary.json` goes, made if missing; refused if it has one.
    ///   - storeDirectory: Where the stores `first` and `second` lie, made if missing; without it
    ///     `keys` in `directory`, and without that they end with the pass.
    public init(
        source: EntangledParameters, duration: Double, directory: String? = nil,
        storeDirectory: String? = nil
    ) throws {
        if let fault = source.faults.first {
            throw PassError.board(name: "entangled source", problem: "\(fault)")
        }
        try Self.check(duration)
        try Self.checkClicks(of: source)
        try EntangledSummary.claim(directory)
        self.source = source
        self.duration = duration
        self.directory = directory
        epochs = UInt32((duration * 5 - 1e-9).rounded(.up))
        (stores, scratch) = try Self.openStores(storeDirectory ?? directory.map { $0 + "/keys" })
        // A stock of pads may outlive a pass: another run is another session.
        let parameters = Self.distillation(session: .random(in: 0...UInt32.max), epochs: epochs)
        distillation = try PassDistillation(
            parameters: parameters, store: stores.station, windows: 1)
        let declared = try CoincidenceParameters(
            firstSlot: 0, slotsPerEpoch: Self.slotsPerEpoch, tolerance: Self.tolerance,
            keyBasis: parameters.keyBasis)
        let witness = try distillation.witness()
        let vault = StoreVault(stores.satellite)
        secondNotes = vault.notes
        peer = try EntangledPeer(
            parameters: declared, distillation: parameters, epochCapacity: Self.epochCapacity,
            vault: vault, seed: source.seed)
        requester = CoincidenceRequester(
            declared, session: parameters.session, retry: parameters.retry,
            epochCapacity: Self.epochCapacity, witness: witness)
        pairs = EntangledSource(source)
        arms = (Self.receiver(), Self.receiver())
        message = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
    }

    deinit {
        message.deallocate()
        if let scratch { try? FileManager.default.removeItem(atPath: scratch) }
    }

    private static func check(_ duration: Double) throws {
        guard durationRange.contains(duration) else {
            throw PassError.argument(
                name: "duration", value: "\(duration) s",
                allowed: "\(Int(durationRange.lowerBound)) s to "
                    + "\(Int(durationRange.upperBound)) s")
        }
    }

    private static func openStores(
        _ given: String?
    ) throws -> (PassStores, scratch: String?) {
        let names = PassStores.Names(
            station: "first", satellite: "second", actor: "lodestar entangled")
        if let given { return (try PassStores(directory: given, names: names), nil) }
        let path = FileManager.default.temporaryDirectory.path + "/lodestar-\(UUID())"
        return (try PassStores(directory: path, names: names), path)
    }

    /// Refuses a source so bright that epochs would not fit their memory.
    private static func checkClicks(of source: EntangledParameters) throws {
        let epoch = Double(slotsPerEpoch) * Double(slotPeriod) * 1e-12
        // Room for what chance adds to the mean.
        let most = 0.9 * Double(epochCapacity) / epoch
        for arm in [source.first, source.second] {
            let clicks =
                source.pairRateHertz * pow(10, -arm.lossDecibels / 10) * arm.efficiency
                + 4 * (arm.backgroundHertz + arm.darkRateHertz)
            guard clicks > most else { continue }
            throw PassError.argument(
                name: "the mean rate of clicks of a station", value: "\(Int(clicks)) a second",
                allowed: "0 to \(Int(most)) a second; give fewer pairs or more loss")
        }
    }

    private static func distillation(session: UInt32, epochs: UInt32) -> DistillationParameters {
        DistillationParameters(
            session: session, epochsPerWindow: epochs, keyBasis: 0, blockBits: blockBits,
            proof: ProofParameters(
                method: .bbm92, tail: .hoeffding, clamp: .literal,
                intensities: PerIntensity(0, 0, 0), probabilities: PerIntensity(0, 0, 0),
                secrecy: secrecy, correctness: correctness),
            padBytesPerLane: padBytesPerLane)
    }

    /// Double clicks get secret bits: each station draws its own seed.
    private static func receiver() -> ArmReceiver<SquashBits> {
        ArmReceiver(
            slotPeriod: slotPeriod, deadTime: deadTime,
            random: SquashBits(seed: SymmetricKey(size: .bits256)))
    }

    /// Runs the pass to its end.
    ///
    /// - Parameter progress: Called once per second of stream time.
    public func run(progress: (Progress) -> Void = { _ in }) throws -> EntangledSummary {
        var (now, epoch): (Int64, UInt32) = (0, 0)
        while epoch < epochs, !isCancelled.isSet {
            now += Self.step
            receiveLight(until: now)
            // Jitter may bring a click a little late.
            let end = Int64(epoch + 1) * Int64(Self.slotsPerEpoch)
            if now >= end * Self.slotPeriod + Self.step {
                requester.take(arms.0.take(before: end).filter { $0.slot >= 0 }, epoch: epoch)
                peer.take(arms.1.take(before: end).filter { $0.slot >= 0 }, epoch: epoch)
                epoch += 1
            }
            exchange(now: now)
            if now % 1_000_000_000_000 == 0 { progress(report(now: now)) }
        }
        let lightEnd = now
        while now < lightEnd + Self.closingTime, !requester.isIdle || !distillation.isIdle {
            now += Self.step
            exchange(now: now)
            if requester.isIdle { distillation.finish(now: now) }
        }
        distillation.giveUp(now: now)
        let summary = summarise(epochs: epoch, now: now)
        try summary.write(to: directory)
        return summary
    }

    private func receiveLight(until now: Int64) {
        pairs.advance(to: now)
        for click in pairs.first { arms.0.append(time: click.time, detector: click.detector) }
        for click in pairs.second { arms.1.append(time: click.time, detector: click.detector) }
    }

    /// What both stations say to one another at stream time `now`.
    private func exchange(now: Int64) {
        distillation.now = now
        peer.exchange(until: now) { bytes, arrival in
            if MessageHeader.kind(bytes) == .distillationAnswer {
                distillation.receive(bytes, now: arrival)
            } else {
                requester.receive(bytes)
            }
        }
        send(requester.poll(now: now, into: message), at: now)
        while let epoch = requester.nextEpoch() {
            if let fault = epoch.fault { dropFault = fault }
            epoch.clicks.withUnsafeBufferPointer { clicks in
                epoch.hashes.withUnsafeBufferPointer {
                    distillation.take(epoch.result, clicks, hashes: $0)
                }
            }
        }
        send(distillation.poll(now: now, into: message), at: now)
    }

    private func send(_ count: Int, at now: Int64) {
        guard count > 0 else { return }
        peer.send(UnsafeRawBufferPointer(rebasing: message[..<count]), at: now)
    }

    private func report(now: Int64) -> Progress {
        let counts = requester.counts
        return Progress(
            time: Double(now) * 1e-12, duration: duration, pairs: counts.pairs,
            qber: counts.testBits > 0 ? counts.errorRate : nil,
            elapsed: (ContinuousClock.now - started).seconds)
    }

    private func summarise(epochs: UInt32, now: Int64) -> EntangledSummary {
        let counts = requester.counts
        var summary = EntangledSummary(source: source, counts: counts)
        let epochLength = Int64(Self.slotsPerEpoch) * Self.slotPeriod
        summary.lightS = Double(Int64(epochs) * epochLength) * 1e-12
        summary.durationS = Double(now) * 1e-12
        summary.epochs = Int64(epochs)
        summary.epochsDropped = Int64(requester.counters.dropped)
        summary.epochDropReason = dropFault.map { "\($0)" }
        summary.pairsDetected = pairs.pairsDetected
        summary.deadTimeDrops = [arms.0.deadTimeDrops, arms.1.deadTimeDrops]
        summary.messagesSent = peer.link.counts(from: .station).sent
        summary.messagesAnswered = peer.link.counts(from: .satellite).sent
        summary.messagesRepeated =
            Int64(requester.counters.repeated) + Int64(distillation.counters.repeated)
        summary.distillation = DistillationSummary(
            distillation, satelliteNotes: secondNotes,
            siftedBits: counts.keyBits + counts.testBits)
        for (index, result) in distillation.results.enumerated() {
            summary.distillation?.windows[index].outcome = result.outcome.words(
                station: "the first station", satellite: "the second station")
        }
        summary.elapsedS = (ContinuousClock.now - started).seconds
        return summary
    }
}
