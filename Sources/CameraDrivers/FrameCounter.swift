/// Counts a camera's frames through the wrap of their numbers, and what is missing between them.
public struct FrameCounter: Equatable, Sendable {
    /// How a camera numbers its frames.
    public enum Numbering: Equatable, Sendable {
        /// 16 bits, from 65,535 on to 1: GigE Vision up to 1.x, which reserves 0.
        case sixteenBitsWithoutZero
        /// 32 bits, from 2^32 - 1 on to 0: Video4Linux.
        case thirtyTwoBits
        /// 64 bits: USB3 Vision, and GigE Vision 2 with extended numbers.
        case sixtyFourBits
    }

    /// The last frame's number, never stepping back.
    public private(set) var number: Int64 = 0
    /// How often the numbers jumped back or far ahead, as after a restart of the camera.
    public private(set) var restarts: Int64 = 0

    private let numbering: Numbering
    private var last: UInt64?

    /// More than this many missing frames are a restart, not a loss: 100 s at 1 kHz, but never
    /// half of the numbers' range.
    private var mostMissing: UInt64 { numbering == .sixteenBitsWithoutZero ? 30_000 : 100_000 }

    /// A counter that has seen no frame.
    public init(_ numbering: Numbering) { self.numbering = numbering }

    /// Counts the frame with the camera's number `id`; returns how many are missing before it.
    public mutating func count(_ id: UInt64) -> Int64 {
        defer { last = id }
        guard let last else {
            number = Int64(clamping: id)
            return 0
        }
        let step: UInt64 =
            switch numbering {
            case .sixteenBitsWithoutZero: (id &+ 65_535 &- last) % 65_535
            case .thirtyTwoBits: (id &- last) & 0xFFFF_FFFF
            case .sixtyFourBits: id &- last
            }
        guard step > 0, step <= mostMissing else {
            restarts &+= 1
            number &+= 1
            return 0
        }
        number &+= Int64(step)
        return Int64(step) - 1
    }
}
