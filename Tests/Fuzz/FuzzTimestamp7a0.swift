import TimeTags

/// Fuzzes Timestamp7Decoder on text of half words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTimestamp7a0(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { Timestamp7Decoder(encoding: .a0) }
    return 0
}
