public import PayloadHAL
public import Quantities

/// What a ``ScriptedBulkDevice`` does with a request.
public enum ControlAnswer: Equatable, Sendable {
    /// Takes it, and answers these bytes if asked.
    case bytes([UInt8])
    /// Stalls it.
    case stalls
    /// Does not answer by the deadline.
    case silence
    /// The cable is pulled out.
    case unplug
}

/// What comes next on the stream of a ``ScriptedBulkDevice``.
public enum StreamStep: Equatable, Sendable {
    /// One transfer with these bytes; shorter than asked for is a short one.
    case bytes([UInt8])
    /// The endpoint is halted once.
    case stall
    /// The device sends more than was asked for.
    case overflow
    /// The transfer fails, as by bit errors.
    case failure
    /// Nothing comes for this long.
    case silence(Picoseconds)
    /// The cable is pulled out.
    case unplug
}

/// What a ``ScriptedBulkDevice`` does and what was done to it; shared with the test.
public final class BulkScript: @unchecked Sendable {
    /// What comes next on the stream; only while ``isStreaming``.
    public var stream: [StreamStep] = []
    /// What comes on the stream when ``stream`` is used up; `nil` for silence.
    public var endlessly: (() -> [UInt8])?
    /// What comes next on other endpoints.
    public var replies: [UInt8: [[UInt8]]] = [:]
    /// How requests are answered; orders have their data, questions none.
    public var control: (ControlRequest, [UInt8]) -> ControlAnswer
    /// Called with what is written to a bulk endpoint.
    public var written: (UInt8, [UInt8]) -> Void = { _, _ in }
    /// When the device is plugged in again; `nil` if it is not.
    public var replugTime: Picoseconds?

    /// All requests so far.
    public private(set) var requests: [ControlRequest] = []
    /// The endpoint of the stream, `nil` while there is none.
    public internal(set) var isStreaming = false
    /// Whether the device is there.
    public internal(set) var isPlugged = true
    /// Time that passed, by waiting only.
    public internal(set) var now = Picoseconds.zero
    /// How often the device was opened anew.
    public internal(set) var reopenings = 0
    var events = StreamEvents()

    /// A device that answers requests by `control`.
    public init(control: @escaping (ControlRequest, [UInt8]) -> ControlAnswer) {
        self.control = control
    }

    /// Pulls the cable out.
    public func unplug() {
        guard isPlugged else { return }
        isPlugged = false
        isStreaming = false
        events.unplugs += 1
    }

    /// Lets time pass without waiting.
    public func pass(_ span: Picoseconds) { now = now.later(by: span) }

    func answer(_ request: ControlRequest, _ bytes: [UInt8]) -> ControlAnswer {
        requests.append(request)
        return control(request, bytes)
    }
}

/// A USB device that does what a script says, and has a clock of its own: a wait for what does not
/// come ends at once, at the deadline.
public struct ScriptedBulkDevice: BulkDevice, ~Copyable {
    /// Why a call on a ``ScriptedBulkDevice`` failed.
    public enum Failure: InstrumentError, Equatable {
        /// The device is not plugged in.
        case gone
        /// The request was stalled.
        case stalled
        /// No answer by the deadline.
        case timedOut
        /// The stream is not started.
        case idle

        /// The coarse meaning of this error.
        public var fault: InstrumentFault {
            switch self {
            case .gone, .idle: .unreachable
            case .stalled: .refused
            case .timedOut: .timedOut
            }
        }
    }

    /// What it does and what was done to it.
    public let script: BulkScript
    /// The device's serial number string.
    public let serial: String
    private var transferBytes = 0

    /// A device that does what `script` says.
    public init(_ script: BulkScript, serial: String = "") {
        self.script = script
        self.serial = serial
    }

    /// Time that passed, by waiting only.
    public var now: Picoseconds { script.now }
    /// What happened on the stream.
    public var events: StreamEvents { script.events }

    /// Sends a vendor request with its data.
    public func send(
        _ request: ControlRequest, _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(Failure) {
        _ = try take(request, bytes.withUnsafeBytes { Array($0) }, by: deadline)
    }

    /// Sends a vendor request and takes the answer.
    public func ask(
        _ request: ControlRequest, into answer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        copy(try take(request, [], by: deadline), into: &answer)
    }

    private func take(
        _ request: ControlRequest, _ bytes: [UInt8], by deadline: Picoseconds
    ) throws(Failure) -> [UInt8] {
        guard script.isPlugged else { throw .gone }
        switch script.answer(request, bytes) {
        case .bytes(let bytes): return bytes
        case .stalls: throw .stalled
        case .silence:
            script.now = max(script.now, deadline)
            throw .timedOut
        case .unplug:
            script.unplug()
            throw .gone
        }
    }

    private func copy(_ bytes: [UInt8], into buffer: inout MutableRawSpan) -> Int {
        let count = min(bytes.count, buffer.byteCount)
        for index in 0..<count {
            buffer.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
        }
        return count
    }

    /// Tells the script what is written.
    public func write(
        _ bytes: RawSpan, to endpoint: UInt8, by deadline: Picoseconds
    ) throws(Failure) {
        guard script.isPlugged else { throw .gone }
        script.written(endpoint, bytes.withUnsafeBytes { Array($0) })
    }

    /// Takes the next of ``BulkScript/replies``.
    public func read(
        from endpoint: UInt8, into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        guard script.isPlugged else { throw .gone }
        guard var waiting = script.replies[endpoint], !waiting.isEmpty else {
            script.now = max(script.now, deadline)
            return 0
        }
        let bytes = waiting.removeFirst()
        script.replies[endpoint] = waiting
        // Time passes with every transfer, so that one who waits for silence waits not for ever.
        script.pass(.milliseconds(1))
        return copy(bytes, into: &buffer)
    }

    /// Begins to take the stream.
    public mutating func startStream(
        endpoint: UInt8, transferBytes: Int, transfers: Int
    ) throws(Failure) {
        precondition(0x81...0x8F ~= endpoint)
        precondition(1...(1 << 20) ~= transferBytes && transferBytes % 1024 == 0)
        precondition(1...64 ~= transfers)
        guard script.isPlugged else { throw .gone }
        self.transferBytes = transferBytes
        script.isStreaming = true
    }

    /// Hands out the next transfers up to the next fault, or waits.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        guard script.isPlugged else { throw .gone }
        guard script.isStreaming else { throw .idle }
        if script.stream.isEmpty, let more = script.endlessly {
            // A real device fills its transfers in some time.
            script.pass(.milliseconds(1))
            return hand(more(), to: body)
        }
        var handed = 0
        while let step = script.stream.first {
            guard case .bytes(let bytes) = step else { break }
            script.stream.removeFirst()
            handed += hand(bytes, to: body)
        }
        guard handed == 0 else { return handed }
        return try takeFault(by: deadline)
    }

    private func hand(_ bytes: [UInt8], to body: (UnsafeRawBufferPointer) -> Void) -> Int {
        precondition(bytes.count <= transferBytes, "a transfer is longer than asked for")
        guard !bytes.isEmpty else { return 0 }
        script.events.transfers += 1
        script.events.bytes += Int64(bytes.count)
        if bytes.count < transferBytes { script.events.shortTransfers += 1 }
        bytes.withUnsafeBytes { body($0) }
        return bytes.count
    }

    private mutating func takeFault(by deadline: Picoseconds) throws(Failure) -> Int {
        guard let step = script.stream.first else {
            script.now = max(script.now, deadline)
            return 0
        }
        script.stream.removeFirst()
        switch step {
        case .stall: script.events.stalls += 1
        case .overflow: script.events.overflows += 1
        case .failure: script.events.failures += 1
        case .unplug:
            script.unplug()
            throw .gone
        case .silence(let span):
            let left = max(0, deadline.count &- script.now.count)
            if left < span.count {
                script.stream.insert(.silence(Picoseconds(span.count - left)), at: 0)
                script.now = max(script.now, deadline)
            } else {
                script.pass(span)
            }
        case .bytes: break
        }
        return 0
    }

    /// Takes no more.
    public mutating func stopStream() { script.isStreaming = false }

    /// Opens the device anew, if it is plugged in by the deadline.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        script.isStreaming = false
        if !script.isPlugged, let time = script.replugTime, time <= deadline {
            script.now = max(script.now, time)
            script.replugTime = nil
            script.isPlugged = true
        }
        guard script.isPlugged else {
            script.now = max(script.now, deadline)
            throw .gone
        }
        script.reopenings += 1
    }
}
