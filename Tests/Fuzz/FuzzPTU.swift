import TimeTags

/// Fuzzes PTUDecoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPTU(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { PTUDecoder() }
    return 0
}
