/// Why bytes cannot serve as a key, a pad or a tag.
public enum AuthenticationError: Error, Equatable, Sendable, BitwiseCopyable {
    /// A hash key is ``HashKey/size`` bytes.
    case keyBytes(given: Int)
    /// A pad is ``AuthenticationTag/size`` bytes.
    case padBytes(given: Int)
    /// A tag or a value has `needed` bytes.
    case tagBytes(given: Int, needed: Int)
}

#if !hasFeature(Embedded)
    extension AuthenticationError: CustomStringConvertible {
        /// One sentence that names the length, the allowed and what to do.
        public var description: String {
            switch self {
            case .keyBytes(let given):
                "hash key of \(given) bytes; give exactly \(HashKey.size)"
            case .padBytes(let given):
                "pad of \(given) bytes; a tag burns exactly \(AuthenticationTag.size)"
            case .tagBytes(let given, let needed):
                "\(given) bytes where a tag or hash value has exactly \(needed); "
                    + "take the message for damaged"
            }
        }
    }
#endif
