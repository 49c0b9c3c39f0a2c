/// Tells a clock whose frequency or phase has stepped from chance: surprises in a row are no chance.
struct StepDetector: BitwiseCopyable {
    /// A squared innovation over its variance that chance reaches once in 16,000.
    private static let surprise = 16.0
    /// So many in a row are no chance.
    private static let surprisesBelieved = 3
    /// Pulses at one phase in a block that are a train and no lamp: a third of a full one.
    static let trainInBlock = 30
    /// Blocks before and after a step that are not trusted.
    static let blocksTakenBack = 20

    /// Blocks in a row whose pulses contradict the clock.
    private var surprises = 0
    /// Blocks for which the lock is not trusted any more.
    private var distrusted = 0

    /// Whether this measurement is the last of so many contradictions that the clock has stepped.
    mutating func sees(_ measurement: ClockMeasurement) -> Bool {
        let squared = measurement.innovation * measurement.innovation
        guard squared > Self.surprise * measurement.variance else {
            surprises = 0
            return false
        }
        return seesContradiction()
    }

    /// Books a block that contradicts the clock; whether it is the one that proves a step.
    mutating func seesContradiction() -> Bool {
        surprises += 1
        return surprises >= Self.surprisesBelieved
    }

    /// Begins the time after a step in which the lock is not trusted.
    mutating func beginDistrust() {
        distrusted = Self.blocksTakenBack
        surprises = 0
    }

    /// Whether the block that closes now may be trusted.
    mutating func trustsBlock() -> Bool {
        defer { distrusted = max(distrusted - 1, 0) }
        return distrusted == 0
    }
}
