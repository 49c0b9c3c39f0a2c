#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// Overwrites `bytes` with zeros; no optimiser leaves it out.
public func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    #if !hasFeature(Embedded) && canImport(CHardware)
        lodestar_wipe(bytes.baseAddress, bytes.count)
    #else
        wipePortably(bytes)
    #endif
}

/// Does what ``wipe(_:)`` does without the C layer.
///
/// The compiler sees neither into nor out of a function that it may not optimise, so that it has
/// to believe that the zeros are read.
@inline(never) @_optimize(none)
public func wipePortably(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    var offset = 0
    while offset < bytes.count {
        start.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        offset &+= 1
    }
}
