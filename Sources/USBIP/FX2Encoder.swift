public import TimeTags

/// Encodes the 6-byte big-endian records of the FX2-based timetag-fpga design, for emulated
/// devices.
///
/// A tick of its 128 MHz clock is 7812.5 ps, and the time is that of the tick begun. The counter
/// has 36 bits and wraps every 536.9 s, which the next record says.
public struct FX2Encoder: Sendable {
    /// Strobe inputs.
    public static var channelCount: UInt8 { 4 }

    private var lastCount: UInt64 = 0
    private var isLossPending = false

    /// An encoder at the start of a stream.
    public init() {}

    /// Says in the next record that samples were lost before it.
    public mutating func reportLoss() { isLossPending = true }

    /// Adds the record of a tag to `output`; one that it cannot hold is left out.
    public mutating func append(_ tag: TimeTag, to output: inout [UInt8]) -> Bool {
        guard tag.time >= 0, tag.channel < Self.channelCount, tag.kind == .detection else {
            return false
        }
        let (whole, rest) = tag.time.quotientAndRemainder(dividingBy: 15_625)
        let ticks = UInt64(bitPattern: whole &* 2 &+ rest * 2 / 15_625)
        var record = ticks & 0xF_FFFF_FFFF | 1 << (36 + UInt64(tag.channel))
        if ticks >> 36 != lastCount >> 36 { record |= 1 << 46 }
        if isLossPending { record |= 1 << 47 }
        lastCount = ticks
        isLossPending = false
        withUnsafeBytes(of: record.bigEndian) { output.append(contentsOf: $0.dropFirst(2)) }
        return true
    }
}
