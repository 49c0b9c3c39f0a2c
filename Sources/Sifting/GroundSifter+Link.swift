import Quantities
import Wire

// What the ground says and hears.
extension GroundSifter {
    /// The next message to send, if one is due: the oldest part unanswered comes first.
    ///
    /// Call again until it gives 0. Also gives up epochs whose deadline has passed.
    ///
    /// - Parameters:
    ///   - now: As given to `add`, ps.
    ///   - message: Room for `MessageHeader.largestMessage` bytes.
    /// - Returns: Bytes of the message; 0 if none is due.
    public mutating func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
        precondition(message.count >= MessageHeader.largestMessage)
        for position in 0..<store.epochCount {
            let index = store.epochIndex(position)
            guard store.epochs[index].outcome == nil else { continue }
            guard now &- store.epochs[index].sealedAt < parameters.deadline else {
                store.epochs[index].outcome = .noReply
                continue
            }
            for part in 0..<store.epochs[index].partCount {
                let place = store.partIndex(store.epochs[index], part)
                let entry = store.parts[place]
                guard !entry.isAnswered, !entry.isSent || now >= entry.due else { continue }
                return announce(epoch: index, part: part, at: place, now: now, into: message)
            }
        }
        return pollClose(now: now, into: message)
    }

    private mutating func announce(
        epoch: Int, part: Int, at place: Int, now: Int64,
        into message: UnsafeMutableRawBufferPointer
    ) -> Int {
        let record = store.epochs[epoch]
        let entry = store.parts[place]
        let header = MessageHeader(
            type: .announcement, direction: .up, part: UInt8(part),
            parts: UInt8(record.partCount), session: parameters.session,
            sequence: entry.sequence, epoch: record.number)
        let room = UnsafeMutableRawBufferPointer(rebasing: message[MessageHeader.size...])
        do throws(WireError) {
            let encoded = try AnnouncementPayload.encode(
                store.clicks(of: entry), firstIndex: UInt32(entry.first - record.first),
                base: entry.base, into: room)
            let payload = UnsafeRawBufferPointer(rebasing: room[..<encoded.bytes])
            let digest = PartDigest.of(
                payload, header: header, parameters: parameters, with: Digest.self)
            digest.put(in: room)
            store.parts[place].digest = digest
            if let hash = witness?.value(of: payload, header: header, parameters: parameters) {
                store.parts[place].hashes.announcement = hash
            }
            note(&store.parts[place], now: now)
            return try Message.seal(header, payloadCount: encoded.bytes, in: message)
        } catch {
            // The part was cut to fit; a payload that does not is wrong reasoning.
            preconditionFailure("announcement does not fit its message")
        }
    }

    private mutating func note(_ entry: inout PartRecord, now: Int64) {
        counters.sent &+= 1
        counters.repeated &+= entry.isSent ? 1 : 0
        entry.isSent = true
        entry.due = now &+ parameters.retry &<< Int64(widening: min(entry.tries, 3))
        entry.tries += 1
    }

    /// The close, once every epoch has ended and was taken.
    private mutating func pollClose(
        now: Int64, into message: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard closeState == .closing, store.epochCount == 0 else { return 0 }
        if let due = closeSent, now < due { return 0 }
        if close == nil {
            close = (
                ClosePayload(
                    epochCount: openEpoch, transcript: transcript.finish(), counts: totals),
                sequence
            )
            sequence &+= 1
        }
        guard let close else { return 0 }
        counters.sent &+= 1
        counters.repeated &+= closeSent == nil ? 0 : 1
        closeSent = now &+ parameters.retry &<< Int64(widening: min(closeTries, 3))
        closeTries += 1
        let header = MessageHeader(
            type: .close, direction: .up, session: parameters.session, sequence: close.sequence,
            epoch: 0)
        let room = UnsafeMutableRawBufferPointer(rebasing: message[MessageHeader.size...])
        do throws(WireError) {
            let size = try close.payload.put(in: room)
            for index in ClosePayload.headSize..<size {
                room[index] = store.kept[index - ClosePayload.headSize]
            }
            return try Message.seal(header, payloadCount: size, in: message)
        } catch {
            preconditionFailure("close does not fit its message")
        }
    }

    /// Takes a message from the link, whatever it is.
    public mutating func receive(_ message: UnsafeRawBufferPointer) {
        let opened: (header: MessageHeader, payload: Range<Int>)
        do throws(WireError) { opened = try Message.open(message) } catch {
            counters.damaged &+= 1
            return
        }
        let header = opened.header
        guard header.session == parameters.session, header.direction == .down else {
            counters.foreign &+= 1
            return
        }
        let payload = UnsafeRawBufferPointer(rebasing: message[opened.payload])
        do throws(WireError) {
            switch header.type {
            case .reply: try take(reply: payload, header: header)
            case .refusal: try take(refusal: RefusalPayload(payload), header: header)
            case .closeReply: take(closeReply: try CloseReplyPayload(payload), header: header)
            case .announcement, .close, .distillationRequest, .distillationAnswer,
                .letter, .coincidenceRequest, .coincidenceAnswer:
                counters.foreign &+= 1
            }
        } catch {
            counters.malformed &+= 1
        }
    }

    /// The waiting part that a message answers; counts what answers none.
    private mutating func part(
        answeredBy header: MessageHeader, digest: ShortDigest
    ) -> (epoch: Int, part: Int)? {
        guard header.epoch < openEpoch else {
            counters.mismatched &+= 1
            return nil
        }
        // Epochs in the table ascend without gaps unless it was full: look from the front.
        for position in 0..<store.epochCount {
            let index = store.epochIndex(position)
            let record = store.epochs[index]
            guard record.number == header.epoch else { continue }
            guard record.outcome == nil else { break }
            guard Int(header.parts) == record.partCount else {
                counters.mismatched &+= 1
                return nil
            }
            let place = store.partIndex(record, Int(header.part))
            guard store.parts[place].isSent, store.parts[place].digest == digest,
                store.parts[place].sequence == header.sequence
            else {
                counters.mismatched &+= 1
                return nil
            }
            guard !store.parts[place].isAnswered else { break }
            return (index, place)
        }
        counters.duplicate &+= 1
        return nil
    }

    private mutating func take(
        reply payload: UnsafeRawBufferPointer, header: MessageHeader
    ) throws(WireError) {
        guard payload.count >= ReplyPayload.headSize else {
            throw .payloadEnds(count: payload.count)
        }
        guard let (epoch, place) = part(answeredBy: header, digest: ShortDigest(payload)) else {
            return
        }
        let entry = store.parts[place]
        _ = try ReplyPayload.decode(
            payload, on: store.clicks(of: entry), testBasis: parameters.testBasis,
            into: UnsafeMutableBufferPointer(
                start: store.verdicts + entry.first, count: entry.count))
        store.parts[place].replyDigest = PartDigest.of(
            payload, header: header, parameters: parameters, with: Digest.self)
        if let hash = witness?.value(of: payload, header: header, parameters: parameters) {
            store.parts[place].hashes.reply = hash
        }
        store.parts[place].isAnswered = true
        store.epochs[epoch].answered += 1
        if store.epochs[epoch].answered == store.epochs[epoch].partCount {
            store.epochs[epoch].outcome = .sifted
        }
    }

    private mutating func take(refusal: RefusalPayload, header: MessageHeader) {
        guard let (epoch, _) = part(answeredBy: header, digest: refusal.digest) else { return }
        store.epochs[epoch].outcome = .refused(refusal.reason)
    }

    private mutating func take(closeReply: CloseReplyPayload, header: MessageHeader) {
        guard let close, header.sequence == close.sequence, closeSent != nil else {
            counters.mismatched &+= 1
            return
        }
        guard closeState == .closing else {
            counters.duplicate &+= 1
            return
        }
        var status = closeReply.status
        if status == .agreed, closeReply.transcript != close.payload.transcript {
            status = .transcriptDiffers
        }
        closeState = .answered(status)
    }
}
