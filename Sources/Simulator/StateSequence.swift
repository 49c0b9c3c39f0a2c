public import Sifting

/// The satellite's random states, any slot at once without storing the others.
///
/// Integer thresholds on the bits of ``SplitMix``: world and satellite peer agree to the last
/// slot. A stand-in for the satellite's quantum random numbers; anyone who knows the seed knows
/// the key, which is one reason why keys from a simulated pass are marked for ever.
public struct StateSequence: StateSource, Equatable, Sendable {
    /// Chance of each class in 2^-32, summed from the first on.
    private let signalThreshold: UInt64
    private let decoyThreshold: UInt64
    /// Chance of the rectilinear basis in 2^-24.
    private let rectilinearThreshold: UInt64
    private let key: UInt64

    /// The sequence that `seed` fixes.
    ///
    /// - Parameters:
    ///   - seed: Any value.
    ///   - signalProbability: Chance of the signal class, 0 to 1; kept to 2^-32.
    ///   - decoyProbability: Chance of the decoy class, 0 to 1; what is left is vacuum.
    ///   - rectilinearProbability: Chance of the rectilinear basis, 0 to 1; kept to 2^-24.
    public init(
        seed: UInt64, signalProbability: Double, decoyProbability: Double,
        rectilinearProbability: Double
    ) {
        signalThreshold = Self.threshold(signalProbability, bits: 32)
        decoyThreshold = Self.threshold(signalProbability + decoyProbability, bits: 32)
        rectilinearThreshold = Self.threshold(rectilinearProbability, bits: 24)
        key = SplitMix.value(at: 0x5354_4154_4553, key: seed)
    }

    private static func threshold(_ probability: Double, bits: UInt64) -> UInt64 {
        let whole = Double(UInt64(1) << bits)
        return UInt64(min(max(probability, 0), 1) * whole + 0.5)
    }

    /// What is sent in `slot`; any slot number, negative ones too.
    @inline(__always) public func state(ofSlot slot: Int64) -> PulseState {
        let word = SplitMix.value(at: UInt64(bitPattern: slot), key: key)
        let forIntensity = word >> 32
        let forBasis = (word >> 8) & 0xFF_FFFF
        let intensity: UInt8 =
            forIntensity < signalThreshold ? 0 : forIntensity < decoyThreshold ? 1 : 2
        return PulseState(
            basis: forBasis < rectilinearThreshold ? 0 : 1, bit: UInt8(word & 1),
            intensity: intensity)
    }
}

extension StateSequence {
    /// The sequence that the satellite of the world of `parameters` prepares.
    public init(_ parameters: WorldParameters) {
        let transmitter = parameters.transmitter
        self.init(
            seed: SplitMix.value(at: RandomStream.states.rawValue, key: parameters.seed),
            signalProbability: transmitter.signalProbability,
            decoyProbability: transmitter.decoyProbability,
            rectilinearProbability: transmitter.rectilinearProbability)
    }
}
