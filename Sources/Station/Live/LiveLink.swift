import PayloadHAL
import Quantities
import Wire

/// The link to the satellite's terminal during a live pass: opens it again, and knows its silences.
struct LiveLink<Link: MessageLink & ~Copyable>: StationLink, ~Copyable {
    /// Messages handed over at once; the rest wait for the next step, 10 ms later.
    private static var messagesPerStep: Int { 256 }
    /// Time between two attempts to open it again, ps.
    private static var retry: Int64 { 500_000_000_000 }
    /// How long an attempt may take, ps: the pass waits for it.
    private static var patience: Picoseconds { Picoseconds.milliseconds(20) }
    /// A silence worth a line in the report, ps: a second is 16 retries.
    private static var silence: Int64 { 1_000_000_000_000 }

    /// What a silence was, and what it was not.
    enum Change: Equatable {
        /// Questions have had no answer since this time.
        case silent(since: Int64)
        /// Answers come again after a silence that began then.
        case answers(since: Int64)
        /// The connection failed; it is opened again.
        case failed(InstrumentFault)
    }

    private var link: Link
    private let buffer: UnsafeMutableRawBufferPointer
    private var isDown = false
    private var nextAttempt: Int64 = .min
    private var heard: Int64?
    private var askedSince: Int64?
    private var isSilent = false
    private var changes: [Change] = []

    /// Messages that could not be sent; those who miss them ask again.
    private(set) var unsent: Int64 = 0

    init(_ link: consuming Link) {
        self.link = link
        buffer = .allocate(byteCount: LinkLimits.largestMessage, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// What happened on the link since it was made.
    var counters: LinkCounters { link.counters }

    /// What has changed since the last call.
    mutating func takeChanges() -> [Change] {
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    mutating func exchange(
        until now: Int64, deliver: (UnsafeRawBufferPointer, Int64) throws -> Void
    ) throws {
        reopenIfDown(at: now)
        for _ in 0..<Self.messagesPerStep {
            let count = receive()
            guard count > 0 else { break }
            hear(at: now)
            try deliver(UnsafeRawBufferPointer(rebasing: buffer[..<count]), now)
        }
        if let since = askedSince, now - since > Self.silence, !isSilent {
            isSilent = true
            changes.append(.silent(since: heard ?? since))
        }
    }

    mutating func send(_ message: UnsafeRawBufferPointer, at now: Int64) {
        askedSince = askedSince ?? now
        guard !isDown else { return unsent += 1 }
        do throws(Link.Failure) {
            try link.send(message)
        } catch {
            unsent += 1
            if error.fault == .unreachable { fail(error.fault) }
        }
    }

    private mutating func receive() -> Int {
        guard !isDown else { return 0 }
        do throws(Link.Failure) {
            return try link.receive(into: buffer, by: link.now)
        } catch {
            fail(error.fault)
            return 0
        }
    }

    private mutating func hear(at now: Int64) {
        if isSilent {
            isSilent = false
            changes.append(.answers(since: heard ?? now))
        }
        heard = now
        askedSince = nil
    }

    private mutating func fail(_ fault: InstrumentFault) {
        guard !isDown else { return }
        isDown = true
        changes.append(.failed(fault))
    }

    private mutating func reopenIfDown(at now: Int64) {
        guard isDown, now >= nextAttempt else { return }
        nextAttempt = now + Self.retry
        do throws(Link.Failure) {
            try link.reopen(by: link.now.later(by: Self.patience))
            isDown = false
        } catch {}
    }
}
