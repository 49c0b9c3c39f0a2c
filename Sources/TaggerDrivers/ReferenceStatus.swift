public import PayloadHAL
public import Quantities

/// What a reference tagger says of itself now: STATUS of `docs/formats/reference-tagger.md`.
public struct ReferenceStatus: Equatable, Sendable {
    /// Whether it sends frames.
    public var isRunning: Bool
    /// Whether the test pulse is on.
    public var hasTestPulse: Bool
    /// Where it takes its time from.
    public var clockSource: TaggerSettings.ClockSource
    /// Whether its clock follows that source.
    public var isLocked: Bool
    /// The present time, as tags have it.
    public var time: Picoseconds
    /// Bit n set: channel n is enabled.
    public var channels: UInt32
    /// Tags dropped since START for want of memory.
    public var dropped: UInt64
    /// Tags sent since START.
    public var sent: UInt64
    /// Degrees Celsius; `nil` without sensor.
    public var temperature: Double?
    /// Why the last order was stalled; 0 if it was not.
    var refusal: UInt8

    /// Bytes of an answer.
    static var size: Int { 48 }

    /// Reads an answer of 48 bytes; `nil` if it is none.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes.prefix(4) == [0x4C, 0x54, 0x54, 0x53],
            bytes[4] & 0xF8 == 0, bytes[5] <= 1, bytes[6] <= 1
        else { return nil }
        isRunning = bytes[4] & 1 != 0
        hasTestPulse = bytes[4] & 2 != 0
        clockSource = bytes[5] == 0 ? .internal : .external
        isLocked = bytes[6] == 1
        refusal = bytes[7]
        time = Picoseconds(Int64(bitPattern: bytes.number(at: 8)))
        channels = bytes.number(at: 16)
        dropped = bytes.number(at: 24)
        sent = bytes.number(at: 32)
        let tenths = Int16(bitPattern: bytes.number(at: 40))
        temperature = tenths == .min ? nil : Double(tenths) / 10
    }

    /// The reason in ``refusal`` in words.
    var refusalText: String {
        let texts = [
            "no reason given", "unknown request", "no such channel", "threshold out of range",
            "no such clock source", "test pulse out of range", "latency out of range",
            "wrong length of data", "not while it is running",
        ]
        return texts.indices.contains(Int(refusal)) ? texts[Int(refusal)] : "reason \(refusal)"
    }
}

extension [UInt8] {
    /// The little-endian number at `offset`, where there are enough bytes.
    func number<Number: FixedWidthInteger>(at offset: Int) -> Number {
        var number = Number.zero
        for index in 0..<(Number.bitWidth / 8) {
            number |= Number(truncatingIfNeeded: self[offset + index]) << Number(8 * index)
        }
        return number
    }

    /// The bytes as hexadecimal digits, the first 16 of them.
    var digits: String {
        isEmpty
            ? "nothing"
            : prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                .joined(separator: " ")
    }
}
