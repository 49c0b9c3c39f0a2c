/// Fails on purpose, so that scripts/fuzz can show that it would see a failure.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMustFail(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    precondition(count < 4 || bytes[0] != 0x4C, "found the planted failure")
    return 0
}
