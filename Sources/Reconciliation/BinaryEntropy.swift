import Quantities

/// What one use of a binary symmetric channel costs to correct.
public enum BinaryEntropy {
    /// Binary entropy of `probability`, bits; 0 outside the open interval 0 to 1.
    public static func bits(_ probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return 0 }
        let q = 1 - probability
        return -(probability * log2(probability) + q * log2(q))
    }

    /// Variance of the information of one bit at an error rate between 0 and 1/2, bits squared.
    ///
    /// Polyanskiy, Poor, Verdu 2010, theorem 52.
    public static func dispersion(_ probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return 0 }
        let slope = log2((1 - probability) / probability)
        return probability * (1 - probability) * slope * slope
    }

    static func log2(_ x: Double) -> Double { Elementary.log(x) / 0.693147180559945309417 }
}
