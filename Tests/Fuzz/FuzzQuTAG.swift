import TimeTags

/// Fuzzes QuTAGDecoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzQuTAG(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { QuTAGDecoder() }
    return 0
}
