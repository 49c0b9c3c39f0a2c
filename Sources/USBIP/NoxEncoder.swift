public import TimeTags

/// Encodes the 8-byte USB messages of the Nox tagger ("RWN 11"), for emulated devices.
///
/// A tick is 1 / (130 MHz x 4096), 1.878 ps; a time becomes the nearest tick. The counter has 48
/// bits and wraps every 528.6 s.
public struct NoxEncoder: Sendable {
    /// Channels of a message, numbered from 1 in it: 4 bits, of which 0 means none.
    public static var channelCount: UInt8 { 15 }

    /// An encoder without state.
    public init() {}

    /// The message of a detection.
    ///
    /// - Parameters:
    ///   - time: ps, not negative.
    ///   - channel: From 0, less than ``channelCount``.
    public func message(time: Int64, channel: UInt8) -> UInt64 {
        precondition(time >= 0 && channel < Self.channelCount)
        // 3125/1664 ps per tick, to the nearest; the quotient and the rest apart, so that nothing
        // overflows.
        let (whole, rest) = time.quotientAndRemainder(dividingBy: 3125)
        let ticks = UInt64(bitPattern: whole &* 1664 &+ (rest &* 1664 &+ 1562) / 3125)
        let coarse = (ticks >> 12) & 0xF_FFFF_FFFF
        return 0x24 << 56 | coarse << 20 | UInt64(channel + 1) << 12 | ticks & 0xFFF
    }

    /// Adds the message of a tag to `output`; one that it cannot hold is left out.
    public func append(_ tag: TimeTag, to output: inout [UInt8]) -> Bool {
        guard tag.time >= 0, tag.channel < Self.channelCount, tag.kind == .detection else {
            return false
        }
        let message = message(time: tag.time, channel: tag.channel)
        withUnsafeBytes(of: message.bigEndian) { output.append(contentsOf: $0) }
        return true
    }
}
