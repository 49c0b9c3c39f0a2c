import Quantities
import Testing

@Suite struct BinaryEntropyTests {
    /// Values at 40 digits, from Python's decimal module.
    @Test(arguments: [
        (0.5, 1.0, 0.0),
        (0.11, 0.499_915_958_164_527_997, 0.890_701_701_397_556_006),
        (0.01, 0.080_793_135_895_911_174_2, 0.435_088_855_042_314_126),
        (1e-6, 2.137_426_288_886_537_57e-5, 3.972_669_708_559_262_25e-4),
    ])
    func entropyAndDispersionAreThoseOfTheirFormulas(
        probability: Double, bits: Double, dispersion: Double
    ) {
        #expect(abs(BinaryEntropy.bits(probability) - bits) <= 1e-9 * bits)
        #expect(abs(BinaryEntropy.dispersion(probability) - dispersion) <= 1e-9)
        // The other outcome is as uncertain.
        #expect(abs(BinaryEntropy.bits(1 - probability) - bits) <= 1e-9 * bits)
    }

    @Test func certaintyAndNonsenseHaveNoEntropy() {
        for probability in [0, 1, -0.1, 1.1, .nan, .infinity, -.infinity] {
            #expect(BinaryEntropy.bits(probability) == 0)
            #expect(BinaryEntropy.dispersion(probability) == 0)
        }
    }

    @Test func logarithmsToBaseTwoOfPowersOfTwoAreWhole() {
        for power in -60...60 {
            let value = Double(sign: .plus, exponent: power, significand: 1)
            #expect(abs(Elementary.log2(value) - Double(power)) <= 1e-13)
        }
    }
}
