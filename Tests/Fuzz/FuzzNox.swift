import TimeTags

/// Fuzzes NoxDecoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNox(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { NoxDecoder() }
    return 0
}
