public import PayloadHAL
public import Quantities

/// What ``linkFaults(between:and:messages:promise:patience:seed:)`` expects of messages.
public enum LinkPromise: Equatable, Sendable {
    /// All arrive once, in order.
    case reliable
    /// All arrive once, in any order: the connection below loses nothing.
    case complete
    /// Each arrives at most once.
    case partial
}

/// What two ends of a link do against their protocol; empty if nothing.
///
/// Messages of all sorts of lengths go both ways at once. Both ends are worked by turns from one
/// thread, so the connections below must hold what is under way.
///
/// - Parameters:
///   - messages: How many messages each end sends, 1 or more.
///   - promise: What is expected of them.
///   - patience: How long all of it may take, on the link's clock.
public func linkFaults<Near: MessageLink & ~Copyable, Far: MessageLink & ~Copyable>(
    between near: inout Near, and far: inout Far, messages: Int, promise: LinkPromise,
    patience: Picoseconds, seed: UInt64 = 1
) -> [String] {
    var faults = lengthFaults(of: &near) + lengthFaults(of: &far)
    var chance = SeededChance(seed: seed)
    var up = LinkTraffic(messages, promise, &chance)
    var down = LinkTraffic(messages, promise, &chance)
    let deadline = near.now.later(by: patience)
    // What is lost cannot be waited for: an unreliable link ends when both ends are quiet.
    var quiet = 0
    let limit = promise == .reliable ? Int.max : 100
    while near.now < deadline, quiet < limit, !up.isComplete || !down.isComplete {
        let before = up.taken + up.received.count + down.taken + down.received.count
        up.send(&near)
        down.receive(&near)
        down.send(&far)
        up.receive(&far)
        let after = up.taken + up.received.count + down.taken + down.received.count
        quiet = after == before ? quiet + 1 : 0
    }
    faults += up.faults("up", near.counters, far.counters)
    faults += down.faults("down", far.counters, near.counters)
    return faults
}

/// What a link does with what is no message.
private func lengthFaults<Link: MessageLink & ~Copyable>(of link: inout Link) -> [String] {
    var faults: [String] = []
    for count in [0, LinkLimits.largestMessage + 1] {
        let bytes = [UInt8](repeating: 0x55, count: count)
        do throws(Link.Failure) {
            try bytes.span.withUnsafeBytes { bytes throws(Link.Failure) in
                try link.send(bytes)
            }
            faults.append("took a message of \(count) bytes")
        } catch {
            if error.fault != .outOfRange {
                faults.append("\(count) bytes: \(error) is no fault of range")
            }
        }
    }
    return faults
}

/// The messages of one direction.
private struct LinkTraffic {
    let sent: [[UInt8]]
    let promise: LinkPromise
    /// How many the link has taken.
    var taken = 0
    var received: [[UInt8]] = []
    var errors: [String] = []

    /// Lengths at which something changes, then by chance, with all sorts of bytes.
    init(_ count: Int, _ promise: LinkPromise, _ chance: inout SeededChance) {
        let edges = [
            1, 2, 253, 254, 255, 256, 479, 480, 481, 960, 961, 1199, 1200, 1201, 2400,
            LinkLimits.largestMessage - 1, LinkLimits.largestMessage,
        ]
        self.promise = promise
        sent = (0..<count).map { index in
            let most = chance.happens(0.2) ? LinkLimits.largestMessage : 600
            let length = index < edges.count ? edges[index] : 1 + chance.below(most)
            switch chance.below(4) {
            case 0: return [UInt8](repeating: 0, count: length)
            case 1: return [UInt8](repeating: UInt8(chance.below(256)), count: length)
            default: return chance.bytes(length)
            }
        }
    }

    var isComplete: Bool { received.count >= sent.count }

    mutating func send<Link: MessageLink & ~Copyable>(_ link: inout Link) {
        guard taken < sent.count else { return }
        let message = sent[taken]
        do throws(Link.Failure) {
            try message.span.withUnsafeBytes { bytes throws(Link.Failure) in
                try link.send(bytes)
            }
            taken += 1
        } catch {
            // A full queue is no fault: what it was asked to take comes again.
            if error.fault != .refused { errors.append("sending failed: \(error)") }
        }
    }

    mutating func receive<Link: MessageLink & ~Copyable>(_ link: inout Link) {
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: LinkLimits.largestMessage, alignment: 1)
        defer { room.deallocate() }
        do throws(Link.Failure) {
            let count = try link.receive(into: room, by: link.now.later(by: .milliseconds(5)))
            if count > 0 { received.append(Array(room[..<count])) }
        } catch { errors.append("receiving failed: \(error)") }
    }

    func faults(_ way: String, _ sender: LinkCounters, _ receiver: LinkCounters) -> [String] {
        var faults = Array(Set(errors)).sorted()
        func check(_ holds: Bool, _ what: String) { if !holds { faults.append("\(way): \(what)") } }
        switch promise {
        case .reliable:
            let right = zip(received, sent).prefix { $0 == $1 }.count
            check(
                right == sent.count && received.count == sent.count,
                "of \(sent.count) messages \(received.count) came, the first \(right) right")
        case .complete, .partial:
            var left: [[UInt8]: Int] = [:]
            for message in sent { left[message, default: 0] += 1 }
            var wrong = 0
            for message in received {
                let count = left[message] ?? 0
                if count == 0 { wrong += 1 }
                left[message] = count - 1
            }
            check(wrong == 0, "\(wrong) messages came that were not sent, or came twice")
            check(
                promise == .partial || received.count == sent.count,
                "of \(sent.count) messages \(received.count) came")
        }
        check(sender.messagesSent >= Int64(taken), "\(sender.messagesSent) are counted as sent")
        check(
            receiver.messagesReceived >= Int64(received.count),
            "\(receiver.messagesReceived) are counted as received")
        return faults
    }
}
