#if !hasFeature(Embedded)
    public import Gating
    public import Secrets
    import Wire

    /// Both stations in one place: clicks in, two sifted keys and their counts out.
    ///
    /// For simulations and recordings that lie side by side. Everything that one end learns of the
    /// other passes as the bytes that a link would carry. Memory is that of one epoch and of the
    /// keys.
    public struct CoincidenceExchange: ~Copyable {
        /// The first station's key bits, lowest bit of byte 0 first; the first
        /// ``CoincidenceCounts/keyBits`` of ``counts`` are used.
        public private(set) var firstKey: SecretBytes
        /// The second station's, with errors.
        public private(set) var secondKey: SecretBytes
        /// Bytes of announcements, both ways, without the messages around them.
        public private(set) var announcedBytes: Int64 = 0
        /// Bytes of test bits disclosed, both ways.
        public private(set) var testBytes: Int64 = 0

        private var first: CoincidenceEnd
        private var second: CoincidenceEnd
        private var payload = [UInt8](repeating: 0, count: MessageHeader.largestPayload)

        /// Two stations without clicks.
        ///
        /// - Parameters:
        ///   - epochCapacity: Clicks that an epoch may have at each station, 1 up to 2^26.
        ///   - keyCapacity: Bits that the sifted key of the window may have, 1 or more.
        public init(_ parameters: CoincidenceParameters, epochCapacity: Int, keyCapacity: Int) {
            precondition(keyCapacity >= 1)
            first = CoincidenceEnd(parameters, role: .first, capacity: epochCapacity)
            second = CoincidenceEnd(parameters, role: .second, capacity: epochCapacity)
            firstKey = SecretBytes(count: (keyCapacity + 7) / 8)
            secondKey = SecretBytes(count: (keyCapacity + 7) / 8)
        }

        /// What both ends count, the same.
        public var counts: CoincidenceCounts { first.counts }

        /// Takes one epoch through announcement, matching, sifting and comparison.
        ///
        /// - Parameters:
        ///   - firstClicks: The first station's clicks of the epoch after the squasher: ascending,
        ///     each slot once.
        ///   - secondClicks: The second station's, alike.
        /// - Throws: ``CoincidenceFault``; the epoch then counts at neither end.
        public mutating func run(
            epoch: UInt32, first firstClicks: [Click], second secondClicks: [Click]
        ) throws(CoincidenceFault) {
            try Self.fill(&first, firstClicks, epoch)
            try Self.fill(&second, secondClicks, epoch)
            announcedBytes += try Self.announce(from: first, to: &second, &payload)
            announcedBytes += try Self.announce(from: second, to: &first, &payload)
            try Self.sift(&first, into: &firstKey)
            try Self.sift(&second, into: &secondKey)
            let firstBits = try first.withTestBits { Array($0) }
            let secondBits = try second.withTestBits { Array($0) }
            testBytes += Int64(firstBits.count + secondBits.count)
            try Self.compare(&first, with: secondBits)
            try Self.compare(&second, with: firstBits)
            precondition(first.counts == second.counts, "the ends count differently")
        }

        private static func fill(
            _ end: inout CoincidenceEnd, _ clicks: [Click], _ epoch: UInt32
        ) throws(CoincidenceFault) {
            end.begin(epoch: epoch)
            for click in clicks { try end.take(click) }
            try end.seal()
        }

        private static func announce(
            from end: borrowing CoincidenceEnd, to other: inout CoincidenceEnd,
            _ payload: inout [UInt8]
        ) throws(CoincidenceFault) -> Int64 {
            var (sent, bytes): (Int, Int64) = (0, 0)
            // Every part holds clicks, or is the only one.
            repeat {
                let part = try announce(from: end, index: sent, &payload)
                sent += part.clicks
                bytes += Int64(part.bytes)
                try accept(payload[..<part.bytes], isLast: sent == end.ownCount, to: &other)
            } while sent < end.ownCount
            return bytes
        }

        // An array's own access to its bytes does not keep the type of an error.
        private static func announce(
            from end: borrowing CoincidenceEnd, index: Int, _ payload: inout [UInt8]
        ) throws(CoincidenceFault) -> (clicks: Int, bytes: Int) {
            var span = payload.mutableSpan
            return try span.withUnsafeMutableBytes { bytes throws(CoincidenceFault) in
                try end.announce(from: index, into: bytes)
            }
        }

        private static func accept(
            _ payload: ArraySlice<UInt8>, isLast: Bool, to end: inout CoincidenceEnd
        ) throws(CoincidenceFault) {
            try payload.span.withUnsafeBytes { bytes throws(CoincidenceFault) in
                try end.accept(bytes, isLast: isLast)
            }
        }

        private static func sift(
            _ end: inout CoincidenceEnd, into key: inout SecretBytes
        ) throws(CoincidenceFault) {
            _ = try key.withUnsafeMutableBytes { key throws(CoincidenceFault) in
                try end.sift(into: key)
            }
        }

        private static func compare(
            _ end: inout CoincidenceEnd, with bits: [UInt8]
        ) throws(CoincidenceFault) {
            try bits.span.withUnsafeBytes { bits throws(CoincidenceFault) in
                try end.compare(testBits: bits)
            }
        }
    }
#endif
