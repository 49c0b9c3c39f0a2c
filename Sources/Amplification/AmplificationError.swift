/// Why a key cannot be hashed as asked.
public enum AmplificationError: Error, Equatable, Sendable {
    /// The input must have 1 bit up to ``ToeplitzHash/largestInputBits``.
    case inputBits(given: Int)
    /// The output must have 1 bit up to as many as the input.
    case outputBits(given: Int, inputBits: Int)
    /// The input's bytes do not hold the bits said, or are more than that.
    case inputBytes(given: Int, needed: Int)
    /// The seed's bytes are not those that these lengths need.
    case seedBytes(given: Int, needed: Int)
    /// The room for the output is not the number of bytes of the output.
    case outputBytes(given: Int, needed: Int)
    /// The memory to work in is too small.
    case scratchWords(given: Int, needed: Int)
}

#if !hasFeature(Embedded)
    extension AmplificationError: CustomStringConvertible {
        /// One sentence that names the length, the allowed and what to do.
        public var description: String {
            switch self {
            case .inputBits(let given):
                "input of \(given) bits; allowed are 1 to \(ToeplitzHash.largestInputBits)"
            case .outputBits(let given, let inputBits):
                "output of \(given) bits; allowed are 1 to the input's \(inputBits), "
                    + "because a hash makes no key longer"
            case .inputBytes(let given, let needed):
                "input of \(given) bytes; its bits need exactly \(needed)"
            case .seedBytes(let given, let needed):
                "seed of \(given) bytes; input and output bits less one need exactly \(needed)"
            case .outputBytes(let given, let needed):
                "room for \(given) bytes of output; exactly \(needed) are made"
            case .scratchWords(let given, let needed):
                "\(given) words of memory to work in; \(needed) are needed"
            }
        }
    }
#endif
