#if !hasFeature(Embedded)
    import Authentication
    import Gating
    import Secrets
    import Sifting
    import Wire

    /// What either station holds while it sifts over a link: clicks that wait, the epoch under way,
    /// and the window's key.
    struct CoincidenceStation: ~Copyable {
        /// Key bits before the epoch that was compared last, and after it.
        private(set) var keyRange: Range<Int> = 0..<0
        /// Own clicks of the epoch under way.
        var ownCount: Int { end.ownCount }
        /// Parts of the own announcement of the epoch under way.
        var partCount: Int { parts.count }

        private var end: CoincidenceEnd
        private var key = SecretBytes(count: 1 << 16)
        private var waiting: [(epoch: UInt32, clicks: [Click])] = []
        private var parts: [[UInt8]] = []
        private let witness: PartWitness
        private let context: [UInt8]

        /// Bytes that a step and its status take from a payload.
        static let headSize = 2

        init(
            _ parameters: CoincidenceParameters, role: CoincidenceRole, capacity: Int,
            witness: consuming PartWitness
        ) {
            // The test bits of an epoch go into one message.
            precondition(capacity <= Self.largestCapacity)
            end = CoincidenceEnd(parameters, role: role, capacity: capacity)
            self.witness = witness
            context = parameters.encoding
        }

        /// Clicks that an epoch may have: its test bits have to fit into one message.
        static let largestCapacity = 8 * (MessageHeader.largestPayload - headSize)

        var parameters: CoincidenceParameters { end.parameters }
        var counts: CoincidenceCounts { end.counts }

        /// What `message`, whole, is known by in the transcript.
        borrowing func value(of message: UnsafeRawBufferPointer) -> HashValue {
            context.span.withUnsafeBytes { witness.value(of: message, context: $0) }
        }

        // MARK: Steps

        mutating func append(_ clicks: [Click], epoch: UInt32) { waiting.append((epoch, clicks)) }

        /// The first epoch that waits.
        var nextEpoch: UInt32? { waiting.first?.epoch }

        /// Forgets epochs before `epoch`: they were passed over.
        mutating func discard(before epoch: UInt32) {
            while let first = waiting.first, first.epoch < epoch { waiting.removeFirst() }
        }

        /// Takes in the clicks of the first epoch that waits, and makes its announcement.
        mutating func openNext() throws(CoincidenceFault) {
            guard let next = waiting.first else { throw .outOfTurn }
            waiting.removeFirst()
            parts = []
            end.begin(epoch: next.epoch)
            for click in next.clicks { try end.take(click) }
            try end.seal()
            var index = 0
            // Every part holds clicks, or is the only one.
            repeat {
                let part = try announcement(from: index)
                parts.append(part.bytes)
                index += part.clicks
            } while index < end.ownCount
            // A message numbers its parts in a byte.
            guard parts.count < 256 else { throw .clicks(capacity: index) }
        }

        /// A part of the own announcement; beyond the last one, one without clicks.
        borrowing func part(_ number: Int) throws(CoincidenceFault) -> [UInt8] {
            number < parts.count ? parts[number] : try announcement(from: end.ownCount).bytes
        }

        private borrowing func announcement(
            from index: Int
        ) throws(CoincidenceFault) -> (clicks: Int, bytes: [UInt8]) {
            var bytes = [UInt8](
                repeating: 0, count: MessageHeader.largestPayload - Self.headSize)
            var span = bytes.mutableSpan
            let part = try span.withUnsafeMutableBytes { room throws(CoincidenceFault) in
                try end.announce(from: index, into: room)
            }
            return (part.clicks, Array(bytes[..<part.bytes]))
        }

        /// Takes a part of the other end's announcement; after the last one the pairs are found.
        mutating func accept(
            _ payload: UnsafeRawBufferPointer, isLast: Bool
        ) throws(CoincidenceFault) {
            try end.accept(payload, isLast: isLast)
            guard isLast else { return }
            reserve(bits: Int(end.counts.keyBits) + end.ownCount)
            _ = try key.withUnsafeMutableBytes { key throws(CoincidenceFault) in
                try end.sift(into: key)
            }
        }

        private mutating func reserve(bits: Int) {
            guard bits > 8 * key.count else { return }
            var larger = SecretBytes(count: max(2 * key.count, (bits + 7) / 8))
            key.withUnsafeBytes { old in
                larger.withUnsafeMutableBytes { $0.copyMemory(from: old) }
            }
            key = larger
        }

        /// Own bits of the test basis.
        borrowing func testBits() throws(CoincidenceFault) -> [UInt8] {
            try end.withTestBits { Array($0) }
        }

        /// Takes the other end's bits of the test basis: the epoch is sifted.
        ///
        /// - Returns: n and k of the epoch, and m.
        mutating func compare(
            _ testBits: UnsafeRawBufferPointer
        ) throws(CoincidenceFault) -> SiftCounts {
            let before = end.counts
            try end.compare(testBits: testBits)
            let after = end.counts
            keyRange = Int(before.keyBits)..<Int(after.keyBits)
            var counts = SiftCounts()
            let basis = Int(parameters.keyBasis)
            counts.detections[3 * basis] = UInt32(truncatingIfNeeded: keyRange.count)
            counts.detections[3 - 3 * basis] = UInt32(
                truncatingIfNeeded: after.testBits - before.testBits)
            counts.testErrors[0] = UInt32(truncatingIfNeeded: after.testErrors - before.testErrors)
            return counts
        }

        /// Calls `body` with the key bits of `range`, each 0 or 1, in order.
        borrowing func eachBit(_ range: Range<Int>, _ body: (UInt8) -> Void) {
            key.withUnsafeBytes { key in
                for index in range { body(key[index / 8] >> UInt8(index % 8) & 1) }
            }
        }
    }

    extension CoincidenceParameters {
        /// The same bytes on both ends if, and only if, they declared the same.
        fileprivate var encoding: [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 32)
            var span = bytes.mutableSpan
            span.withUnsafeMutableBytes { bytes in
                bytes.put(UInt64(bitPattern: firstSlot), at: 0)
                bytes.put(slotsPerEpoch, at: 8)
                bytes.put(tolerance, at: 12)
                bytes[16] = keyBasis
            }
            return bytes
        }
    }
#endif
