import TimeTags

/// Fuzzes FX2Decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFX2(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { FX2Decoder() }
    return 0
}
