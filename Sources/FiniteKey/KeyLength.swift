/// How much secret key a block gives, and every quantity on the way there.
///
/// `keyBitsReal = s0 + s1 - phaseErrorBits - leakBits - secrecyBits - correctnessBits`, or 0 with
/// the reason in ``noKey``.
public struct KeyLength: Equatable, Sendable, BitwiseCopyable {
    /// Why a legal input gives no key.
    public enum NoKey: UInt8, Equatable, Sendable, BitwiseCopyable {
        /// No single photons can be vouched for in the key basis.
        case noSinglePhotonsInKey
        /// No single photons can be vouched for in the test basis.
        case noSinglePhotonsInTest
        /// The bound on single-photon errors is 0, where the sampling bound says nothing.
        case noErrorsToSample
        /// What must be subtracted is more than what there is.
        case subtractionsExceedKey
    }

    /// The proof.
    public var method: KeyMethod
    /// The tail bound; of no meaning for BBM92.
    public var tail: TailBound
    /// The clamp; of no meaning for BBM92.
    public var clamp: ErrorClamp
    /// Bits that may be kept: ``keyBitsReal`` rounded down; at most the detections of the key basis.
    public var keyBits: Int64 = 0
    /// The same before rounding; never negative.
    public var keyBitsReal = 0.0
    /// The sum before it is cut off at 0: how far from a key the block is.
    public var balanceBits = 0.0
    /// Why there is no key; `nil` with one.
    public var noKey: NoKey?

    /// Vacuum events of the key basis credited, at least; 0 for methods without that credit.
    public var s0 = 0.0
    /// Single-photon events of the key basis, at least; BBM92: all of it.
    public var s1 = 0.0
    /// Vacuum events of the key basis, at most: one-decoy methods only.
    public var s0Upper = 0.0
    /// Single-photon events of the test basis, at least.
    public var s1Test = 0.0
    /// Errors among those, at most.
    public var v = 0.0
    /// Sampling deviation from the test basis to the key basis.
    public var gamma = 0.0
    /// Phase error rate of the key basis, at most; 0 to 0.5.
    public var phi = 0.5
    /// Error rate of the key basis over all intensities; `nil` if its errors are not known.
    public var keyErrorRate: Double?
    /// Error rate of the test basis over all intensities.
    public var testErrorRate = 0.0

    /// Subtracted for what the phase errors may have told: s1 h(phi).
    public var phaseErrorBits = 0.0
    /// Subtracted for what reconciliation disclosed.
    public var leakBits = 0.0
    /// Subtracted for secrecy, such as 6 log2(21/eps_sec).
    public var secrecyBits = 0.0
    /// Subtracted for correctness, log2(2/eps_cor).
    public var correctnessBits = 0.0

    /// Intensities for which this was worked out: the worst corner of the box of their errors.
    public var intensities = PerIntensity(0.0, 0.0, 0.0)

    init(_ input: KeyLengthInput) {
        method = input.method
        tail = input.tail
        clamp = input.clamp
        intensities = input.intensities
        testErrorRate = input.test.errorRate
        if input.key.hasErrors { keyErrorRate = input.key.errorRate }
    }

    /// Whether `self` is the worse of two answers to the same input.
    func isWorse(than other: KeyLength) -> Bool {
        if keyBitsReal < other.keyBitsReal { return true }
        if keyBitsReal > other.keyBitsReal { return false }
        return balanceBits < other.balanceBits
    }
}
