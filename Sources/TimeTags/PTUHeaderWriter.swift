import Quantities

/// Writes the header of a PTU file into memory handed in.
struct PTUHeaderWriter {
    private let start: UnsafeMutableRawPointer
    private(set) var size = 16

    /// Bytes of the header that ``writeT2(type:into:)`` makes.
    static var headerSize: Int { 16 + 48 * 18 + 16 + 40 }

    /// Offset of the value of TTResult_NumberOfRecords, patched when the number is known.
    static var recordCountOffset: Int { headerSize - 48 - 8 }

    private init(_ start: UnsafeMutableRawPointer) { self.start = start }

    /// Writes the whole header for T2 records of 1 ps; `start` has room for ``headerSize``.
    static func writeT2(type: PTURecordType, into start: UnsafeMutableRawPointer) {
        var writer = PTUHeaderWriter(start)
        writer.copy("PQTTTR\0\0", to: 0, length: 8)
        writer.copy("1.0.00\0\0", to: 8, length: 8)
        // A file identity is asked for by some readers; this one marks the writer, not the file.
        writer.entry("File_GUID", string: "{4C4F4445-5354-4152-8000-000000000001}", padded: 40)
        writer.entry("CreatorSW_Name", string: "Lodestar", padded: 16)
        writer.entry("Measurement_Mode", integer: 2)
        writer.entry("Measurement_SubMode", integer: 0)
        writer.entry("TTResultFormat_TTTRRecType", integer: Int64(widening: type.rawValue))
        writer.entry("TTResultFormat_BitsPerRecord", integer: 32)
        writer.entry("MeasDesc_BinningFactor", integer: 1)
        writer.entry("MeasDesc_Offset", integer: 0)
        writer.entry("MeasDesc_AcquisitionTime", integer: 0)
        writer.entry("MeasDesc_StopAt", integer: 0)
        writer.entry("MeasDesc_Restart", boolean: false)
        writer.entry("MeasDesc_GlobalResolution", real: 1e-12)
        writer.entry("MeasDesc_Resolution", real: 1e-12)
        writer.entry("TTResult_SyncRate", integer: 0)
        writer.entry("TTResult_StopAfter", integer: 0)
        writer.entry("TTResult_StopReason", integer: 0)
        writer.entry("TTResult_NumberOfRecords", integer: 0)
        writer.entry("Header_End", type: 0xFFFF_0008, value: 0)
    }

    private func copy(_ text: StaticString, to offset: Int, length: Int) {
        for index in 0..<length {
            let byte = index < text.utf8CodeUnitCount ? text.utf8Start[index] : 0
            start.storeBytes(of: byte, toByteOffset: offset &+ index, as: UInt8.self)
        }
    }

    private mutating func entry(_ name: StaticString, type: UInt32, value: UInt64) {
        copy(name, to: size, length: 32)
        start.storeBytes(of: UInt32.max, toByteOffset: size &+ 32, as: UInt32.self)
        start.storeBytes(of: type, toByteOffset: size &+ 36, as: UInt32.self)
        start.storeBytes(of: value, toByteOffset: size &+ 40, as: UInt64.self)
        size &+= 48
    }

    private mutating func entry(_ name: StaticString, integer: Int64) {
        entry(name, type: 0x1000_0008, value: UInt64(bitPattern: integer))
    }

    private mutating func entry(_ name: StaticString, boolean: Bool) {
        entry(name, type: 0x0000_0008, value: boolean ? UInt64.max : 0)
    }

    private mutating func entry(_ name: StaticString, real: Double) {
        entry(name, type: 0x2000_0008, value: real.bitPattern)
    }

    private mutating func entry(_ name: StaticString, string: StaticString, padded: Int) {
        entry(name, type: 0x4001_FFFF, value: UInt64(widening: UInt(bitPattern: padded)))
        copy(string, to: size, length: padded)
        size &+= padded
    }
}
