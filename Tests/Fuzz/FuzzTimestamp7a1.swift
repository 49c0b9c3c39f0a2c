import TimeTags

/// Fuzzes Timestamp7Decoder on binary words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTimestamp7a1(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { Timestamp7Decoder(encoding: .a1) }
    return 0
}
