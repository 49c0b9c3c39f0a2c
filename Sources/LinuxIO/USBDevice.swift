import CUSB
public import PayloadHAL
public import Quantities

/// A USB device, through libusb.
///
/// A stall of the stream is cleared and counted; overflowing and damaged transfers are thrown away
/// and counted. One thread at a time.
public struct USBDevice: BulkDevice, ~Copyable {
    /// Which device was asked for.
    public let name: USBName
    /// What happened on the stream since the device was opened.
    public private(set) var events = StreamEvents()
    private var session: USBSession?
    private var ring: USBRing?
    /// The transfer that is handed out next.
    private var head = 0
    /// Transfers in a row that failed.
    private var failuresInARow = 0
    /// Whether anything came since the device was last opened.
    private var hasHeard = true

    /// Failed transfers in a row after which the stream is given up: four rounds of the usual ring.
    static var mostFailures: Int { 64 }
    /// How long transfers may take to come back when they are called back.
    static var cancelTime: Picoseconds { .milliseconds(1000) }
    /// How often a device that was unplugged is looked for.
    static var searchPeriod: Picoseconds { .milliseconds(100) }

    /// Opens the device that `name` says.
    public init(_ name: USBName) throws(USBError) {
        self.name = name
        session = try USBSession(name)
    }

    deinit {
        guard let session else { return }
        if let ring { Self.end(ring, of: session) }
        session.close()
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// The device's serial number string; empty if it has none.
    public var serial: String { session?.serial ?? "" }

    /// The device's file, such as `/dev/bus/usb/001/004`; empty while it is gone.
    public var node: String { session?.node ?? "" }

    /// Sends a vendor request with `bytes`, up to 4096, as its data.
    public func send(
        _ request: ControlRequest, _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(USBError) {
        // libusb takes the data of both directions through one pointer that is not constant.
        let result = bytes.withUnsafeBytes { bytes in
            control(
                0x40, request,
                UnsafeMutableBufferPointer(mutating: bytes.bindMemory(to: UInt8.self)),
                by: deadline)
        }
        _ = try check(result, request)
    }

    /// Sends a vendor request and takes the answer; returns its length.
    public func ask(
        _ request: ControlRequest, into answer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(USBError) -> Int {
        let result = answer.withUnsafeMutableBytes { bytes in
            control(0xC0, request, bytes.bindMemory(to: UInt8.self), by: deadline)
        }
        return try check(result, request)
    }

    private func control(
        _ type: UInt8, _ request: ControlRequest, _ data: UnsafeMutableBufferPointer<UInt8>,
        by deadline: Picoseconds
    ) -> Int32 {
        precondition(data.count <= 4096)
        guard let session else { return LIBUSB_ERROR_NO_DEVICE.rawValue }
        return session.control(
            type, request, data, milliseconds: Self.milliseconds(until: deadline))
    }

    private func check(_ result: Int32, _ request: ControlRequest) throws(USBError) -> Int {
        if result == LIBUSB_ERROR_PIPE.rawValue { throw .stalled(name, request: request.request) }
        guard result >= 0 else {
            throw error(result, call: "request 0x\(String(request.request, radix: 16))")
        }
        return Int(result)
    }

    /// Sends all of `bytes` to a bulk endpoint.
    public func write(
        _ bytes: RawSpan, to endpoint: UInt8, by deadline: Picoseconds
    ) throws(USBError) {
        precondition(1...15 ~= endpoint)
        let count = try bytes.withUnsafeBytes { bytes throws(USBError) in
            try transfer(
                endpoint,
                UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress),
                bytes.count, by: deadline)
        }
        guard count == bytes.byteCount else { throw .timedOut(name, call: "bulk write") }
    }

    /// Takes one transfer from a bulk endpoint that is not the stream's; 0 if none came in time.
    public func read(
        from endpoint: UInt8, into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(USBError) -> Int {
        precondition(0x81...0x8F ~= endpoint)
        return try buffer.withUnsafeMutableBytes { bytes throws(USBError) in
            try transfer(
                endpoint, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, by: deadline)
        }
    }

    /// Moves bytes through a bulk endpoint; how many by the deadline.
    private func transfer(
        _ endpoint: UInt8, _ data: UnsafeMutablePointer<UInt8>?, _ count: Int,
        by deadline: Picoseconds
    ) throws(USBError) -> Int {
        guard let session else { throw .gone(name) }
        // What is sent is sent whole; what is waited for may be given up.
        let isInput = endpoint & 0x80 != 0
        while true {
            let left = Self.milliseconds(until: deadline)
            let part = isInput ? UInt32(DeviceWait.part(of: Int64(left))) : left
            var moved: Int32 = 0
            let result = libusb_bulk_transfer(
                session.handle, endpoint, data, Int32(count), &moved, part)
            guard result == 0 || result == LIBUSB_ERROR_TIMEOUT.rawValue else {
                if result == LIBUSB_ERROR_PIPE.rawValue {
                    libusb_clear_halt(session.handle, endpoint)
                }
                throw error(result, call: "transfer on endpoint 0x\(String(endpoint, radix: 16))")
            }
            if result == 0 || moved > 0 || part >= left || DeviceWait.shouldEnd {
                return Int(moved)
            }
        }
    }

    /// Whole milliseconds until `deadline`, 1 at least: libusb takes 0 for ever.
    private static func milliseconds(until deadline: Picoseconds) -> UInt32 {
        let left = deadline.count &- HostClock.now.count
        return UInt32(min(max(left / 1_000_000_000 + 1, 1), 3_600_000))
    }

    private func error(_ result: Int32, call: String) -> USBError {
        guard let session else { return .gone(name) }
        return session.error(result, call: call)
    }
}

extension USBDevice {
    /// Begins to take what a bulk endpoint sends.
    public mutating func startStream(
        endpoint: UInt8, transferBytes: Int, transfers: Int
    ) throws(USBError) {
        precondition(0x81...0x8F ~= endpoint)
        precondition(1...(1 << 20) ~= transferBytes && transferBytes % 1024 == 0)
        precondition(1...64 ~= transfers)
        stopStream()
        guard let session else { throw .gone(name) }
        guard session.hasBulkEndpoint(endpoint) else {
            throw .wrongFirmware(
                name, node: session.node,
                reason: "has no bulk endpoint 0x\(String(endpoint, radix: 16))")
        }
        guard
            let ring = USBRing(
                handle: session.handle, endpoint: endpoint, transferBytes: transferBytes,
                count: transfers)
        else { throw .system(name, call: "libusb_alloc_transfer", reason: "no memory") }
        self.ring = ring
        head = 0
        failuresInARow = 0
        for index in 0..<transfers {
            let result = ring.submit(index)
            guard result == 0 else {
                stopStream()
                throw error(result, call: "submit a transfer")
            }
        }
    }

    /// Waits for transfers until `deadline` and hands out the bytes of each that is complete.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(USBError) -> Int {
        guard let session else { throw .gone(name) }
        guard let ring else { throw .system(name, call: "read", reason: "no stream was started") }
        do throws(USBError) {
            return try takeAll(of: ring, of: session, by: deadline, body)
        } catch {
            // What the transfers hold now would be handed out twice.
            stopStream()
            throw error
        }
    }

    private mutating func takeAll(
        of ring: USBRing, of session: USBSession, by deadline: Picoseconds,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(USBError) -> Int {
        var handed = 0
        for _ in 0..<ring.count {
            // What is there is handed out; only for the first is there a wait.
            let until = handed == 0 ? deadline : .zero
            let result = ring.handleEvents(session.context, until: head, by: until)
            guard result == 0 else { throw error(result, call: "wait for a transfer") }
            guard ring.isComplete(head) else { break }
            // What came before a fault goes out first; the fault is found again by the next call.
            if handed > 0, ring.status(head) != LIBUSB_TRANSFER_COMPLETED { break }
            handed += try takeHead(of: ring, body)
        }
        return handed
    }

    /// Hands out the transfer at the head, or deals with its fault, and asks for it anew.
    private mutating func takeHead(
        of ring: USBRing, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(USBError) -> Int {
        let bytes = ring.bytes(head)
        switch ring.status(head) {
        case LIBUSB_TRANSFER_COMPLETED:
            failuresInARow = 0
            hand(bytes, of: ring, to: body)
            try submitHead(of: ring)
            return bytes.count
        case LIBUSB_TRANSFER_STALL:
            events.stalls += 1
            hand(bytes, of: ring, to: body)
            try countFailure(ring)
            return bytes.count + (try clearHalt(of: ring, body))
        case LIBUSB_TRANSFER_NO_DEVICE:
            throw lose()
        case LIBUSB_TRANSFER_OVERFLOW:
            events.overflows += 1
        default:
            events.failures += 1
        }
        try countFailure(ring)
        try submitHead(of: ring)
        return 0
    }

    private mutating func hand(
        _ bytes: UnsafeRawBufferPointer, of ring: USBRing, to body: (UnsafeRawBufferPointer) -> Void
    ) {
        guard !bytes.isEmpty else { return }
        hasHeard = true
        events.transfers += 1
        events.bytes += Int64(bytes.count)
        if bytes.count < ring.transferBytes { events.shortTransfers += 1 }
        body(bytes)
    }

    /// Asks for the transfer at the head anew and goes on to the next.
    private mutating func submitHead(of ring: USBRing) throws(USBError) {
        let result = ring.submit(head)
        guard result == 0 else {
            if result == LIBUSB_ERROR_NO_DEVICE.rawValue { throw lose() }
            throw error(result, call: "submit a transfer")
        }
        head = head + 1 == ring.count ? 0 : head + 1
    }

    /// Calls all transfers back, hands out what they hold, ends the halt and asks for all anew.
    private mutating func clearHalt(
        of ring: USBRing, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(USBError) -> Int {
        guard let session else { throw .gone(name) }
        let deadline = HostClock.now.later(by: Self.cancelTime)
        guard ring.cancelAll(session.context, by: deadline) else {
            throw .timedOut(name, call: "cancel transfers")
        }
        var handed = 0
        for step in 1..<ring.count {
            let bytes = ring.bytes((head + step) % ring.count)
            hand(bytes, of: ring, to: body)
            handed += bytes.count
        }
        let result = libusb_clear_halt(session.handle, ring.endpoint)
        if result == LIBUSB_ERROR_NO_DEVICE.rawValue { throw lose() }
        guard result == 0 else { throw error(result, call: "clear halt") }
        for _ in 0..<ring.count { try submitHead(of: ring) }
        return handed
    }

    private mutating func countFailure(_ ring: USBRing) throws(USBError) {
        failuresInARow += 1
        guard failuresInARow < Self.mostFailures else {
            throw .failing(name, endpoint: ring.endpoint, attempts: failuresInARow)
        }
    }

    /// Counts an unplugging and lets go of the device.
    private mutating func lose() -> USBError {
        events.unplugs += 1
        close()
        return .gone(name)
    }

    /// Takes no more; what was under way is thrown away.
    public mutating func stopStream() {
        guard let ring, let session else { return }
        self.ring = nil
        Self.end(ring, of: session)
    }

    private static func end(_ ring: USBRing, of session: USBSession) {
        let deadline = HostClock.now.later(by: cancelTime)
        // Transfers that the kernel does not give back keep their memory, which it may yet fill.
        guard ring.cancelAll(session.context, by: deadline) else { return }
        ring.release(from: session.handle)
    }

    private mutating func close() {
        stopStream()
        session?.close()
        session = nil
    }

    /// Lets go of the device and opens it again; it is reset if nothing came since the last time.
    public mutating func reopen(by deadline: Picoseconds) throws(USBError) {
        if let session, !hasHeard {
            stopStream()
            events.resets += 1
            libusb_reset_device(session.handle)
        }
        close()
        hasHeard = false
        while true {
            do throws(USBError) {
                session = try USBSession(name)
                return
            } catch {
                let next = HostClock.now.later(by: Self.searchPeriod)
                guard next < deadline else { throw error }
                HostClock.sleep(until: next)
            }
        }
    }
}
