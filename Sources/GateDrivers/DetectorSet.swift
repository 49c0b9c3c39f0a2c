/// Some of the four detectors.
public struct DetectorSet: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// Bit i stands for detector i.
    public let rawValue: UInt8

    /// The set with these bits; those beyond the four detectors are dropped.
    public init(rawValue: UInt8) { self.rawValue = rawValue & 15 }

    /// The set of detector `index` alone, 0 to 3.
    public init(_ index: Int) {
        precondition(0..<4 ~= index, "a receiver has four detectors")
        rawValue = 1 &<< UInt8(truncatingIfNeeded: index)
    }

    /// All four.
    public static let all = DetectorSet(rawValue: 15)
}
