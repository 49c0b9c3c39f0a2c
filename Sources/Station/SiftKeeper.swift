public import ClockSync
public import Gating
public import Monitors
import Secrets
public import Sifting
import Wire

/// Squashes gated clicks, sifts them with the satellite, and books what came of them.
///
/// The sink of the tag path: it owns the ground's sifter and all that the report counts.
public struct SiftKeeper: ~Copyable, ClickSink {
    /// What an epoch came to, its clicks, and the hashes of what was said about its parts.
    public typealias EpochListener = (
        EpochResult, UnsafeBufferPointer<SiftedClick>, UnsafeBufferPointer<PartHashes>
    ) -> Void
    /// A settled clock segment with its quantum lateness and beacon sigma, ps.
    public typealias SegmentListener = (ClockSegment, Double, Double) -> Void

    /// Half a second at a million clicks a second may wait for answers, beside the open epoch.
    static let capacity = GroundCapacity(clicks: 1 << 20)

    /// Stream time, ps; set by the caller before tags are taken in.
    var now: Int64 = 0
    /// The ground's half of sifting.
    public private(set) var ground: GroundSifter<TranscriptSHA256>
    /// Double and cross clicks.
    public private(set) var squasher = Squasher()
    /// Called for every epoch in order.
    public var onEpoch: EpochListener?
    /// Called for every segment in order.
    public var onSegment: SegmentListener?
    /// Messages and bytes of the link as this end saw them.
    public private(set) var link = LinkCounters()
    /// Epochs that ended, and clicks announced in them.
    public private(set) var epochs: Int64 = 0
    /// Clicks announced.
    public private(set) var announced: Int64 = 0
    /// Clicks announced in epochs that no answer came for before the deadline.
    public private(set) var unanswered: Int64 = 0
    /// Clicks of epochs that were lost in another way.
    public private(set) var announcedLost: Int64 = 0
    /// Clicks of epochs that the security monitors excluded.
    public private(set) var excluded: Int64 = 0
    /// The security monitors; none watch without it.
    var watch: EpochWatch?

    private var random: SquashBits
    /// Counts for whoever looks, if anybody may.
    var feed: LiveFeed?
    private let storage: UnsafeMutableRawBufferPointer
    private let sifted: UnsafeMutableBufferPointer<SiftedClick>
    /// As far as ``sifted`` was ever filled.
    private var mostSifted = 0
    /// Of the parts of one epoch, at most as many as a message can number.
    private let hashes: UnsafeMutableBufferPointer<PartHashes>

    /// What went over the link.
    public struct LinkCounters: Equatable, Sendable {
        /// Messages and bytes sent and received.
        public var sentMessages: Int64 = 0
        /// Bytes sent.
        public var sentBytes: Int64 = 0
        /// Messages received.
        public var receivedMessages: Int64 = 0
        /// Bytes received.
        public var receivedBytes: Int64 = 0
    }

    init(
        parameters: SiftParameters, random: SquashBits, witness: consuming PartWitness? = nil,
        capacity: GroundCapacity = SiftKeeper.capacity
    ) {
        storage = .allocate(byteCount: capacity.byteCount, alignment: 16)
        sifted = .allocate(capacity: capacity.clicks)
        hashes = .allocate(capacity: 255)
        ground = GroundSifter(
            parameters: parameters, capacity: capacity, witness: witness, storage: storage)
        self.random = random
    }

    deinit {
        // Bits of the key basis and hashes under secret keys.
        wipe(storage)
        wipe(
            UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: sifted[..<mostSifted])))
        wipe(UnsafeMutableRawBufferPointer(hashes))
        storage.deallocate()
        sifted.deallocate()
        hashes.deallocate()
    }

    /// Takes clicks, ascending by slot.
    public mutating func accept(_ clicks: UnsafeMutableBufferPointer<Click>) {
        feed?.take(clicks)
        var span = MutableSpan(_unsafeElements: clicks)
        let count = squasher.squash(&span, count: clicks.count, random: &random)
        for click in clicks[..<count] { ground.add(click, now: now) }
    }

    /// Says that no click below `slot` will come.
    public mutating func complete(before slot: Int64) {
        if let waiting = squasher.waitingSlot {
            guard waiting < slot else { return ground.advance(toSlot: waiting, now: now) }
            if let click = squasher.flush(random: &random) { ground.add(click, now: now) }
        }
        ground.advance(toSlot: slot, now: now)
    }

    /// Passes a segment of the clock model on to ``onSegment``; sifting itself needs none.
    ///
    /// - Parameters:
    ///   - offset: Lateness of the quantum light behind the beacon, ps.
    ///   - beaconSigma: Standard deviation of beacon time, ps.
    public mutating func accept(
        _ segment: ClockSegment, offset: Double, beaconSigma: Double
    ) {
        feed?.take(sigma: Double(segment.sigma), offset: offset, isValid: segment.isValid)
        onSegment?(segment, offset, beaconSigma)
    }

    /// Takes what a window counted; at the end of an epoch the monitors judge it.
    public mutating func accept(_ counts: WindowCounts, window: Int64, next: Int64) {
        guard let order = watch?.take(counts, window: window, next: next, squasher: squasher)
        else { return }
        switch order {
        case .exclude(let epoch): ground.exclude(epoch)
        case .stop(let epoch):
            // The pass ends in this step; as many epochs as a step could still announce.
            for later in 0...EpochWatch.epochsAfterStop { ground.exclude(epoch &+ later) }
        }
    }

    mutating func finish() {
        if let click = squasher.flush(random: &random) { ground.add(click, now: now) }
        ground.finish(now: now)
    }

    mutating func receive(_ message: UnsafeRawBufferPointer, now: Int64) {
        link.receivedMessages += 1
        link.receivedBytes += Int64(message.count)
        ground.receive(message)
        collect()
    }

    mutating func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
        let count = ground.poll(now: now, into: message)
        if count > 0 {
            link.sentMessages += 1
            link.sentBytes += Int64(count)
        }
        collect()
        return count
    }

    private mutating func collect() {
        while true {
            var parts = 0
            ground.eachPartOfNextEpoch {
                hashes[parts] = $0
                parts += 1
            }
            guard let result = ground.nextEpoch(into: sifted) else { return }
            epochs += 1
            mostSifted = max(mostSifted, result.sifted)
            announced += Int64(result.announced)
            switch result.outcome {
            case .sifted: break
            case .noReply: unanswered += Int64(result.announced)
            case .excluded: excluded += Int64(result.announced)
            case .refused, .tooManyParts: announcedLost += Int64(result.announced)
            }
            onEpoch?(
                result, UnsafeBufferPointer(rebasing: sifted[..<result.sifted]),
                UnsafeBufferPointer(rebasing: hashes[..<parts]))
        }
    }
}
