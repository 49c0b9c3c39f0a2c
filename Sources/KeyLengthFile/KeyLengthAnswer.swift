public import FiniteKey
public import Foundation

/// A key length as `lodestar keylength --json` prints it; every term that was subtracted by name.
public struct KeyLengthAnswer: Codable, Equatable, Sendable {
    /// Bits that may be kept.
    public var keyBits: Int64
    /// The same before rounding down; never negative.
    public var keyBitsReal: Double
    /// The sum before it is cut off at 0.
    public var balanceBits: Double
    /// Why there is no key; absent with one.
    public var noKey: String?
    /// The proof.
    public var method: String
    /// The tail bound; "serfling" for BBM92.
    public var tail: String
    /// The clamp; "none" for BBM92.
    public var clamp: String
    /// Vacuum events of the key basis credited, at least.
    public var s0: Double
    /// Vacuum events of the key basis, at most; one-decoy methods only.
    public var s0Upper: Double?
    /// Single-photon events of the key basis, at least.
    public var s1: Double
    /// Single-photon events of the test basis, at least.
    public var s1Test: Double
    /// Errors among those, at most.
    public var v: Double
    /// Sampling deviation.
    public var gamma: Double
    /// Phase error rate, at most.
    public var phi: Double
    /// Error rate of the key basis, if known.
    public var qberKey: Double?
    /// Error rate of the test basis.
    public var qberTest: Double
    /// Subtracted: s1 h(phi).
    public var phaseErrorBits: Double
    /// Subtracted: what reconciliation disclosed, or the forecast of it.
    public var leakBits: Double
    /// Whether the leak was counted, "disclosed", or follows from f_ec, "forecast".
    public var leak: String
    /// Subtracted for secrecy.
    public var secrecyBits: Double
    /// Subtracted for correctness.
    public var correctnessBits: Double
    /// The epsilons, by name.
    public var epsilons: Epsilons
    /// Declared ratio of detector efficiencies; 1 without mismatch.
    public var efficiencyRatio: Double
    /// Intensities for which this was worked out; absent for BBM92.
    public var intensities: [Double]?

    /// Security parameters.
    public struct Epsilons: Codable, Equatable, Sendable {
        /// Secrecy.
        public var epsSec: Double
        /// Correctness.
        public var epsCor: Double
    }

    /// The answer to `input`.
    public init(_ input: KeyLengthInput) throws(KeyLengthFileError) {
        let length: KeyLength
        do throws(KeyLengthFault) { length = try input.keyLength() } catch {
            throw KeyLengthFileError(error)
        }
        let isDecoy = input.method != .bbm92
        keyBits = length.keyBits
        keyBitsReal = length.keyBitsReal
        balanceBits = length.balanceBits
        noKey = length.noKey.map(\.words)
        method = "\(length.method)"
        tail = isDecoy ? "\(length.tail)" : "serfling"
        clamp = isDecoy ? "\(length.clamp)" : "none"
        s0 = length.s0
        s0Upper = input.method.intensityCount == 2 ? length.s0Upper : nil
        s1 = length.s1
        s1Test = length.s1Test
        v = length.v
        gamma = length.gamma
        phi = length.phi
        qberKey = length.keyErrorRate
        qberTest = length.testErrorRate
        phaseErrorBits = length.phaseErrorBits
        leakBits = length.leakBits
        if case .disclosed = input.leak { leak = "disclosed" } else { leak = "forecast" }
        secrecyBits = length.secrecyBits
        correctnessBits = length.correctnessBits
        epsilons = Epsilons(epsSec: input.secrecy, epsCor: input.correctness)
        efficiencyRatio = input.efficiencyRatio
        let count = input.method.intensityCount
        intensities = isDecoy ? (0..<count).map { length.intensities[$0] } : nil
    }

    /// The answer as JSON, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

extension KeyLength.NoKey {
    /// The reason in one line.
    public var words: String {
        switch self {
        case .noSinglePhotonsInKey: "no single photons can be vouched for in the key basis"
        case .noSinglePhotonsInTest: "no single photons can be vouched for in the test basis"
        case .noErrorsToSample:
            "the bound on single-photon errors is 0, where the sampling bound says nothing"
        case .subtractionsExceedKey: "what must be subtracted is more than what there is"
        }
    }
}
