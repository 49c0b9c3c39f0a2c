public import FiniteKey
import Quantities

/// What the epochs of a window came to; the same at both ends.
public struct CoincidenceCounts: Equatable, Sendable, BitwiseCopyable {
    /// Clicks that the first station announced.
    public var firstClicks: Int64 = 0
    /// Clicks that the second announced.
    public var secondClicks: Int64 = 0
    /// Pairs made.
    public var pairs: Int64 = 0
    /// Clicks of either station that had more than one possible partner.
    public var contested: Int64 = 0
    /// Pairs measured in unlike bases; dropped.
    public var unlikeBases: Int64 = 0
    /// n: pairs measured in the key basis by both.
    public var keyBits: Int64 = 0
    /// k: pairs measured in the test basis by both.
    public var testBits: Int64 = 0
    /// m: test bits that differ.
    public var testErrors: Int64 = 0
    /// Pairs that chance alone would make of so many clicks: sum of R_1 R_2 (2 tolerance + 1).
    public var accidentals = 0.0

    /// Counts of nothing.
    public init() {}

    /// The counts of the key basis for `KeyMethod.bbm92`.
    ///
    /// - Parameter errors: How many bits reconciliation corrected, once it has ended.
    public func key(errors: Int64? = nil) -> BasisCounts {
        BasisCounts(detections: keyBits, errors: errors)
    }

    /// The counts of the test basis for `KeyMethod.bbm92`.
    public var test: BasisCounts { BasisCounts(detections: testBits, errors: testErrors) }

    /// Share of test bits that differ; 0 without test bits.
    public var errorRate: Double {
        testBits > 0 ? Double(testErrors) / Double(testBits) : 0
    }

    mutating func add(_ other: CoincidenceCounts) {
        firstClicks &+= other.firstClicks
        secondClicks &+= other.secondClicks
        pairs &+= other.pairs
        contested &+= other.contested
        unlikeBases &+= other.unlikeBases
        keyBits &+= other.keyBits
        testBits &+= other.testBits
        testErrors &+= other.testErrors
        accidentals += other.accidentals
    }
}
