import Authentication
public import FiniteKey
import Quantities

/// What both ends hold before the pass about how sifted bits become keys.
///
/// A window of epochs is one finite-key block. Windows are declared before the pass and do not
/// depend on what is counted: choosing data by its counts voids the proof (Pfister et al., New J.
/// Phys. 18, 053001 (2016)).
public struct DistillationParameters: Equatable, Sendable, BitwiseCopyable {
    /// The pass.
    public var session: UInt32
    /// Epochs in each window, at least 1; the last window may have fewer.
    public var epochsPerWindow: UInt32
    /// Basis whose bits become key, 0 rectilinear or 1 diagonal.
    public var keyBasis: UInt8
    /// Bits of a block of error correction to aim at.
    public var blockBits: Int
    /// What the finite-key analysis rests on.
    public var proof: ProofParameters
    /// Bytes that each key gives to the stock of authentication key, for each of its two lanes.
    public var padBytesPerLane: Int
    /// Time to wait for an answer before a request is repeated, ps. Doubles up to eightfold.
    public var retry: Int64

    /// Parameters with every field given.
    public init(
        session: UInt32, epochsPerWindow: UInt32, keyBasis: UInt8, blockBits: Int,
        proof: ProofParameters, padBytesPerLane: Int, retry: Int64 = 60_000_000_000
    ) {
        precondition(epochsPerWindow >= 1 && keyBasis <= 1 && blockBits >= 1)
        precondition(padBytesPerLane >= 0 && retry > 0)
        self.session = session
        self.epochsPerWindow = epochsPerWindow
        self.keyBasis = keyBasis
        self.blockBits = blockBits
        self.proof = proof
        self.padBytesPerLane = padBytesPerLane
        self.retry = retry
    }

    /// Bytes of each key that go to the stock.
    public var replenishment: Int { 2 * padBytesPerLane }

    /// Bytes of authentication key that a window burns at most, in the lane that burns more: the
    /// ground signs twice, the satellite once.
    public static let padBytesPerWindow = 2 * AuthenticationTag.size

    /// Bytes of authentication key that a session burns at most, in each lane, to settle keys that
    /// earlier ones left open.
    public static let padBytesPerReunion = Reunion.largestRoundCount * AuthenticationTag.size

    /// The window that `epoch` belongs to.
    public func window(ofEpoch epoch: UInt32) -> UInt32 { epoch / epochsPerWindow }

    /// The first epoch of `window`.
    func firstEpoch(ofWindow window: UInt32) -> UInt32 {
        let (first, overflows) = window.multipliedReportingOverflow(by: epochsPerWindow)
        return overflows ? .max : first
    }

    /// The first epoch after `window`.
    func endEpoch(ofWindow window: UInt32) -> UInt32 {
        let (end, overflows) = firstEpoch(ofWindow: window)
            .addingReportingOverflow(epochsPerWindow)
        return overflows ? .max : end
    }
}

/// What the length of a key rests on besides the counts; part of what both ends agree on.
public struct ProofParameters: Equatable, Sendable, BitwiseCopyable {
    /// The proof.
    public var method: KeyMethod
    /// Tail bound of the decoy methods.
    public var tail: TailBound
    /// Clamp of the decoy methods.
    public var clamp: ErrorClamp
    /// Mean photon numbers, falling; certified values.
    public var intensities: PerIntensity<Double>
    /// How often each is sent.
    public var probabilities: PerIntensity<Double>
    /// Secrecy parameter of each key, between 0 and 1.
    public var secrecy: Double
    /// Correctness parameter of each key, between 0 and 1; at least 1e-15 with the verification
    /// tag of 64 bits and blocks up to 16 Mbit.
    public var correctness: Double
    /// Efficiency of the least efficient detector over that of the most efficient.
    public var efficiencyRatio = 1.0

    /// Parameters with every field given but the mismatch of the detectors.
    public init(
        method: KeyMethod, tail: TailBound, clamp: ErrorClamp, intensities: PerIntensity<Double>,
        probabilities: PerIntensity<Double>, secrecy: Double, correctness: Double
    ) {
        self.method = method
        self.tail = tail
        self.clamp = clamp
        self.intensities = intensities
        self.probabilities = probabilities
        self.secrecy = secrecy
        self.correctness = correctness
    }

    /// Bits of the verification tag of a window.
    public static let tagBits = VerificationTag.disclosedBits
}
