/// Both ends of one block in one place: for tests, measurements and files that lie side by side.
public struct BlockReconciliation: ~Copyable {
    /// What one block took.
    public struct Result: Equatable, Sendable {
        /// Whether the ground found a block with all the satellite's parities.
        public var corrected: Bool
        /// Bits that the satellite disclosed, whether it helped or not.
        public var disclosedBits: Int
        /// Messages, both directions: disclosure, a request and its answer for each increment, and
        /// the ground's word how it ended.
        public var messages: Int
        /// Sweeps over the code.
        public var iterations: Int
    }

    private var satellite: SyndromeEncoder
    private var ground: BlockDecoder
    private let message: UnsafeMutableBufferPointer<UInt64>

    /// The plan of every block.
    public var plan: ReconciliationPlan { satellite.plan }

    /// Makes both ends for blocks of `plan`.
    public init(plan: ReconciliationPlan) {
        satellite = SyndromeEncoder(plan: plan)
        ground = BlockDecoder(plan: plan)
        message = .allocate(capacity: 2 * plan.rows * plan.liftingSize / 64)
        message.initialize(repeating: 0)
    }

    deinit { message.deallocate() }

    /// Corrects `bob` to `alice`, both of `(plan.bits + 63) / 64` words; on failure leaves it.
    public mutating func run(
        alice: UnsafeBufferPointer<UInt64>, bob: UnsafeMutableBufferPointer<UInt64>
    ) throws(ReconciliationError) -> Result {
        try satellite.load(alice)
        let first = UnsafeMutableBufferPointer(
            rebasing: message[..<plan.firstDisclosureWords])
        try satellite.firstDisclosure(into: first)
        try ground.start(UnsafeBufferPointer(bob), disclosure: UnsafeBufferPointer(first))
        while true {
            switch try ground.attempt(correcting: bob) {
            case .corrected: return result(true)
            case .failed: return result(false)
            case .needs(let request):
                let more = UnsafeMutableBufferPointer(rebasing: message[..<request.words(plan)])
                try satellite.increment(request, into: more)
                try ground.add(UnsafeBufferPointer(more))
            }
        }
    }

    private func result(_ corrected: Bool) -> Result {
        Result(
            corrected: corrected, disclosedBits: ground.disclosedBits,
            messages: 2 + 2 * ground.increments, iterations: ground.iterations)
    }
}
