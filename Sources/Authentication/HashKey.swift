public import Secrets

/// A key of ``PolynomialHash``: one point of GF(2^128), wiped when it goes away.
///
/// It is drawn uniformly. A secret one may be used for many tags (recycled), as long as every hash
/// value made with it leaves only under a fresh pad; one sent in clear, for verification, is drawn
/// after the data are fixed and used once. What registers and the stack hold of it in passing is
/// not wiped.
public struct HashKey: ~Copyable, Sendable {
    /// Bytes of a key.
    public static let size = 16

    private let bytes: SecretBytes

    /// Takes over `bytes`, ``size`` of them; they are wiped on an error too.
    public init(_ bytes: consuming SecretBytes) throws(AuthenticationError) {
        guard bytes.count == Self.size else { throw .keyBytes(given: bytes.count) }
        self.bytes = bytes
    }

    #if !NO_HEAP
        /// Copies ``size`` bytes into memory of its own; the original is the caller's to wipe.
        public init(copying original: UnsafeRawBufferPointer) throws(AuthenticationError) {
            guard original.count == Self.size else { throw .keyBytes(given: original.count) }
            var bytes = SecretBytes(count: Self.size)
            bytes.withUnsafeMutableBytes { $0.copyMemory(from: original) }
            self.bytes = bytes
        }
    #endif

    /// The hash of one message that lies in memory as a whole.
    public borrowing func hash(
        _ message: UnsafeRawBufferPointer, portably: Bool = false
    ) -> HashValue {
        var hash = PolynomialHash(portably: portably)
        hash.append(message, key: self)
        return hash.close(key: self)
    }

    borrowing func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }
}
