import FiniteKey

/// Counts and what another program makes of them.
struct KnownLength: Sendable, CustomStringConvertible {
    /// Whose evaluation: public code of the authors named, or "formulas" for the printed formulas
    /// at 50 digits.
    var source: String
    var method: KeyMethod
    var tail: TailBound
    var clamp: ErrorClamp
    var intensities: [Double]
    var probabilities: [Double]
    var key: [Int64]
    var keyErrors: [Int64]?
    var test: [Int64]
    var testErrors: [Int64]
    var leakBits: Double?
    var efficiency = 1.0
    var secrecy: Double
    var correctness: Double
    var s0: Double
    var s1: Double
    var s1Test: Double
    var v: Double
    var phi: Double
    var leak: Double
    var keyBitsReal: Double

    var description: String { "\(source) \(method) \(tail) \(clamp) \(keyBitsReal)" }

    var input: KeyLengthInput {
        func triple<Value>(_ values: [Value], _ zero: Value) -> PerIntensity<Value> {
            let all = values + [zero, zero, zero]
            return PerIntensity(all[0], all[1], all[2])
        }
        return KeyLengthInput(
            method: method, tail: tail, clamp: clamp, intensities: triple(intensities, 0.0),
            probabilities: triple(probabilities, 0.0),
            key: BasisCounts(
                detections: triple(key, 0), errors: keyErrors.map { triple($0, Int64(0)) }),
            test: BasisCounts(detections: triple(test, 0), errors: triple(testErrors, 0)),
            leak: leakBits.map { .disclosed(bits: $0) } ?? .efficiency(efficiency),
            secrecy: secrecy, correctness: correctness)
    }
}
