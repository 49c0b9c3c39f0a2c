#if !hasFeature(Embedded)
    /// Both ends of one block in one place: for tests, measurements and files that lie side by side.
    public struct BlockReconciliation: ~Copyable {
        /// What one block took.
        public struct Result: Equatable, Sendable {
            /// Whether the ground found a block with all the satellite's parities.
            public var corrected: Bool
            /// Bits leaked; all of the block's if it was not corrected, for it has to be sent then.
            public var disclosedBits: Int
            /// Messages, both directions: disclosure, a request and its answer for each increment,
            /// and the ground's word how it ended; the bits themselves if it was not corrected.
            public var messages: Int
            /// Sweeps over the code.
            public var sweeps: Int
        }

        private var satellite: SyndromeEncoder
        private var ground: BlockDecoder
        private let message: UnsafeMutableRawBufferPointer

        /// The plan of every block.
        public var plan: ReconciliationPlan { satellite.plan }

        /// Makes both ends for blocks of `plan`.
        public init(plan: ReconciliationPlan) throws(ReconciliationError) {
            let satellite = try SyndromeEncoder(plan: plan)
            let ground = try BlockDecoder(plan: plan)
            self.satellite = satellite
            self.ground = ground
            message = .allocate(
                byteCount: max(plan.firstDisclosureBytes, plan.incrementBytesMax), alignment: 8)
        }

        deinit { message.deallocate() }

        /// Corrects `bob` to `alice`, both of ``ReconciliationPlan/keyBytes``; on failure leaves it.
        public mutating func run(
            alice: UnsafeRawBufferPointer, bob: UnsafeMutableRawBufferPointer
        ) throws(ReconciliationError) -> Result {
            try satellite.load(alice)
            let first = UnsafeMutableRawBufferPointer(
                rebasing: message[..<plan.firstDisclosureBytes])
            try satellite.firstDisclosure(into: first)
            try ground.start(
                UnsafeRawBufferPointer(bob), disclosure: UnsafeRawBufferPointer(first))
            while true {
                switch try ground.attempt(correcting: bob) {
                case .corrected: return result(true)
                case .failed: return result(false)
                case .needs(let request):
                    let more = UnsafeMutableRawBufferPointer(
                        rebasing: message[..<request.bytes(plan)])
                    try satellite.increment(request, into: more)
                    try ground.add(UnsafeRawBufferPointer(more))
                }
            }
        }

        private func result(_ corrected: Bool) -> Result {
            Result(
                corrected: corrected, disclosedBits: corrected ? ground.disclosedBits : plan.bits,
                messages: 2 + 2 * ground.increments + (corrected ? 0 : 1), sweeps: ground.sweeps)
        }
    }
#endif
