#if !hasFeature(Embedded)
    public import Gating
    public import Secrets
    import Wire

    /// Both stations in one place: clicks in, two sifted keys and their counts out.
    ///
    /// For simulations and recordings that lie side by side. Everything that one end learns of the
    /// other passes as the bytes that a link would carry.
    public struct CoincidenceExchange: ~Copyable {
        /// The first station's key bits, lowest bit of byte 0 first.
        public let firstKey: SecretBytes
        /// The second station's, with errors; the same number.
        public let secondKey: SecretBytes
        /// What both ends count, the same.
        public let counts: CoincidenceCounts
        /// Bytes of announcements, both ways, without the messages around them.
        public let announcedBytes: Int
        /// Bytes of test bits disclosed, both ways.
        public let testBytes: Int

        /// Sifts the clicks of both stations over whole epochs.
        ///
        /// - Parameters:
        ///   - first: The first station's clicks after the squasher: ascending, each slot once.
        ///     Those outside of the epochs are not used.
        ///   - second: The second station's, alike.
        ///   - epochs: The window that was declared.
        /// - Throws: ``CoincidenceFault``, if one of the lists is not in order.
        public init(
            first: [Click], second: [Click], epochs: Range<UInt32>,
            parameters: CoincidenceParameters
        ) throws(CoincidenceFault) {
            // Enough if all clicks fall into one epoch.
            let capacity = max(first.count, second.count, 1)
            let half = (CoincidenceEnd.byteCount(clicks: capacity) + 15) / 16 * 16
            let storage = UnsafeMutableRawBufferPointer.allocate(
                byteCount: 2 * half, alignment: 16)
            // The ends wipe it before, when `run` returns.
            defer { storage.deallocate() }
            self = try Self.run(
                Ends(
                    first, second, parameters, capacity: capacity,
                    UnsafeMutableRawBufferPointer(rebasing: storage[..<half]),
                    UnsafeMutableRawBufferPointer(rebasing: storage[half...])),
                epochs)
        }

        private init(_ ends: borrowing Ends) {
            precondition(ends.first.counts == ends.second.counts, "the ends count differently")
            counts = ends.first.counts
            announcedBytes = ends.announcedBytes
            testBytes = ends.testBytes
            let used = Int((ends.first.counts.keyBits + 7) / 8)
            firstKey = Self.cut(ends.firstKey, to: used)
            secondKey = Self.cut(ends.secondKey, to: used)
        }

        private static func run(
            _ begun: consuming Ends, _ epochs: Range<UInt32>
        ) throws(CoincidenceFault) -> CoincidenceExchange {
            var ends = begun
            for epoch in epochs { try ends.run(epoch) }
            return CoincidenceExchange(ends)
        }

        private static func cut(_ key: borrowing SecretBytes, to count: Int) -> SecretBytes {
            var result = SecretBytes(count: count)
            key.withUnsafeBytes { key in
                result.withUnsafeMutableBytes {
                    $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: key[..<count]))
                }
            }
            return result
        }
    }

    /// The two ends and what passes between them.
    private struct Ends: ~Copyable {
        var first: CoincidenceEnd
        var second: CoincidenceEnd
        var firstKey: SecretBytes
        var secondKey: SecretBytes
        var announcedBytes = 0
        var testBytes = 0
        private let firstClicks: [Click]
        private let secondClicks: [Click]
        private var (firstNext, secondNext) = (0, 0)
        private var payload = [UInt8](repeating: 0, count: MessageHeader.largestPayload)

        init(
            _ first: [Click], _ second: [Click], _ parameters: CoincidenceParameters,
            capacity: Int, _ firstStorage: UnsafeMutableRawBufferPointer,
            _ secondStorage: UnsafeMutableRawBufferPointer
        ) {
            (firstClicks, secondClicks) = (first, second)
            self.first = CoincidenceEnd(
                parameters, role: .first, capacity: capacity, storage: firstStorage)
            self.second = CoincidenceEnd(
                parameters, role: .second, capacity: capacity, storage: secondStorage)
            firstKey = SecretBytes(count: (capacity + 7) / 8)
            secondKey = SecretBytes(count: (capacity + 7) / 8)
        }

        mutating func run(_ epoch: UInt32) throws(CoincidenceFault) {
            try Self.fill(&first, firstClicks, &firstNext, epoch)
            try Self.fill(&second, secondClicks, &secondNext, epoch)
            announcedBytes += try Self.announce(from: first, to: &second, &payload)
            announcedBytes += try Self.announce(from: second, to: &first, &payload)
            try Self.sift(&first, into: &firstKey)
            try Self.sift(&second, into: &secondKey)
            let firstBits = try first.withTestBits { Array($0) }
            let secondBits = try second.withTestBits { Array($0) }
            testBytes += firstBits.count + secondBits.count
            try Self.compare(&first, with: secondBits)
            try Self.compare(&second, with: firstBits)
        }

        private static func fill(
            _ end: inout CoincidenceEnd, _ clicks: [Click], _ next: inout Int, _ epoch: UInt32
        ) throws(CoincidenceFault) {
            let length = Int64(end.parameters.slotsPerEpoch)
            let start = end.parameters.firstSlot + Int64(epoch) * length
            end.begin(epoch: epoch)
            while next < clicks.count, clicks[next].slot < start { next += 1 }
            while next < clicks.count, clicks[next].slot < start + length {
                try end.take(clicks[next])
                next += 1
            }
            try end.seal()
        }

        private static func announce(
            from end: borrowing CoincidenceEnd, to other: inout CoincidenceEnd,
            _ payload: inout [UInt8]
        ) throws(CoincidenceFault) -> Int {
            var (sent, bytes) = (0, 0)
            // Every part holds clicks, or is the only one.
            repeat {
                let part = try announce(from: end, index: sent, &payload)
                sent += part.clicks
                bytes += part.bytes
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
