public import PayloadHAL
public import Quantities

/// A network between two ends in one thread, which loses, repeats, delays and damages packets by
/// chance. Its clock moves when an end waits.
public final class LossyNet: @unchecked Sendable {
    /// What happens to a packet, each by its probability.
    public struct Trouble: Equatable, Sendable {
        /// It never comes.
        public var loss = 0.0
        /// It comes twice.
        public var doubling = 0.0
        /// It comes up to 50 ms late, after others.
        public var delay = 0.0
        /// Some of its bits are flipped, and no checksum of the network saw it.
        public var damage = 0.0
        /// Its end is missing, or something follows it.
        public var cutting = 0.0
        /// It comes back to its sender too.
        public var echo = 0.0

        /// No trouble.
        public static let none = Trouble()
        /// Everything happens, often.
        public static let heavy = Trouble(
            loss: 0.02, doubling: 0.05, delay: 0.1, damage: 0.02, cutting: 0.02, echo: 0.02)

        /// Trouble with every probability given.
        public init(
            loss: Double = 0, doubling: Double = 0, delay: Double = 0, damage: Double = 0,
            cutting: Double = 0, echo: Double = 0
        ) {
            self.loss = loss
            self.doubling = doubling
            self.delay = delay
            self.damage = damage
            self.cutting = cutting
            self.echo = echo
        }
    }

    /// Time that passed, by waiting only.
    public internal(set) var now = Picoseconds.zero
    /// What happens to what is sent from here on.
    public var trouble: Trouble
    /// Whether calls fail until the end is reopened.
    public var isBroken = false

    private var chance: SeededChance
    /// For each end the packets on their way there.
    private var arriving: [[(time: Picoseconds, packet: [UInt8])]] = [[], []]

    /// A network with one way of 1 ms.
    public init(seed: UInt64, trouble: Trouble = .none) {
        chance = SeededChance(seed: seed)
        self.trouble = trouble
    }

    /// One of the two ends, 0 or 1.
    public func end(_ index: Int) -> NetEnd { NetEnd(net: self, index: index) }

    /// Hands an end a packet that nobody sent.
    public func inject(_ packet: [UInt8], to end: Int) { arriving[end].append((now, packet)) }

    func send(_ packet: [UInt8], from end: Int) {
        if chance.happens(trouble.echo) { arriving[end].append((now, packet)) }
        guard !chance.happens(trouble.loss) else { return }
        for _ in 0..<(chance.happens(trouble.doubling) ? 2 : 1) {
            var packet = packet
            if chance.happens(trouble.damage) {
                for _ in 0...chance.below(3) {
                    packet[chance.below(packet.count)] ^= 1 << UInt8(chance.below(8))
                }
            }
            if chance.happens(trouble.cutting) {
                if chance.happens(0.5) {
                    packet.removeLast(chance.below(packet.count))
                } else {
                    packet += chance.bytes(1 + chance.below(100))
                }
            }
            let late = chance.happens(trouble.delay) ? Int64(chance.below(50)) : 0
            arriving[1 - end].append((now.later(by: .milliseconds(1 + late)), packet))
        }
    }

    /// The packet that came first, if one has come by now.
    func take(at end: Int) -> [UInt8]? {
        guard let first = first(at: end), arriving[end][first].time <= now else { return nil }
        return arriving[end].remove(at: first).packet
    }

    func wait(until deadline: Picoseconds, at end: Int) {
        let next = first(at: end).map { arriving[end][$0].time } ?? deadline
        now = max(now, min(next, deadline))
    }

    func empty(_ end: Int) { arriving[end] = [] }

    private func first(at end: Int) -> Int? {
        arriving[end].indices.min { arriving[end][$0].time < arriving[end][$1].time }
    }
}

/// One end of a ``LossyNet``.
public struct NetEnd: DatagramConnection, ~Copyable {
    /// Why a call failed.
    public enum Failure: InstrumentError {
        /// The network is broken.
        case broken
        /// The coarse meaning of this error.
        public var fault: InstrumentFault { .unreachable }
    }

    let net: LossyNet
    let index: Int

    /// Time that passed, by waiting only.
    public var now: Picoseconds { net.now }

    /// Puts a packet on its way.
    public func send(_ packet: RawSpan, by deadline: Picoseconds) throws(Failure) {
        guard !net.isBroken else { throw .broken }
        net.send(packet.withUnsafeBytes { Array($0) }, from: index)
    }

    /// Waits for a packet by moving the network's clock.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        guard !net.isBroken else { throw .broken }
        var packet = net.take(at: index)
        if packet == nil {
            net.wait(until: deadline, at: index)
            packet = net.take(at: index)
        }
        guard let packet else { return 0 }
        let count = min(packet.count, buffer.byteCount)
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: packet.prefix(count)) }
        return count
    }

    /// Mends the network and empties this end.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        net.isBroken = false
        net.empty(index)
    }
}
