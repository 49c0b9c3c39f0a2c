import FiniteKey
import Foundation
import Testing

/// Whether `a` and `b` agree to 1e-9 of the greater, or of `scale` if that is more.
private func agree(_ a: Double, _ b: Double, scale: Double = 1) -> Bool {
    abs(a - b) <= 1e-9 * max(abs(a), abs(b), scale)
}

/// A block of the simulated board's kind, two decoys, with a key.
let goodBlock = KeyLengthInput(
    method: .lim2014, tail: .chernoff, clamp: .vclamp, intensities: PerIntensity(0.8, 0.1, 0),
    probabilities: PerIntensity(0.5, 0.25, 0.25),
    key: BasisCounts(
        detections: PerIntensity(1_870_000, 118_000, 2_200),
        errors: PerIntensity(19_000, 2_100, 1_100)),
    test: BasisCounts(
        detections: PerIntensity(1_860_000, 117_000, 2_150),
        errors: PerIntensity(19_500, 2_050, 1_080)),
    leak: .efficiency(1.16), secrecy: 1e-9, correctness: 1e-15)

@Suite struct PublishedLengthTests {
    @Test(arguments: knownLengths) func everyTermIsThatOfTheOtherProgram(
        known: KnownLength
    ) throws {
        let length = try known.input.keyLength()
        #expect(agree(length.s0, known.s0))
        #expect(agree(length.s1, known.s1))
        #expect(agree(length.s1Test, known.s1Test))
        #expect(agree(length.v, known.v))
        #expect(agree(length.phi, known.phi))
        #expect(agree(length.leakBits, known.leak))
        #expect(agree(length.keyBitsReal, known.keyBitsReal, scale: known.s1))
        #expect(length.keyBits == Int64(length.keyBitsReal.rounded(.down)))
    }

    /// Tomamichel et al. 2012, Table II: n = 1e6, Q = 1 %, p = 12.5 %, Q_tol = 1.73 %, leak
    /// 1.1 n h(Q), security rate 1e-14 a bit, gives r = 47.8 %. Their r is (1 - eps_rob) l/M; what
    /// is left for the rounding of p and for eps_rob is half a percent of r.
    @Test func theEntangledMethodRepeatsItsPublishedRate() throws {
        let (n, p, rate, published) = (1_000_000.0, 0.125, 0.01, 0.478)
        let pulses = n / ((1 - p) * (1 - p))
        let k = (p * p * pulses).rounded()
        let entropy = -rate * log2(rate) - (1 - rate) * log2(1 - rate)
        let epsilon = 1e-14 * published * pulses / 2
        var input = KeyLengthInput(
            method: .bbm92, intensities: PerIntensity(0, 0, 0),
            probabilities: PerIntensity(0, 0, 0),
            key: BasisCounts(detections: Int64(n), errors: nil),
            test: BasisCounts(detections: Int64(k), errors: Int64(k * rate)),
            leak: .disclosed(bits: 1.1 * n * entropy), secrecy: epsilon, correctness: epsilon)
        input.toleratedErrorRate = 0.0173
        let r = Double(try input.keyLength().keyBits) / pulses
        #expect(r > published - 0.0005)
        #expect(r < (published + 0.0005) * 1.005)
    }

    @Test func theTermsAddUpToTheKey() throws {
        let length = try goodBlock.keyLength()
        #expect(length.keyBits > 100_000)
        let sum =
            length.s0 + length.s1 - length.phaseErrorBits - length.leakBits - length.secrecyBits
            - length.correctnessBits
        #expect(agree(sum, length.keyBitsReal))
        #expect(abs(length.secrecyBits - 6 * log2(21 / 1e-9)) < 1e-9)
        #expect(abs(length.correctnessBits - 50.828_921_4) < 1e-6)
    }
}

@Suite struct KeyLengthPropertyTests {
    /// A reproducible stream of numbers.
    struct Stream: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        mutating func count() -> Int64 {
            switch next() % 12 {
            case 0: 0
            case 1: 1
            case 2: BasisCounts.largest
            default: Int64(pow(10, Double.random(in: 0...15, using: &self)))
            }
        }
        mutating func basis() -> BasisCounts {
            var n = PerIntensity<Int64>(count(), count(), count())
            if next() % 8 != 0 {
                // Counts that fall with the intensity, as a source's do.
                n.second = min(n.second, n.first)
                n.third = min(n.third, n.second)
            }
            var m = PerIntensity<Int64>(0, 0, 0)
            for k in 0..<3 {
                let share = Double.random(in: 0...0.12, using: &self)
                m[k] = next() % 30 == 0 ? n[k] : Int64(Double(n[k]) * share)
            }
            return BasisCounts(detections: n, errors: next() % 16 == 0 ? nil : m)
        }
        mutating func input() -> KeyLengthInput {
            let method = [KeyMethod.lim2014, .rusca2018, .wiesemann2024, .bbm92][Int(next() % 4)]
            let second = Double.random(in: 0.000_01...0.4, using: &self)
            let third = next() % 2 == 0 ? 0 : Double.random(in: 0...0.2, using: &self)
            let share = pow(10, Double.random(in: -9 ... -0.1, using: &self))
            let isTwo = method.intensityCount == 2
            var input = KeyLengthInput(
                method: method, tail: next() % 2 == 0 ? .hoeffding : .chernoff,
                clamp: next() % 2 == 0 ? .literal : .vclamp,
                intensities: PerIntensity(
                    Double.random(in: 0...10, using: &self), second, isTwo ? 0 : third),
                probabilities: isTwo
                    ? PerIntensity(1 - share, share, 0)
                    : PerIntensity(1 - share, share / 2, share / 2),
                key: basis(), test: basis(),
                leak: next() % 2 == 0
                    ? .efficiency(1.16) : .disclosed(bits: Double(count() % 1_000_000)),
                secrecy: pow(10, Double.random(in: -320 ... -0.1, using: &self)),
                correctness: pow(10, Double.random(in: -320 ... -0.1, using: &self)))
            for k in method.intensityCount..<3 {
                input.key.detections[k] = 0
                input.key.errors[k] = 0
                input.test.detections[k] = 0
                input.test.errors[k] = 0
            }
            if next() % 4 == 0 {
                input.efficiencyRatio = Double.random(in: 0.000_001...1, using: &self)
            }
            if next() % 8 == 0 { input.intensityErrors = PerIntensity(0.001, 0.000_1, 0) }
            return input
        }
    }

    @Test func noInputGivesNaNOrANegativeKeyOrMoreKeyThanBits() {
        var stream = Stream(state: 1)
        var (legal, keys) = (0, 0)
        for _ in 0..<100_000 {
            let input = stream.input()
            guard let length = try? input.keyLength() else { continue }
            legal += 1
            let numbers = [
                length.keyBitsReal, length.balanceBits, length.s0, length.s1, length.s1Test,
                length.s0Upper, length.v, length.gamma, length.phi, length.phaseErrorBits,
                length.leakBits, length.secrecyBits, length.correctnessBits,
            ]
            let n = (0..<3).reduce(Int64(0)) { $0 + input.key.detections[$1] }
            let isSound =
                numbers.allSatisfy(\.isFinite) && length.keyBits >= 0 && length.keyBitsReal >= 0
                && length.keyBits <= n && length.phi >= 0 && length.phi <= 0.5
                && (length.keyBits > 0) == (length.noKey == nil)
            if !isSound {
                Issue.record("\(input) gives \(length)")
                return
            }
            keys += length.keyBits > 0 ? 1 : 0
        }
        #expect(legal > 20_000)
        #expect(keys > 1_000)
    }

    @Test(arguments: knownLengths) func moreLeakOrMoreErrorsNeverGiveMoreKey(
        known: KnownLength
    ) throws {
        let input = known.input
        var last = try input.keyLength().keyBitsReal
        // Forecasts grow with f.
        for f in stride(from: 1.3, through: 2.0, by: 0.1) {
            var more = input
            more.leak =
                known.leakBits.map { .disclosed(bits: $0 * f) } ?? .efficiency(f)
            let bits = try more.keyLength().keyBitsReal
            #expect(bits <= last)
            last = bits
        }
        // More errors of the signal and the decoy in the test basis.
        last = try input.keyLength().keyBitsReal
        for step in Int64(1)...5 {
            var more = input
            // Only the intensities whose errors enter (4) with a plus.
            let k = input.method == .lim2014 ? 1 : 0
            more.test.errors[k] += step * more.test.detections[k] / 500
            guard let length = try? more.keyLength() else { break }
            #expect(length.keyBitsReal <= last)
            last = length.keyBitsReal
        }
    }

    @Test func theClampNeverLowersTheKeyAndIsNamed() throws {
        for known in knownLengths where known.method != .bbm92 {
            var (literal, clamped) = (known.input, known.input)
            literal.clamp = .literal
            clamped.clamp = .vclamp
            let (a, b) = (try literal.keyLength(), try clamped.keyLength())
            #expect(a.keyBitsReal <= b.keyBitsReal)
            #expect(a.clamp == .literal && b.clamp == .vclamp)
        }
    }

    @Test func aDeclaredMismatchCostsKeySteadily() throws {
        var last = try goodBlock.keyLength().keyBitsReal
        for ratio in [0.9999, 0.98, 0.95, 0.9, 0.8, 0.5, 0.01] {
            var input = goodBlock
            input.efficiencyRatio = ratio
            let bits = try input.keyLength().keyBitsReal
            #expect(bits < last || (bits == 0 && last == 0))
            last = bits
        }
    }

    @Test func noIntensityWithinItsErrorBarsGivesLessKey() throws {
        var stream = Stream(state: 2)
        let errors = PerIntensity(0.02, 0.003, 0.000_5)
        var barred = goodBlock
        barred.intensityErrors = errors
        let worst = try barred.keyLength()
        #expect(worst.keyBits < (try goodBlock.keyLength().keyBits))
        for _ in 0..<20_000 {
            var inside = goodBlock
            for k in 0..<3 {
                let low = max(goodBlock.intensities[k] - errors[k], 0)
                inside.intensities[k] = Double.random(
                    in: low...(goodBlock.intensities[k] + errors[k]), using: &stream)
            }
            #expect(try inside.keyLength().keyBitsReal >= worst.keyBitsReal)
        }
    }
}

@Suite struct KeyLengthFaultTests {
    /// The fault of the good block after `change`.
    private func fault(_ change: (inout KeyLengthInput) -> Void) -> KeyLengthFault? {
        var input = goodBlock
        change(&input)
        do throws(KeyLengthFault) {
            _ = try input.keyLength()
            return nil
        } catch {
            return error
        }
    }

    @Test func countsThatContradictThemselvesAreNamed() {
        #expect(
            fault { $0.test.errors.second = 117_001 }
                == .errorsExceedDetections(
                    .test, intensity: 1, errors: 117_001, detections: 117_000))
        #expect(fault { $0.key.detections.first = -1 } == .count(.key, intensity: 0, -1))
        #expect(fault { $0.key.errors.third = -2 } == .count(.key, intensity: 2, -2))
        #expect(
            fault { $0.key.detections.first = .max } == .count(.key, intensity: 0, .max))
        #expect(fault { $0.test.hasErrors = false } == .errorsUnknown(.test))
        #expect(fault { $0.key.hasErrors = false } == .errorsUnknown(.key))
    }

    @Test func anEmptyClassIsNamed() {
        for k in 0..<3 {
            let key = fault {
                $0.key.detections[k] = 0
                $0.key.errors[k] = 0
            }
            #expect(key == .noDetections(.key, intensity: k))
            let test = fault {
                $0.test.detections[k] = 0
                $0.test.errors[k] = 0
            }
            #expect(test == .noDetections(.test, intensity: k))
        }
    }

    @Test func probabilitiesAndIntensitiesOutsideTheProofAreNamed() {
        #expect(fault { $0.probabilities.third = 0.26 } == .probabilitySum(1.01))
        #expect(fault { $0.probabilities.third = 0.25 + 5e-10 } == nil)
        #expect(fault { $0.probabilities.second = -0.25 } == .probability(1, -0.25))
        #expect(fault { $0.intensities.first = 0.1 } == .intensityOrder(.lim2014))
        #expect(fault { $0.intensities.third = 0.1 } == .intensityOrder(.lim2014))
        #expect(fault { $0.intensities.third = -0.1 } == .intensity(2, -0.1))
        #expect(fault { $0.intensities.first = .infinity } == .intensity(0, .infinity))
        #expect(fault { $0.intensityErrors.second = 0.5 } == .intensityErrorOrder(.lim2014))
        for value in [Double.nan, -1, 0, 1, 2] {
            #expect(fault { $0.secrecy = value } != nil)
            #expect(fault { $0.correctness = value } != nil)
        }
        for value in [Double.nan, -1, 0, 1.01] {
            #expect(fault { $0.efficiencyRatio = value } != nil)
        }
    }

    @Test func leaksThatCannotBeAreNamed() {
        #expect(fault { $0.leak = .efficiency(0.99) } == .reconciliationEfficiency(0.99))
        #expect(fault { $0.leak = .disclosed(bits: -1) } == .disclosedBits(-1))
        #expect(fault { $0.leak = .efficiency(.nan) } != nil)
        #expect(fault { $0.leak = .disclosed(bits: .infinity) } != nil)
    }

    @Test func elevenPercentOfErrorsInEitherBasisReleaseNoKey() {
        // 110 of 1000 in every class: exactly 11 %.
        let full = BasisCounts(
            detections: PerIntensity(1_000_000, 100_000, 10_000),
            errors: PerIntensity(110_000, 11_000, 1_100))
        #expect(fault { $0.key = full } == .errorRate(.key, 0.11))
        #expect(fault { $0.test = full } == .errorRate(.test, 0.11))
    }

    @Test func aBlockTooSmallGivesNoKeyAndSaysWhy() throws {
        var input = goodBlock
        input.key = BasisCounts(
            detections: PerIntensity(1_000, 50, 3), errors: PerIntensity(10, 1, 1))
        let length = try input.keyLength()
        #expect(length.keyBits == 0)
        #expect(length.noKey == .noSinglePhotonsInKey)
    }

    @Test func noErrorsAtAllGiveNoKeyRatherThanACertainOne() throws {
        var input = goodBlock
        input.tail = .hoeffding
        input.test.errors = PerIntensity(0, 0, 0)
        let length = try input.keyLength()
        #expect(length.keyBits == 0)
        #expect(length.noKey == .noErrorsToSample)
    }

    @Test func aPairSourceWorseThanDeclaredReleasesNoKey() {
        var input = KeyLengthInput(
            method: .bbm92, intensities: PerIntensity(0, 0, 0),
            probabilities: PerIntensity(0, 0, 0),
            key: BasisCounts(detections: 100_000, errors: nil),
            test: BasisCounts(detections: 50_000, errors: 1_000), leak: .efficiency(1.16),
            secrecy: 1e-9, correctness: 1e-15)
        input.toleratedErrorRate = 0.019
        #expect(throws: KeyLengthFault.errorRateAboveTolerated(0.02, tolerated: 0.019)) {
            try input.keyLength()
        }
    }
}
