#if !hasFeature(Embedded)
    import Secrets

    /// Both ends of Cascade in one place: for tests, measurements and files that lie side by side.
    public struct CascadePair: ~Copyable {
        /// What one block took.
        public struct Result: Equatable, Sendable {
            /// Whether every pass ended; errors can be left all the same.
            public var finished: Bool
            /// Why not.
            public var error: CascadeError?
            /// Parities disclosed.
            public var disclosedBits: Int
            /// Messages, both directions: a request and its answer each time.
            public var messages: Int
            /// Bytes of all messages.
            public var messageBytes: Int
            /// Bits changed at the ground's end.
            public var correctedBits: Int
        }

        private var satellite: CascadeAnswerer
        private var ground: CascadeCorrector
        // Two messages, one behind the other.
        private var messages: SecretBytes

        /// What both ends agreed on.
        public var plan: CascadePlan { satellite.plan }

        /// Makes both ends for blocks of `plan`.
        public init(plan: CascadePlan) throws(CascadeError) {
            let satellite = try CascadeAnswerer(
                plan: plan, memory: SecretBytes(count: CascadeAnswerer.byteCount(plan)))
            let ground = try CascadeCorrector(
                plan: plan, memory: SecretBytes(count: CascadeCorrector.byteCount(plan)))
            self.satellite = satellite
            self.ground = ground
            messages = SecretBytes(count: 2 * CascadeBlock.largestMessage)
        }

        /// Corrects `bob` to `alice`, both of `plan.byteCount` bytes.
        ///
        /// - Parameter tap: Is shown every message, the first a request, then its answer, and so on.
        /// - Throws: If a length is wrong. What goes wrong later is in the result, and `bob` as it was.
        public mutating func run(
            alice: UnsafeRawBufferPointer, bob: UnsafeMutableRawBufferPointer,
            tap: ((UnsafeRawBufferPointer) -> Void)? = nil
        ) throws(CascadeError) -> Result {
            try satellite.load(alice)
            try ground.load(UnsafeRawBufferPointer(bob))
            var bytes = 0
            var failure: CascadeError?
            do throws(CascadeError) {
                while try step(&bytes, tap) {}
                try ground.copyKey(into: bob)
            } catch { failure = error }
            return Result(
                finished: ground.isFinished, error: failure,
                disclosedBits: satellite.disclosedBits, messages: 2 * Int(ground.rounds),
                messageBytes: bytes, correctedBits: ground.correctedBits)
        }

        private mutating func step(
            _ bytes: inout Int, _ tap: ((UnsafeRawBufferPointer) -> Void)?
        ) throws(CascadeError) -> Bool {
            try messages.withUnsafeMutableBytes { room throws(CascadeError) in
                let middle = CascadeBlock.largestMessage
                let up = UnsafeMutableRawBufferPointer(rebasing: room[..<middle])
                let down = UnsafeMutableRawBufferPointer(rebasing: room[middle...])
                let size = try ground.nextRequest(into: up)
                guard size > 0 else { return false }
                let request = UnsafeRawBufferPointer(rebasing: up[..<size])
                tap?(request)
                let answerSize = try satellite.answer(request, into: down)
                let answer = UnsafeRawBufferPointer(rebasing: down[..<answerSize])
                tap?(answer)
                bytes += size + answerSize
                try ground.receive(answer)
                return true
            }
        }
    }
#endif
