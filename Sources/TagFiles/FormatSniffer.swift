import TimeTags

/// Finds the format of a recording from its first bytes.
public enum FormatSniffer {
    /// How many bytes are looked at; more do not help.
    public static let wantedBytes = 65_536

    /// The format that `bytes`, the front of a recording, are in; `nil` if none fits.
    public static func format(of bytes: UnsafeRawBufferPointer) -> TagFormat? {
        if begins(bytes, with: Array("PQTTTR".utf8)) { return .ptu }
        if let text = textFormat(of: bytes) { return text }
        for format in [TagFormat.reference, .ustc] where decodes(bytes, as: format, share: 2) {
            return format
        }
        for format in [TagFormat.nox, .quTAG, .a1, .fx2]
        where decodes(bytes, as: format, share: 50) {
            return format
        }
        return nil
    }

    private static func begins(_ bytes: UnsafeRawBufferPointer, with magic: [UInt8]) -> Bool {
        bytes.count >= magic.count && zip(bytes, magic).allSatisfy { $0 == $1 }
    }

    /// a0 or a2 if the first whole line is so many hexadecimal digits.
    private static func textFormat(of bytes: UnsafeRawBufferPointer) -> TagFormat? {
        let line = bytes.prefix(18).prefix { $0 != 0x0A && $0 != 0x0D }
        let isHex = line.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66)
        }
        guard isHex else { return nil }
        return line.count == 8 ? .a0 : line.count == 16 ? .a2 : nil
    }

    /// Whether a trial gives rising times and at most one fault in `share` records.
    private static func decodes(
        _ bytes: UnsafeRawBufferPointer, as format: TagFormat, share: Int64
    ) -> Bool {
        var decoder = FormatDecoder(format)
        let room = 16_384
        return withUnsafeTemporaryAllocation(of: TimeTag.self, capacity: room) { output in
            let progress = decoder.decode(bytes, into: output, isLast: false)
            let events = output[..<progress.tagsWritten].filter { $0.kind == .detection }
            guard let first = events.first, let last = events.last else { return false }
            let counters = decoder.counters
            let faults = counters.unknownRecords + counters.losses
            return (last.time > first.time || format == .reference)
                && faults * share <= counters.records
        }
    }
}
