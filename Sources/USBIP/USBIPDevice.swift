public import PayloadHAL
public import Quantities

/// A USB device behind a USB/IP server, reached without the kernel: for rigs that may not load
/// `vhci-hcd`, and for tests.
///
/// What it does is what a `USBDevice` does; the server plays the device, or has it plugged in.
public struct USBIPDevice<Wire: ByteConnection & ~Copyable>: BulkDevice, ~Copyable {
    /// This device's own error.
    public typealias Failure = USBIPError<Wire.Failure>

    /// What happened on the stream since the device was first opened.
    public private(set) var events = StreamEvents()
    private let session: USBIPSession<Wire>
    private var endpoint: UInt8 = 0
    /// The transfer that is handed out next.
    private var head = 0
    private var failuresInARow = 0

    /// Failed transfers in a row after which the stream is given up.
    private static var mostFailures: Int { 64 }
    /// How long the server may take for what a caller gives no deadline for.
    private static var patience: Picoseconds { .milliseconds(1_000) }
    /// EPIPE and EOVERFLOW, as the server says them.
    private static var stalled: Int32 { USBIPMessage.Result.stalled.rawValue }
    private static var overflowed: Int32 { USBIPMessage.Result.overflow.rawValue }

    /// Imports the device `busID` from the server at the other end of `wire`.
    public init(_ wire: consuming Wire, busID: String = "1-1") throws(Failure) {
        session = USBIPSession(wire, busID: busID)
        try session.open(by: session.now.later(by: Self.patience))
    }

    /// Time on the connection's clock.
    public var now: Picoseconds { session.now }

    /// Not asked for: the server chose the device by its place.
    public var serial: String { "" }

    private static func setup(
        _ type: UInt8, _ request: ControlRequest, length: Int
    ) -> [UInt8] {
        [type, request.request]
            + [request.value, request.index, UInt16(truncatingIfNeeded: length)]
            .flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    /// Sends a vendor request with `bytes`, up to 4096, as its data.
    public func send(
        _ request: ControlRequest, _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(Failure) {
        let data = bytes.withUnsafeBytes { Array($0) }
        let answer = try session.request0(
            Self.setup(0x40, request, length: data.count), isIn: false, data, data.count,
            by: deadline)
        guard answer.status == 0 else { throw .stalled(request: request.request) }
    }

    /// Sends a vendor request and takes the answer; returns its length.
    public func ask(
        _ request: ControlRequest, into answer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        let found = try session.request0(
            Self.setup(0xC0, request, length: answer.byteCount), isIn: true, [],
            answer.byteCount, by: deadline)
        guard found.status == 0 else { throw .stalled(request: request.request) }
        return answer.withUnsafeMutableBytes { room in
            room.copyBytes(from: found.bytes.prefix(room.count))
            return min(found.bytes.count, room.count)
        }
    }

    /// Sends all of `bytes` to a bulk endpoint.
    public func write(
        _ bytes: RawSpan, to endpoint: UInt8, by deadline: Picoseconds
    ) throws(Failure) {
        let data = bytes.withUnsafeBytes { Array($0) }
        let answer = try session.request(
            endpoint: endpoint, isIn: false, setup: [UInt8](repeating: 0, count: 8), data,
            length: data.count, by: deadline)
        guard let answer else { throw .timedOut("a bulk write") }
        guard answer.status == 0 else { throw .failing(endpoint: endpoint, attempts: 1) }
    }

    /// Takes one transfer from a bulk endpoint that is not the stream's; 0 if none came in time.
    public func read(
        from endpoint: UInt8, into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        let answer = try session.request(
            endpoint: endpoint, isIn: true, setup: [UInt8](repeating: 0, count: 8), [],
            length: buffer.byteCount, by: deadline)
        guard let answer else { return 0 }
        guard answer.status == 0 else { throw .failing(endpoint: endpoint, attempts: 1) }
        return buffer.withUnsafeMutableBytes { room in
            room.copyBytes(from: answer.bytes.prefix(room.count))
            return min(answer.bytes.count, room.count)
        }
    }
}

extension USBIPDevice where Wire: ~Copyable {
    /// Begins to take what a bulk endpoint sends.
    public mutating func startStream(
        endpoint: UInt8, transferBytes: Int, transfers: Int
    ) throws(Failure) {
        precondition(0x81...0x8F ~= endpoint)
        precondition(1...(1 << 20) ~= transferBytes && transferBytes % 1024 == 0)
        precondition(1...64 ~= transfers)
        stopStream()
        self.endpoint = endpoint
        head = 0
        failuresInARow = 0
        try session.startStream(
            endpoint, transferBytes: transferBytes, count: transfers,
            by: now.later(by: Self.patience))
    }

    /// Waits for transfers until `deadline` and hands out the bytes of each that is complete.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        do throws(Failure) {
            while true {
                let (handed, used) = try takeComplete(body)
                // Only takes what is there once something was found.
                if used > 0 { return handed }
                guard try session.receive(by: deadline) || now < deadline else { return 0 }
            }
        } catch {
            switch error {
            case .wire, .notExported: events.unplugs += 1
            case .protocolBroken, .stalled, .failing, .timedOut: events.failures += 1
            }
            stopStream()
            throw error
        }
    }

    /// Hands out what is complete at the head, at most one round; bytes and transfers.
    private mutating func takeComplete(
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> (bytes: Int, transfers: Int) {
        var handed = 0
        for used in 0..<session.slots.count {
            guard let status = session.slots[head].status else { return (handed, used) }
            let bytes = session.bytes(head)
            if status == 0 {
                failuresInARow = 0
                if !bytes.isEmpty {
                    events.transfers += 1
                    events.bytes += Int64(bytes.count)
                    if bytes.count < session.transferBytes { events.shortTransfers += 1 }
                    body(bytes)
                }
                handed += bytes.count
            } else {
                try count(status)
            }
            try session.resubmit(head, endpoint, by: now.later(by: Self.patience))
            head = head + 1 == session.slots.count ? 0 : head + 1
        }
        return (handed, session.slots.count)
    }

    /// Counts a transfer that failed; a halt is ended.
    private mutating func count(_ status: Int32) throws(Failure) {
        failuresInARow += 1
        guard failuresInARow < Self.mostFailures else {
            throw .failing(endpoint: endpoint, attempts: failuresInARow)
        }
        switch status {
        case Self.stalled:
            events.stalls += 1
            // CLEAR_FEATURE of ENDPOINT_HALT, USB 2.0, 9.4.1.
            _ = try session.request0(
                [0x02, 0x01, 0, 0, endpoint, 0, 0, 0], isIn: false, [], 0,
                by: now.later(by: Self.patience))
        case Self.overflowed: events.overflows += 1
        default: events.failures += 1
        }
    }

    /// Takes no more; what was under way is thrown away.
    public mutating func stopStream() {
        // A server that is gone has nothing under way.
        try? session.stopStream(by: now.later(by: Self.patience))
        head = 0
    }

    /// Makes the connection anew and imports the device again, until `deadline`.
    public mutating func reopen(by deadline: Picoseconds) throws(Failure) {
        try session.reopen(by: deadline)
    }
}
