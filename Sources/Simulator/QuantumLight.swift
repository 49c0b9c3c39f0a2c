import Quantities
import Sifting

/// Light of the quantum source in one piece of constant transmittance, ready to be thinned.
///
/// Slots are visited by geometric jumps at the rate of the brightest class; a visited slot
/// counts with its own class's share of that rate (Lewis and Shedler's thinning).
struct QuantumLight: Sendable {
    /// Mean detected photons per slot of the brightest class.
    let brightest: Double
    /// Chance to keep a visited slot, by class.
    private let keep: (Double, Double, Double)
    /// Mean detected photons, by class.
    private let means: (Double, Double, Double)
    /// Chance that a detected slot holds exactly one photon, by class.
    private let single: (Double, Double, Double)

    /// Light of the given intensities behind `transmittance` (all losses and the efficiency).
    init(_ transmitter: WorldParameters.Transmitter, transmittance: Double) {
        means = (
            transmitter.signalIntensity * transmittance,
            transmitter.decoyIntensity * transmittance,
            transmitter.vacuumIntensity * transmittance
        )
        brightest = max(means.0, max(means.1, means.2))
        let any = Self.chanceOfAny(brightest)
        keep = (
            Self.chanceOfAny(means.0) / any, Self.chanceOfAny(means.1) / any,
            Self.chanceOfAny(means.2) / any
        )
        single = (
            Self.chanceOfOne(means.0), Self.chanceOfOne(means.1), Self.chanceOfOne(means.2)
        )
    }

    /// Chance of at least one photon: 1 - exp(-mean), kept exact for a small mean.
    private static func chanceOfAny(_ mean: Double) -> Double {
        mean < 1e-5 ? mean * (1 - mean / 2) : 1 - Elementary.exp(-mean)
    }

    /// Chance of exactly one photon if there is any.
    private static func chanceOfOne(_ mean: Double) -> Double {
        mean < 1e-5 ? 1 - mean / 2 : mean * Elementary.exp(-mean) / chanceOfAny(mean)
    }

    /// How many photons of a visited slot are detected; 0 if the slot is dropped.
    @inline(__always)
    func photons(intensity: UInt8, _ generator: inout SeededGenerator) -> Int {
        let (keep, mean, single) =
            switch intensity {
            case 0: (keep.0, means.0, single.0)
            case 1: (keep.1, means.1, single.1)
            default: (keep.2, means.2, single.2)
            }
        guard generator.uniform() < keep else { return 0 }
        let draw = generator.uniform()
        var number = 1
        var term = single
        var sum = term
        // Bounded: 40 photons where the mean is below 1 happen once in 10^47 slots.
        while draw >= sum, number < 40 {
            number += 1
            term *= mean / Double(number)
            sum += term
        }
        return number
    }
}

/// The receiver's passive optics: which detector a photon reaches.
struct PolarisationAnalyser: Sendable {
    private let rectilinearThreshold: UInt64
    private let wrongPortThreshold: UInt64

    init(_ optics: WorldParameters.Optics) {
        rectilinearThreshold = UInt64(optics.receiverRectilinearProbability * 0x1p24 + 0.5)
        wrongPortThreshold = UInt64(optics.misalignmentError * 0x1p32 + 0.5)
    }

    /// Detector 0 to 3 (H, V, D, A) of a photon prepared in `state`, from 64 random bits.
    @inline(__always) func detector(of state: PulseState, _ bits: UInt64) -> UInt8 {
        let basis: UInt8 = (bits >> 8) & 0xFF_FFFF < rectilinearThreshold ? 0 : 1
        if basis != state.basis { return basis * 2 + UInt8(bits & 1) }
        let flip: UInt8 = bits >> 32 < wrongPortThreshold ? 1 : 0
        return basis * 2 + (state.bit ^ flip)
    }
}
