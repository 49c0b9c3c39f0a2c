import Quantities

/// Reads the header of a PTU file entry by entry, in fixed memory, and keeps what decoding needs.
struct PTUHeaderScanner: Sendable, BitwiseCopyable {
    /// What the next call expects.
    private enum Stage: Sendable, BitwiseCopyable {
        case magic
        case entry
        case payload(bytesLeft: UInt64)
        case done
    }

    /// Longest piece that must be whole: one header entry.
    static let largestUnit = 48

    private(set) var recordTypeCode: Int64?
    private(set) var resolution: Double?
    private(set) var recordCount: Int64?
    private var stage = Stage.magic

    var isDone: Bool {
        if case .done = stage { return true }
        return false
    }

    /// Takes one piece off the front of `bytes`.
    ///
    /// - Returns: Its size; 0 if more bytes are needed; `nil` if it is not what belongs there.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int? {
        switch stage {
        case .magic: takeMagic(bytes)
        case .entry: takeEntry(bytes)
        case .payload(let left): takePayload(bytes, left: left)
        case .done: 0
        }
    }

    private mutating func takeMagic(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let magic: StaticString = "PQTTTR\0\0"
        for index in 0..<min(bytes.count, 8) where bytes[index] != magic.utf8Start[index] {
            return nil
        }
        guard bytes.count >= 16 else { return 0 }
        stage = .entry
        return 16
    }

    private mutating func takeEntry(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 48 else { return 0 }
        let type = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 36, as: UInt32.self))
        let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
        switch type {
        case 0xFFFF_0008:
            // Other entries without a value have this type too, such as Fast_Load_End.
            if Self.name(of: bytes, is: "Header_End") { stage = .done }
        case 0x1000_0008:
            if Self.name(of: bytes, is: "TTResultFormat_TTTRRecType") {
                recordTypeCode = Int64(bitPattern: value)
            } else if Self.name(of: bytes, is: "TTResult_NumberOfRecords") {
                recordCount = Int64(bitPattern: value)
            }
        case 0x2000_0008:
            if Self.name(of: bytes, is: "MeasDesc_GlobalResolution") {
                resolution = Double(bitPattern: value)
            }
        case 0x0000_0008, 0x1100_0008, 0x1200_0008, 0x2100_0008: break
        case 0x4001_FFFF, 0x4002_FFFF, 0x2001_FFFF, 0xFFFF_FFFF:
            guard value < 1 &<< 32 else { return nil }
            if value > 0 { stage = .payload(bytesLeft: value) }
        default: return nil
        }
        return 48
    }

    private mutating func takePayload(_ bytes: UnsafeRawBufferPointer, left: UInt64) -> Int? {
        let taken = min(UInt64(widening: UInt(bitPattern: bytes.count)), left)
        stage = taken == left ? .entry : .payload(bytesLeft: left &- taken)
        return Int(truncatingIfNeeded: taken)
    }

    private static func name(
        of entry: UnsafeRawBufferPointer, is expected: StaticString
    ) -> Bool {
        let length = expected.utf8CodeUnitCount
        for index in 0..<length where entry[index] != expected.utf8Start[index] { return false }
        return length == 32 || entry[length] == 0
    }
}
