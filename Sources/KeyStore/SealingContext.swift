/// Metadata that is authenticated along with secret bytes: no field can be moved to another.
struct SealingContext {
    private(set) var bytes: [UInt8]

    init(_ purpose: String) { bytes = Array("lodestar key store 1 \(purpose)\0".utf8) }

    mutating func add(_ text: String) {
        add(text.utf8.count)
        bytes += Array(text.utf8)
    }

    mutating func add(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes += $0 }
    }

    mutating func add(_ id: KeyID) { bytes += id.bytes }
}
