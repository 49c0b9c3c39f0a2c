public import TimeTags

/// What the simulated world needs of an emulated tagger, whatever its format.
public protocol TaggerDevice: USBFunction {
    /// The endpoint through which tags leave.
    var dataEndpoint: UInt8 { get }
    /// Whether the host has started it; nothing is measured before.
    var isRunning: Bool { get }
    /// Tags in memory and on their way, dropped for want of memory, and sent in whole.
    var counts: TaggerDeviceCounts { get }

    /// Takes the tags of the time up to `now`, ps of the tagger's clock, ordered by time.
    mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, now: Int64)

    /// Sends `count` bytes that mean nothing before whatever follows.
    mutating func sendGarbage(_ count: Int)

    /// Loses the next `count` frames, or records where there are no frames, without a word.
    mutating func loseFrames(_ count: Int)
}

/// What became of the tags of an emulated tagger since the program began.
public struct TaggerDeviceCounts: Equatable, Sendable {
    /// Tags taken from the world while running.
    public var taken: Int64 = 0
    /// Tags dropped because the memory was full.
    public var dropped: Int64 = 0
    /// Tags put into frames.
    public var sent: Int64 = 0
    /// Tags in frames that were lost on order.
    public var lostOnOrder: Int64 = 0
    /// Frames made, empty ones and lost ones included; records where there are no frames.
    public var frames: Int64 = 0
    /// Tags that were in memory or on their way when the host let go or started anew.
    public var discarded: Int64 = 0

    /// All 0.
    public init() {}
}

/// Bytes that mean nothing, the same ones each time.
struct Noise: Sendable {
    private var state: UInt64

    init(seed: UInt64 = 0x10DE_57A2) { state = seed }

    mutating func next() -> UInt8 {
        // The multiplier is Knuth's (MMIX); the upper bits are the better ones.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in next() } }
}
