import TimeTags

/// Fuzzes PTUDecoder on bare PicoHarp records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPicoHarp(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) {
        PTUDecoder(recordType: .picoHarp300, scale: TickScale(seconds: 4e-12) ?? .picosecond)
    }
    return 0
}
