/// What one use of a binary symmetric channel costs to correct.
public enum BinaryEntropy {
    /// Binary entropy of `probability`, bits; 0 outside the open interval 0 to 1.
    public static func bits(_ probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return 0 }
        let rest = 1 - probability
        return -(probability * Elementary.log2(probability) + rest * Elementary.log2(rest))
    }

    /// Variance of the information of one bit at an error rate, bits squared; 0 outside the open
    /// interval 0 to 1.
    ///
    /// Polyanskiy, Poor, Verdu 2010, theorem 52.
    public static func dispersion(_ probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return 0 }
        let slope = Elementary.log2((1 - probability) / probability)
        return probability * (1 - probability) * slope * slope
    }
}
