#if !hasFeature(Embedded)
    public import Gating
    public import Sifting
    import Wire

    /// What an epoch of the first station came to.
    public struct CoincidenceEpoch: Sendable {
        /// Its outcome and counts; all pairs count as of the first intensity.
        public var result: EpochResult
        /// Key bits; their slot is that in which the epoch begins.
        public var clicks: [SiftedClick]
        /// Of every exchange of messages about it.
        public var hashes: [PartHashes]
        /// Why it was dropped at this end.
        public var fault: CoincidenceFault?
    }

    /// The first station's half of sifting over a link: clicks in, requests out, answers in, sifted
    /// epochs out.
    ///
    /// It has no clock and no link of its own. One request is under way at a time and is repeated
    /// until it is answered. Epochs are sifted one after the other: both announcements part by
    /// part, then both ends' test bits. Every message is hashed whole, so that a tag over the
    /// hashes covers all that was announced and disclosed.
    public struct CoincidenceRequester: ~Copyable {
        /// What did not go the straight way.
        public private(set) var counters = CoincidenceLinkCounters()

        private enum Turn {
            case idle
            case announcing(part: Int, of: Int)
            case comparing
        }

        private var station: CoincidenceStation
        private let session: UInt32
        private let retry: Int64
        private var turn = Turn.idle
        private var epoch: UInt32 = 0
        private var hashes: [PartHashes] = []
        private var results: [CoincidenceEpoch] = []

        private var request: [UInt8] = []
        private var asked: MessageHeader?
        private var sequence: UInt32 = 0
        private var due: Int64 = 0
        private var tries: Int64 = 0

        /// A station without clicks.
        ///
        /// - Parameters:
        ///   - session: The pass.
        ///   - retry: Time to wait for an answer before a request is repeated, ps, more than 0.
        ///     Doubles up to eightfold.
        ///   - epochCapacity: Clicks that an epoch may have at each station, 1 up to 130,000.
        ///   - witness: Hashes the messages.
        public init(
            _ parameters: CoincidenceParameters, session: UInt32, retry: Int64,
            epochCapacity: Int, witness: consuming PartWitness
        ) {
            precondition(retry > 0)
            station = CoincidenceStation(
                parameters, role: .first, capacity: epochCapacity, witness: witness)
            self.session = session
            self.retry = retry
        }

        /// What the epochs compared so far come to.
        public var counts: CoincidenceCounts { station.counts }

        /// Whether nothing waits to be sifted or taken.
        public var isIdle: Bool {
            if case .idle = turn { station.nextEpoch == nil && results.isEmpty } else { false }
        }

        /// Takes own clicks of an epoch that has passed; epochs ascend.
        public mutating func take(_ clicks: [Click], epoch: UInt32) {
            station.append(clicks, epoch: epoch)
        }

        /// The next epoch that has ended, in order.
        public mutating func nextEpoch() -> CoincidenceEpoch? {
            results.isEmpty ? nil : results.removeFirst()
        }

        // MARK: Link

        /// The next message to send, if one is due.
        ///
        /// - Parameters:
        ///   - now: Time on any clock that does not step, ps.
        ///   - message: Room for `MessageHeader.largestMessage` bytes.
        /// - Returns: Bytes of the message; 0 if none is due.
        public mutating func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
            precondition(message.count >= MessageHeader.largestMessage)
            while asked == nil {
                if case .idle = turn {
                    guard let next = station.nextEpoch else { return 0 }
                    epoch = next
                    hashes = []
                }
                do throws(CoincidenceFault) { try prepare(now: now) } catch { drop(.full, error) }
            }
            guard now >= due else { return 0 }
            counters.sent &+= 1
            counters.repeated &+= tries > 0 ? 1 : 0
            due = now &+ retry &<< min(tries, 3)
            tries += 1
            message.copyBytes(from: request)
            return request.count
        }

        private mutating func prepare(now: Int64) throws(CoincidenceFault) {
            if case .idle = turn {
                try station.openNext()
                turn = .announcing(part: 0, of: station.partCount)
            }
            switch turn {
            case .idle: return
            case .announcing(let part, let parts):
                try seal(.announce, try station.part(part), part: part, parts: parts)
            case .comparing:
                try seal(.compare, try station.testBits(), part: 0, parts: 1)
            }
            due = now
            tries = 0
        }

        private mutating func seal(
            _ step: CoincidenceStep, _ body: [UInt8], part: Int, parts: Int
        ) throws(CoincidenceFault) {
            let header = MessageHeader(
                type: .coincidenceRequest, direction: .up, part: UInt8(truncatingIfNeeded: part),
                parts: UInt8(truncatingIfNeeded: parts), session: session, sequence: sequence,
                epoch: epoch)
            request = try header.sealed([step.rawValue] + body)
            asked = header
            sequence &+= 1
        }

        /// Takes a message from the link, whatever it is.
        public mutating func receive(_ message: UnsafeRawBufferPointer) {
            let opened: (header: MessageHeader, payload: Range<Int>)
            do throws(WireError) { opened = try Message.open(message) } catch {
                return counters.damaged &+= 1
            }
            let header = opened.header
            guard header.session == session, header.direction == .down,
                header.type == .coincidenceAnswer
            else { return counters.foreign &+= 1 }
            guard let asked, tries > 0, header.sequence == asked.sequence,
                header.epoch == asked.epoch
            else { return counters.outOfOrder &+= 1 }
            self.asked = nil
            hashes.append(
                PartHashes(
                    announcement: request.span.withUnsafeBytes { station.value(of: $0) },
                    reply: station.value(of: message)))
            let payload = UnsafeRawBufferPointer(rebasing: message[opened.payload])
            do throws(CoincidenceFault) { try read(payload, parts: Int(header.parts)) } catch {
                drop(.content, error)
            }
        }

        private mutating func read(
            _ payload: UnsafeRawBufferPointer, parts: Int
        ) throws(CoincidenceFault) {
            let head = CoincidenceStation.headSize
            guard payload.count >= head, payload[0] == request[MessageHeader.size],
                payload[1] == CoincidenceStatus.done.rawValue
            else { throw .outOfTurn }
            let body = UnsafeRawBufferPointer(rebasing: payload[head...])
            switch turn {
            case .idle: throw .outOfTurn
            case .announcing(let part, let announced):
                // The answer to the first part says how many the longer announcement has.
                guard part == 0 ? parts >= announced : parts == announced else { throw .outOfTurn }
                let isLast = part + 1 == parts
                try station.accept(body, isLast: isLast)
                turn = isLast ? .comparing : .announcing(part: part + 1, of: parts)
            case .comparing: keep(try station.compare(body))
            }
        }

        private mutating func keep(_ counts: SiftCounts) {
            let parameters = station.parameters
            let start =
                parameters.firstSlot &+ Int64(epoch) &* Int64(parameters.slotsPerEpoch)
            var clicks: [SiftedClick] = []
            clicks.reserveCapacity(station.keyRange.count)
            station.eachBit(station.keyRange) {
                clicks.append(
                    SiftedClick(slot: start, basis: parameters.keyBasis, bit: $0, intensity: 0))
            }
            end(.sifted, clicks, counts)
        }

        /// Ends the epoch under way without bits; the other end drops it when the next begins.
        private mutating func drop(_ reason: RefusalReason, _ fault: CoincidenceFault) {
            counters.dropped &+= 1
            end(.refused(reason), [], SiftCounts(), fault: fault)
        }

        private mutating func end(
            _ outcome: EpochOutcome, _ clicks: [SiftedClick], _ counts: SiftCounts,
            fault: CoincidenceFault? = nil
        ) {
            let result = EpochResult(
                epoch: epoch, outcome: outcome, announced: station.ownCount, sifted: clicks.count,
                counts: counts)
            let isSifted = outcome == .sifted
            results.append(
                CoincidenceEpoch(
                    result: result, clicks: clicks, hashes: isSifted ? hashes : [], fault: fault))
            hashes = []
            turn = .idle
        }
    }

    extension MessageHeader {
        /// A whole message with `payload`.
        func sealed(_ payload: [UInt8]) throws(CoincidenceFault) -> [UInt8] {
            var message = [UInt8](repeating: 0, count: Self.size + payload.count + Self.trailerSize)
            message.replaceSubrange(Self.size..<Self.size + payload.count, with: payload)
            var span = message.mutableSpan
            do throws(WireError) {
                _ = try span.withUnsafeMutableBytes { bytes throws(WireError) in
                    try Message.seal(self, payloadCount: payload.count, in: bytes)
                }
            } catch { throw .wire(error) }
            return message
        }
    }
#endif
