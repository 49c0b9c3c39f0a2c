#if !hasFeature(Embedded)
    public import Gating
    public import Sifting
    public import Wire

    /// The second station's half of sifting over a link: clicks and requests in, answers out. It
    /// holds the sifted epochs until distillation asks for them.
    ///
    /// It never speaks first. A request that comes again gets the same bytes again; another one
    /// under the same number gets nothing. Its key bits are the reference: the first station
    /// corrects its own to them.
    public struct CoincidenceResponder: ~Copyable, EpochHolder {
        /// What did not go the straight way.
        public private(set) var counters = CoincidenceLinkCounters()

        private enum Turn {
            case idle
            case announcing(part: Int, of: Int)
            case comparing
        }

        private struct Held {
            var bits: Range<Int>
            var counts: SiftCounts
            var hashes: [PartHashes]
        }

        private var station: CoincidenceStation
        private let session: UInt32
        private var turn = Turn.idle
        private var epoch: UInt32 = 0
        private var hashes: [PartHashes] = []
        private var held: [UInt32: Held] = [:]
        private var lastEpoch: UInt32?
        private var request: [UInt8] = []
        private var answer: [UInt8] = []
        private var lastSequence: UInt32?

        /// A station without clicks; see ``CoincidenceRequester``.
        public init(
            _ parameters: CoincidenceParameters, session: UInt32, epochCapacity: Int,
            witness: consuming PartWitness
        ) {
            station = CoincidenceStation(
                parameters, role: .second, capacity: epochCapacity, witness: witness)
            self.session = session
        }

        /// What the epochs compared so far come to.
        public var counts: CoincidenceCounts { station.counts }

        /// Takes own clicks of an epoch that has passed; epochs ascend.
        public mutating func take(_ clicks: [Click], epoch: UInt32) {
            station.append(clicks, epoch: epoch)
            lastEpoch = epoch
        }

        /// What is held of `epoch`; see ``EpochHolder``.
        public borrowing func eachHeld(
            ofEpoch epoch: UInt32, part: (PartHashes) -> Void, bit: (UInt8) -> Void
        ) -> SiftCounts? {
            guard let held = held[epoch] else { return nil }
            for hashes in held.hashes { part(hashes) }
            station.eachBit(held.bits, bit)
            return held.counts
        }

        // MARK: Link

        /// Takes a message from the link, whatever it is, and writes the answer.
        ///
        /// - Parameter room: Room for `MessageHeader.largestMessage` bytes.
        /// - Returns: Bytes of the answer; 0 if there is none, as for an epoch that has not ended.
        public mutating func receive(
            _ message: UnsafeRawBufferPointer, answer room: UnsafeMutableRawBufferPointer
        ) -> Int {
            precondition(room.count >= MessageHeader.largestMessage)
            let opened: (header: MessageHeader, payload: Range<Int>)
            do throws(WireError) { opened = try Message.open(message) } catch {
                counters.damaged &+= 1
                return 0
            }
            let header = opened.header
            guard header.session == session, header.direction == .up,
                header.type == .coincidenceRequest
            else {
                counters.foreign &+= 1
                return 0
            }
            if let lastSequence, header.sequence == lastSequence {
                guard message.elementsEqual(request) else {
                    counters.outOfOrder &+= 1
                    return 0
                }
                counters.repeated &+= 1
                return give(into: room)
            }
            guard header.sequence == lastSequence.map({ $0 &+ 1 }) ?? 0 else {
                counters.outOfOrder &+= 1
                return 0
            }
            guard let lastEpoch, header.epoch <= lastEpoch else { return 0 }
            request = Array(message)
            lastSequence = header.sequence
            process(UnsafeRawBufferPointer(rebasing: message[opened.payload]), header)
            return give(into: room)
        }

        private mutating func give(into room: UnsafeMutableRawBufferPointer) -> Int {
            counters.sent &+= 1
            room.copyBytes(from: answer)
            return answer.count
        }

        private mutating func process(_ payload: UnsafeRawBufferPointer, _ header: MessageHeader) {
            var status = CoincidenceStatus.done
            var body: [UInt8] = []
            var counts: SiftCounts?
            var parts = header.parts
            do throws(CoincidenceFault) {
                (body, counts) = try perform(payload, header, parts: &parts)
            } catch {
                status = error == .outOfTurn ? .order : .content
                counters.dropped &+= 1
                turn = .idle
            }
            let step = payload.count > 0 ? payload[0] : 0
            answer = sealed([step, status.rawValue] + body, header, parts: parts)
            hashes.append(
                PartHashes(
                    announcement: request.span.withUnsafeBytes { station.value(of: $0) },
                    reply: answer.span.withUnsafeBytes { station.value(of: $0) }))
            guard let counts else { return }
            held[epoch] = Held(bits: station.keyRange, counts: counts, hashes: hashes)
            turn = .idle
        }

        /// Does the step.
        ///
        /// - Returns: What the answer holds after its status, and the epoch's counts once compared.
        private mutating func perform(
            _ payload: UnsafeRawBufferPointer, _ header: MessageHeader, parts: inout UInt8
        ) throws(CoincidenceFault) -> (body: [UInt8], counts: SiftCounts?) {
            let step = payload.count > 0 ? CoincidenceStep(rawValue: payload[0]) : nil
            guard let step else { throw .outOfTurn }
            let body = UnsafeRawBufferPointer(rebasing: payload[1...])
            if step == .announce, header.part == 0 { try open(header) }
            switch turn {
            case .announcing(let part, let all):
                guard step == .announce, header.epoch == epoch, Int(header.part) == part,
                    part == 0 || Int(header.parts) == all
                else { throw .outOfTurn }
                let isLast = part + 1 == all
                let own = try station.part(part)
                try station.accept(body, isLast: isLast)
                parts = UInt8(truncatingIfNeeded: all)
                turn = isLast ? .comparing : .announcing(part: part + 1, of: all)
                return (own, nil)
            case .comparing:
                guard step == .compare, header.epoch == epoch else { throw .outOfTurn }
                let own = try station.testBits()
                return (own, try station.compare(body))
            case .idle: throw .outOfTurn
            }
        }

        /// Opens the epoch of `header`, one that was not opened yet; what was under way is dropped.
        private mutating func open(_ header: MessageHeader) throws(CoincidenceFault) {
            station.discard(before: header.epoch)
            guard station.nextEpoch == header.epoch else { throw .outOfTurn }
            epoch = header.epoch
            hashes = []
            turn = .idle
            try station.openNext()
            turn = .announcing(part: 0, of: max(Int(header.parts), station.partCount))
        }

        private func sealed(
            _ payload: [UInt8], _ header: MessageHeader, parts: UInt8
        ) -> [UInt8] {
            var header = header
            header.type = .coincidenceAnswer
            header.direction = .down
            header.parts = parts
            do throws(CoincidenceFault) { return try header.sealed(payload) } catch {
                preconditionFailure("an answer does not fit its message")
            }
        }
    }
#endif
