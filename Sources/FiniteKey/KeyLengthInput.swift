/// All that the length of a secret key depends on.
///
/// The block behind the counts is a window of slots fixed before the pass; counts chosen after
/// looking at them are outside every proof here.
public struct KeyLengthInput: Equatable, Sendable, BitwiseCopyable {
    /// What reconciliation disclosed.
    public enum Leak: Equatable, Sendable, BitwiseCopyable {
        /// Bits that were disclosed, counted. What a station subtracts.
        case disclosed(bits: Double)
        /// A forecast, f n h(QBER of the key basis), with f at least 1. The printed text of
        /// Lim 2014 leaves n out.
        case efficiency(Double)
    }

    /// The proof.
    public var method: KeyMethod
    /// Tail bound of the decoy methods; BBM92 has its own.
    public var tail: TailBound
    /// Clamp of the decoy methods.
    public var clamp: ErrorClamp
    /// Mean photon numbers, falling. Lim: mu1 > mu2 + mu3, mu2 > mu3 >= 0; one decoy:
    /// mu1 > mu2 > 0. Certified values.
    public var intensities: PerIntensity<Double>
    /// How often each is sent; more than 0, sum 1 within 1e-9.
    public var probabilities: PerIntensity<Double>
    /// The basis whose bits become key.
    public var key: BasisCounts
    /// The basis whose bits were disclosed; its errors must be known.
    public var test: BasisCounts
    /// What reconciliation disclosed.
    public var leak: Leak
    /// Secrecy parameter, between 0 and 1.
    public var secrecy: Double
    /// Correctness parameter, between 0 and 1.
    public var correctness: Double

    /// Efficiency of the least efficient detector over that of the most efficient, of all bases,
    /// above 0 up to 1; 1 declares no mismatch. Of an entangled source: product of both receivers'.
    public var efficiencyRatio = 1.0
    /// How far each intensity may be off its certified value, absolute. The smallest key over the
    /// corners of that box counts.
    public var intensityErrors = PerIntensity(0.0, 0.0, 0.0)
    /// BBM92: error rate of the test basis up to which the block was declared good beforehand;
    /// `nil` takes the rate observed.
    public var toleratedErrorRate: Double?

    /// An input without mismatch or intensity errors.
    public init(
        method: KeyMethod, tail: TailBound = .hoeffding, clamp: ErrorClamp = .literal,
        intensities: PerIntensity<Double>, probabilities: PerIntensity<Double>, key: BasisCounts,
        test: BasisCounts, leak: Leak, secrecy: Double, correctness: Double
    ) {
        self.method = method
        self.tail = tail
        self.clamp = clamp
        self.intensities = intensities
        self.probabilities = probabilities
        self.key = key
        self.test = test
        self.leak = leak
        self.secrecy = secrecy
        self.correctness = correctness
    }
}
