/// Two clicks that are taken for one pair of photons.
public struct CoincidencePair: Equatable, Sendable, BitwiseCopyable {
    /// Index of the first station's click among those of the epoch.
    public var first: UInt32
    /// Index of the second station's.
    public var second: UInt32

    /// A pair of these clicks.
    public init(first: UInt32, second: UInt32) {
        self.first = first
        self.second = second
    }
}
