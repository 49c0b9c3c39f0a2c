public import PayloadHAL
public import Quantities

/// A link whose messages can be spoilt on order.
///
/// Kinds: off loses them all, both ways; intermittent for half of each second; garbage and wrong
/// spoil what is received; slow and delayed hold each received message for a quarter of a second.
public struct FaultyMessageLink<Link: MessageLink & ~Copyable>: MessageLink, ~Copyable {
    /// How long a message is held, ps.
    private static var lateness: Int64 { 250_000_000_000 }

    private var link: Link
    private let orders: FaultOrders
    private let held: UnsafeMutableRawBufferPointer
    private var heldCount = 0
    private var heldUntil: Int64 = 0
    private var noise: UInt8 = 0x5A

    /// Takes over `link`.
    public init(_ link: consuming Link, orders: FaultOrders) {
        self.link = link
        self.orders = orders
        held = .allocate(byteCount: LinkLimits.largestMessage, alignment: 16)
    }

    deinit { held.deallocate() }

    /// Time on the clock of the deadlines.
    public var now: Picoseconds { link.now }
    /// What has happened on the link itself.
    public var counters: LinkCounters { link.counters }

    private var isOff: Bool {
        switch orders[.link] {
        case .off: true
        case .intermittent: FaultyBytes.isOff(at: link.now.count)
        default: false
        }
    }

    /// Sends a message, or loses it.
    public mutating func send(_ message: UnsafeRawBufferPointer) throws(Link.Failure) {
        // Lost without anybody noticing, as on a real link.
        if !isOff { try link.send(message) }
    }

    /// Receives a message, spoilt or late, or loses it.
    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, by deadline: Picoseconds
    ) throws(Link.Failure) -> Int {
        if heldCount > 0 {
            guard link.now.count >= heldUntil || orders[.link] == nil else { return 0 }
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: held[..<heldCount]))
            defer { heldCount = 0 }
            return heldCount
        }
        let count = try link.receive(into: buffer, by: deadline)
        guard count > 0, let kind = orders[.link] else { return count }
        switch kind {
        case .off, .intermittent: return isOff ? 0 : count
        case .garbage, .wrong, .stuck:
            for index in 0..<count {
                noise = noise &* 73 &+ 41
                buffer[index] ^= noise
            }
            return count
        case .slow, .delayed:
            held.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            heldCount = count
            heldUntil = link.now.count + Self.lateness
            return 0
        }
    }

    /// Opens the connection under the link afresh.
    public mutating func reopen(by deadline: Picoseconds) throws(Link.Failure) {
        try link.reopen(by: deadline)
    }
}
