import TimeTags

/// Fuzzes TDC1Decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTDC1(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { TDC1Decoder() }
    return 0
}
