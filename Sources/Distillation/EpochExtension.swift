import Quantities
import Wire

/// Which epochs the ground has settled since it last spoke, and which of them it keeps.
///
/// On the wire: first epoch (4 bytes), epochs (4), one bit each from bit 0 of the first byte on,
/// 1 if kept, filled up with zeros.
struct EpochExtension {
    /// The first epoch.
    let first: UInt32
    /// One value for each epoch from ``first`` on.
    let kept: [Bool]

    init(first: UInt32, kept: [Bool]) {
        self.first = first
        self.kept = kept
    }

    init(_ reader: inout PayloadReader) throws(WireError) {
        first = try reader.integer()
        let count: UInt32 = try reader.integer()
        guard count <= ClosePayload.largestEpochCount else {
            throw .count(stated: Int(truncatingIfNeeded: count), present: reader.left)
        }
        let length = Int(truncatingIfNeeded: count)
        let bytes = try reader.take((length + 7) / 8)
        var kept: [Bool] = []
        for index in 0..<length {
            kept.append(bytes[index / 8] &>> UInt8(truncatingIfNeeded: index & 7) & 1 == 1)
        }
        if length & 7 > 0 {
            guard bytes[length / 8] &>> UInt8(truncatingIfNeeded: length & 7) == 0 else {
                throw .reserved
            }
        }
        self.kept = kept
    }

    func put(in writer: inout PayloadWriter) throws(WireError) {
        try writer.put(first)
        try writer.put(UInt32(truncatingIfNeeded: kept.count))
        let room = try writer.reserve((kept.count + 7) / 8)
        for index in 0..<room.count { room[index] = 0 }
        for index in 0..<kept.count where kept[index] {
            room[index / 8] |= 1 &<< UInt8(truncatingIfNeeded: index & 7)
        }
    }
}
