public import PayloadHAL
public import Quantities

/// A wire between two ends in one thread, which carries bytes at its speed and damages them by
/// chance. Its clock moves when an end waits.
public final class NoisyWire: @unchecked Sendable {
    /// What happens to the bytes of one sending, each by its probability.
    public struct Noise: Equatable, Sendable {
        /// A bit of one byte flips.
        public var flip = 0.0
        /// A run of up to 64 bytes is lost.
        public var loss = 0.0
        /// Up to 64 bytes come that nobody sent.
        public var junk = 0.0
        /// The bytes come twice.
        public var doubling = 0.0
        /// The bytes come back to their sender too.
        public var echo = 0.0

        /// No noise.
        public static let none = Noise()
        /// Everything happens, often.
        public static let heavy = Noise(
            flip: 0.08, loss: 0.05, junk: 0.05, doubling: 0.03, echo: 0.02)

        /// Noise with every probability given.
        public init(
            flip: Double = 0, loss: Double = 0, junk: Double = 0, doubling: Double = 0,
            echo: Double = 0
        ) {
            self.flip = flip
            self.loss = loss
            self.junk = junk
            self.doubling = doubling
            self.echo = echo
        }
    }

    /// Time that passed, by waiting only.
    public internal(set) var now = Picoseconds.zero
    /// What happens to what is sent from here on.
    public var noise: Noise
    /// Whether nothing comes through at all.
    public var isSilent = false
    /// Whether calls fail until the end is reopened.
    public var isBroken = false

    private var chance: SeededChance
    private let bytesPerSecond: Int
    /// For each end what is on its way there, and when the last of it arrives.
    private var arriving: [[(time: Picoseconds, bytes: [UInt8])]] = [[], []]
    private var busyUntil = [Picoseconds.zero, .zero]

    /// A wire that carries so many bytes per second each way.
    public init(seed: UInt64, bytesPerSecond: Int = 11_520, noise: Noise = .none) {
        precondition(bytesPerSecond > 0)
        chance = SeededChance(seed: seed)
        self.bytesPerSecond = bytesPerSecond
        self.noise = noise
    }

    /// One of the two ends, 0 or 1.
    public func end(_ index: Int) -> WireEnd { WireEnd(wire: self, index: index) }

    /// Puts bytes on the wire to an end that nobody sent.
    public func inject(_ bytes: [UInt8], to end: Int) { carry(bytes, to: end) }

    func send(_ bytes: [UInt8], from end: Int) {
        guard !isSilent else { return }
        var bytes = bytes
        if chance.happens(noise.flip) {
            bytes[chance.below(bytes.count)] ^= 1 << UInt8(chance.below(8))
        }
        if chance.happens(noise.loss) {
            let start = chance.below(bytes.count)
            bytes.removeSubrange(start..<min(start + 1 + chance.below(64), bytes.count))
        }
        if chance.happens(noise.junk) {
            let junk = chance.bytes(1 + chance.below(64))
            bytes.insert(contentsOf: junk, at: chance.below(bytes.count + 1))
        }
        carry(bytes, to: 1 - end)
        if chance.happens(noise.doubling) { carry(bytes, to: 1 - end) }
        if chance.happens(noise.echo) { carry(bytes, to: end) }
    }

    private func carry(_ bytes: [UInt8], to end: Int) {
        guard !bytes.isEmpty else { return }
        let span = Int64(bytes.count) * 1_000_000_000_000 / Int64(bytesPerSecond)
        busyUntil[end] = max(busyUntil[end], now).later(by: Picoseconds(span))
        arriving[end].append((busyUntil[end], bytes))
    }

    /// What has come to an end by now, up to `count` bytes.
    func take(_ count: Int, at end: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let first = arriving[end].first, first.time <= now {
            let part = first.bytes.prefix(count - bytes.count)
            bytes += part
            if part.count == first.bytes.count {
                arriving[end].removeFirst()
            } else {
                arriving[end][0].bytes.removeFirst(part.count)
            }
        }
        return bytes
    }

    func wait(until deadline: Picoseconds, at end: Int) {
        let next = arriving[end].first?.time ?? deadline
        now = max(now, min(next, deadline))
    }

    func empty(_ end: Int) { arriving[end] = [] }
}

/// One end of a ``NoisyWire``.
public struct WireEnd: ByteConnection, ~Copyable {
    /// Why a call failed.
    public enum Failure: InstrumentError {
        /// The wire is broken.
        case broken
        /// The coarse meaning of this error.
        public var fault: InstrumentFault { .unreachable }
    }

    let wire: NoisyWire
    let index: Int

    /// Time that passed, by waiting only.
    public var now: Picoseconds { wire.now }

    /// Puts bytes on the wire.
    public func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {
        guard !wire.isBroken else { throw .broken }
        wire.send(bytes.withUnsafeBytes { Array($0) }, from: index)
    }

    /// Waits for bytes by moving the wire's clock.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        guard !wire.isBroken else { throw .broken }
        var bytes = wire.take(buffer.byteCount, at: index)
        if bytes.isEmpty {
            wire.wait(until: deadline, at: index)
            bytes = wire.take(buffer.byteCount, at: index)
        }
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
        return bytes.count
    }

    /// Mends the wire and empties this end.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        wire.isBroken = false
        wire.empty(index)
    }
}
