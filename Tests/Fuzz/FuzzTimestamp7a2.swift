import TimeTags

/// Fuzzes Timestamp7Decoder on text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTimestamp7a2(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { Timestamp7Decoder(encoding: .a2) }
    return 0
}
