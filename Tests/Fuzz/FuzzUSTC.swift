import TimeTags

/// Fuzzes USTCDecoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUSTC(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { USTCDecoder() }
    return 0
}
