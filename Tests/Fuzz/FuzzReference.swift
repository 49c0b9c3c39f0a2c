import TimeTags

/// Fuzzes ReferenceDecoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReference(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { ReferenceDecoder() }
    return 0
}
