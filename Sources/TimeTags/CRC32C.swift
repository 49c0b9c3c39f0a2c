#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// CRC-32C (Castagnoli), as in iSCSI, RFC 3720 appendix B.4: "123456789" gives 0xE3069283.
///
/// Polynomial 0x1EDC6F41, reflected in and out, starting and ending with all bits inverted.
public struct CRC32C: Equatable, Sendable, BitwiseCopyable {
    private var register: UInt32

    /// The checksum of no bytes yet.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public init() { register = 0xFFFF_FFFF }

    /// The checksum of all bytes so far.
    public var value: UInt32 { ~register }

    /// The checksum of `bytes`.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// Takes in `bytes`, by the processor's own instruction where it has one.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        #if !hasFeature(Embedded) && canImport(CHardware)
            let done = _unsafePerformance {
                guard lodestar_has_crc32c() == 1, let start = bytes.baseAddress else {
                    return false
                }
                register = lodestar_crc32c(register, start, bytes.count)
                return true
            }
            if done { return }
        #endif
        updatePortably(bytes)
    }

    /// Takes in `bytes` by tables, four bytes at a time; the same value on every machine.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func updatePortably(_ bytes: UnsafeRawBufferPointer) {
        register = withUnsafeBytes(of: CRC32CTables.all) { tables in
            Self.continued(register, over: bytes, tables: tables)
        }
    }

    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    private static func continued(
        _ start: UInt32, over bytes: UnsafeRawBufferPointer, tables: UnsafeRawBufferPointer
    ) -> UInt32 {
        @inline(__always) func entry(_ table: Int, _ byte: UInt32) -> UInt32 {
            tables.load(
                fromByteOffset: 1024 &* table &+ 4 &* Int(byte & 0xFF), as: UInt32.self)
        }
        var sum = start
        var offset = 0
        while offset &+ 4 <= bytes.count {
            sum ^= UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            sum = entry(3, sum) ^ entry(2, sum &>> 8) ^ entry(1, sum &>> 16) ^ entry(0, sum &>> 24)
            offset &+= 4
        }
        while offset < bytes.count {
            sum = (sum &>> 8) ^ entry(0, sum ^ UInt32(bytes[offset]))
            offset &+= 1
        }
        return sum
    }
}
