/// Whether `first` and `second` hold the same bytes, in a time that depends on their counts alone.
///
/// Buffers of different length are never equal; that they differ in length is not kept secret.
@inline(never)
public func isEqualInConstantTime(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
) -> Bool {
    guard first.count == second.count else { return false }
    var difference: UInt8 = 0
    var offset = 0
    while offset < first.count {
        difference |= first[offset] ^ second[offset]
        offset &+= 1
    }
    return difference == 0
}
