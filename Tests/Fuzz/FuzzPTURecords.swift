import TimeTags

/// Fuzzes PTUDecoder on bare records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPTURecords(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { PTUDecoder(recordType: .hydraHarp2, scale: .picosecond) }
    return 0
}
