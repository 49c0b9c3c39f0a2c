#if !hasFeature(Embedded)
    import Wire

    /// The steps by which an epoch is sifted over a link: the first byte of a request's payload and
    /// of its answer's.
    enum CoincidenceStep: UInt8, Equatable, Sendable {
        /// A part of both ends' announcements.
        case announce = 1
        /// Both ends' bits of the test basis.
        case compare = 2
    }

    /// The second byte of an answer's payload; any but 0 drops the epoch at both ends.
    enum CoincidenceStatus: UInt8, Equatable, Sendable {
        case done = 0
        /// The step does not follow the last one, or the epoch is over.
        case order = 1
        /// The payload makes no sense, or has more clicks than there is memory for.
        case content = 2
    }

    /// What did not go the straight way between two stations.
    public struct CoincidenceLinkCounters: Equatable, Sendable, BitwiseCopyable {
        /// Requests sent, or answers given.
        public var sent: UInt64 = 0
        /// Of these, those sent again.
        public var repeated: UInt64 = 0
        /// Messages that were damaged.
        public var damaged: UInt64 = 0
        /// Whole messages that were not for this session or this end.
        public var foreign: UInt64 = 0
        /// Whole messages that do not follow the last one, or came again.
        public var outOfOrder: UInt64 = 0
        /// Epochs that were dropped.
        public var dropped: UInt64 = 0

        /// All 0.
        public init() {}
    }
#endif
