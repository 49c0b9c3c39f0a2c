/// What the ground asks of the satellite when a block did not decode: further rows to split.
public struct IncrementRequest: Equatable, Sendable {
    /// First row to split; the one after the last that was.
    public var first: Int
    /// Rows to split, 1 or more.
    public var count: Int

    /// A request for `count` rows from `first` on.
    public init(first: Int, count: Int) {
        self.first = first
        self.count = count
    }

    /// Words of 64 bits in the answer.
    public func words(_ plan: ReconciliationPlan) -> Int { count * (plan.liftingSize / 64) }
}
