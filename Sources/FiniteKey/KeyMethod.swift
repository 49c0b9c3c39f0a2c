/// A security proof that turns counts into the length of a secret key.
public enum KeyMethod: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Two decoy intensities, Lim et al., Phys. Rev. A 89, 022307 (2014).
    case lim2014
    /// One decoy intensity, Rusca et al., Appl. Phys. Lett. 112, 171104 (2018).
    case rusca2018
    /// One decoy intensity, the corrected proof of Wiesemann et al., arXiv 2405.16578 (2024).
    case wiesemann2024
    /// Entangled pairs or true single photons, Tomamichel et al., Nat. Commun. 3, 634 (2012).
    case bbm92

    /// Intensities that the proof wants: 3, 2, or 1 where the source has no intensities.
    public var intensityCount: Int {
        switch self {
        case .lim2014: 3
        case .rusca2018, .wiesemann2024: 2
        case .bbm92: 1
        }
    }

    /// Equal parts into which the decoy proofs divide the secrecy parameter.
    var parts: Double {
        switch self {
        case .lim2014: 21
        case .rusca2018: 19
        case .wiesemann2024: 15
        case .bbm92: 1
        }
    }
}

/// How far an expected count may lie from the one observed.
public enum TailBound: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// The same deviation for every class, from the total of its basis (Hoeffding 1963); as in
    /// the three decoy papers.
    case hoeffding
    /// A deviation from the class's own count (multiplicative Chernoff bound, closed form of
    /// Yin et al., Sci. Rep. 10, 14312 (2020)); much tighter for rare classes.
    case chernoff
}

/// What is made of the bound on the errors of single photons in the test basis.
public enum ErrorClamp: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// As printed in the paper.
    case literal
    /// No more than all errors of the test basis, of which those of single photons are a part.
    case vclamp
}
