import PayloadHAL
import Quantities

/// The client's end of one imported device: requests out, answers and transfers in.
///
/// Memory is taken when it is made and when a stream starts. One thread at a time.
/// Source: Linux, Documentation/usb/usbip_protocol.rst.
final class USBIPSession<Wire: ByteConnection & ~Copyable> {
    typealias Failure = USBIPError<Wire.Failure>

    /// One transfer of the stream.
    struct Slot {
        var sequence: UInt32
        /// How it ended; `nil` while it is under way.
        var status: Int32?
        var count = 0
    }

    /// What came for a request.
    struct Answer {
        var status: Int32
        var bytes: [UInt8]
    }

    /// Largest transfer: what the stream of a ``BulkDevice`` may have.
    private static var largestTransfer: Int { 1 << 20 }
    /// Requests that nobody waits for any more; more would mean a server that answers none.
    private static var orphanLimit: Int { 1_024 }

    private(set) var slots: [Slot] = []
    private(set) var transferBytes = 0
    private var wire: Wire
    private let busID: String
    private var device: UInt32 = 0
    private var sequence: UInt32 = 0
    private var input: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var awaited: (sequence: UInt32, isIn: Bool)?
    private var answer: Answer?
    /// Taken back, but their answers may yet come: whether with bytes.
    private var orphans: [UInt32: Bool] = [:]
    /// Which one each request to take back is about, by its own number.
    private var unlinks: [UInt32: UInt32] = [:]

    init(_ wire: consuming Wire, busID: String) {
        self.wire = wire
        self.busID = busID
        input = .allocate(
            byteCount: USBIPMessage.headerSize + Self.largestTransfer, alignment: 16)
        orphans.reserveCapacity(Self.orphanLimit)
        unlinks.reserveCapacity(Self.orphanLimit)
    }

    deinit {
        input.deallocate()
        memory.deallocate()
    }

    var now: Picoseconds { wire.now }

    // MARK: The connection

    /// Imports the device and configures it.
    func open(by deadline: Picoseconds) throws(Failure) {
        filled = 0
        slots.removeAll(keepingCapacity: true)
        orphans.removeAll(keepingCapacity: true)
        unlinks.removeAll(keepingCapacity: true)
        var request = USBIPMessage.version.bigEndianBytes
        request += USBIPMessage.Request.importDevice.rawValue.bigEndianBytes
        request += [0, 0, 0, 0] + USBIPMessage.padded(busID, to: USBIPMessage.busIDSize)
        try send(request, by: deadline)
        try fill(8, by: deadline)
        guard word16(0) == USBIPMessage.version, word16(2) == 0x0003 else {
            throw .protocolBroken("no answer to an import")
        }
        guard word(4) == 0 else { throw .notExported(bus: busID, status: word(4)) }
        try fill(8 + USBIPMessage.deviceSize, by: deadline)
        // Bus and device number lie behind path and name.
        let numbers = 8 + 256 + USBIPMessage.busIDSize
        device = word(numbers) << 16 | word(numbers + 4) & 0xFFFF
        drop(8 + USBIPMessage.deviceSize)
        // SET_CONFIGURATION 1, USB 2.0, 9.4.7.
        let set = try request0([0x00, 0x09, 1, 0, 0, 0, 0, 0], isIn: false, [], 0, by: deadline)
        guard set.status == 0 else { throw .stalled(request: 0x09) }
    }

    /// Makes the connection anew and imports the device again.
    func reopen(by deadline: Picoseconds) throws(Failure) {
        do throws(Wire.Failure) { try wire.reopen(by: deadline) } catch { throw .wire(error) }
        try open(by: deadline)
    }

    // MARK: Requests

    /// A request on endpoint 0 or a transfer that is not the stream's, and what it came to.
    func request(
        endpoint: UInt8, isIn: Bool, setup: [UInt8], _ bytes: [UInt8], length: Int,
        by deadline: Picoseconds
    ) throws(Failure) -> Answer? {
        let number = try submit(
            endpoint: endpoint, isIn: isIn, setup: setup, bytes, length: length, by: deadline)
        awaited = (number, isIn)
        answer = nil
        while answer == nil, try receive(by: deadline) {}
        awaited = nil
        guard answer == nil else { return answer }
        try takeBack(number, isIn: isIn, by: now.later(by: .milliseconds(1_000)))
        return nil
    }

    /// A request on endpoint 0; that no answer comes is an error.
    func request0(
        _ setup: [UInt8], isIn: Bool, _ bytes: [UInt8], _ length: Int, by deadline: Picoseconds
    ) throws(Failure) -> Answer {
        let answer = try request(
            endpoint: 0, isIn: isIn, setup: setup, bytes, length: length, by: deadline)
        guard let answer else {
            throw .timedOut("request 0x\(String(setup[1], radix: 16))")
        }
        return answer
    }

    private func submit(
        endpoint: UInt8, isIn: Bool, setup: [UInt8] = [UInt8](repeating: 0, count: 8),
        _ bytes: [UInt8], length: Int, by deadline: Picoseconds
    ) throws(Failure) -> UInt32 {
        sequence &+= 1
        var message: [UInt8] = []
        message.reserveCapacity(USBIPMessage.headerSize + bytes.count)
        USBIPMessage.put(
            [
                USBIPMessage.Command.submit.rawValue, sequence, device, isIn ? 1 : 0,
                UInt32(endpoint & 0x0F), 0, UInt32(length), 0, 0, 0,
            ], into: &message)
        message += setup + bytes
        try send(message, by: deadline)
        return sequence
    }

    private func takeBack(
        _ number: UInt32, isIn: Bool, by deadline: Picoseconds
    ) throws(Failure) {
        guard orphans.count < Self.orphanLimit else { throw .timedOut("requests taken back") }
        orphans[number] = isIn
        sequence &+= 1
        unlinks[sequence] = number
        var message: [UInt8] = []
        USBIPMessage.put(
            [USBIPMessage.Command.unlink.rawValue, sequence, device, 0, 0, number], into: &message)
        message += [UInt8](repeating: 0, count: USBIPMessage.headerSize - message.count)
        try send(message, by: deadline)
    }

    private func send(_ bytes: [UInt8], by deadline: Picoseconds) throws(Failure) {
        do throws(Wire.Failure) {
            try wire.send(bytes.span.bytes, by: deadline)
        } catch { throw .wire(error) }
    }

    // MARK: The stream

    /// Takes memory for `count` transfers and submits them.
    func startStream(
        _ endpoint: UInt8, transferBytes: Int, count: Int, by deadline: Picoseconds
    ) throws(Failure) {
        self.transferBytes = transferBytes
        memory.deallocate()
        memory = .allocate(byteCount: transferBytes * count, alignment: 16)
        slots.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            let number = try submit(
                endpoint: endpoint, isIn: true, [], length: transferBytes, by: deadline)
            slots.append(Slot(sequence: number))
        }
    }

    /// Submits a transfer anew that has ended.
    func resubmit(_ index: Int, _ endpoint: UInt8, by deadline: Picoseconds) throws(Failure) {
        let number = try submit(
            endpoint: endpoint, isIn: true, [], length: transferBytes, by: deadline)
        slots[index] = Slot(sequence: number)
    }

    /// Takes all transfers of the stream back that are under way.
    func stopStream(by deadline: Picoseconds) throws(Failure) {
        let pending = slots.filter { $0.status == nil }
        slots.removeAll(keepingCapacity: true)
        for slot in pending { try takeBack(slot.sequence, isIn: true, by: deadline) }
    }

    /// What transfer `index` brought; holds until it is submitted anew.
    func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: memory[index * transferBytes..<index * transferBytes + slots[index].count])
    }

    // MARK: What comes

    /// Waits for bytes until `deadline` and works on what is whole; `false` if none came.
    func receive(by deadline: Picoseconds) throws(Failure) -> Bool {
        let room = UnsafeMutableRawBufferPointer(rebasing: input[filled...])
        let count: Int
        do throws(Wire.Failure) {
            var span = MutableRawSpan(_unsafeBytes: room)
            count = try wire.receive(into: &span, by: deadline)
        } catch { throw .wire(error) }
        filled += count
        // Each turn takes a message or ends.
        while let size = try messageSize(), filled >= size {
            take(size)
            drop(size)
        }
        return count > 0
    }

    /// Bytes of the message at the start; `nil` if its header is not whole.
    private func messageSize() throws(Failure) -> Int? {
        guard filled >= USBIPMessage.headerSize else { return nil }
        switch word(0) {
        case USBIPMessage.Command.unlinked.rawValue: return USBIPMessage.headerSize
        case USBIPMessage.Command.submitted.rawValue: break
        default: throw .protocolBroken("command \(word(0))")
        }
        let number = word(4)
        let carries =
            awaited.map { $0.sequence == number && $0.isIn } == true || orphans[number] == true
            || slots.contains { $0.sequence == number }
        let count = Int(word(24))
        guard !carries || count <= Self.largestTransfer else {
            throw .protocolBroken("a transfer of \(count) bytes")
        }
        return USBIPMessage.headerSize + (carries ? count : 0)
    }

    private func take(_ size: Int) {
        let number = word(4)
        guard word(0) == USBIPMessage.Command.submitted.rawValue else {
            // Whatever became of it, what it brought has come before this answer.
            if let orphan = unlinks.removeValue(forKey: number) { orphans[orphan] = nil }
            return
        }
        let status = Int32(bitPattern: word(20))
        let bytes = UnsafeRawBufferPointer(rebasing: input[USBIPMessage.headerSize..<size])
        if awaited?.sequence == number {
            answer = Answer(status: status, bytes: Array(bytes))
        } else if orphans.removeValue(forKey: number) != nil {
            return
        } else if let index = slots.firstIndex(where: { $0.sequence == number }) {
            slots[index].status = status
            slots[index].count = min(bytes.count, transferBytes)
            let room = UnsafeMutableRawBufferPointer(
                rebasing: memory[index * transferBytes..<(index + 1) * transferBytes])
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(room.count)))
        }
    }

    /// Waits until `count` bytes are there.
    private func fill(_ count: Int, by deadline: Picoseconds) throws(Failure) {
        while filled < count {
            let before = filled
            do throws(Wire.Failure) {
                var span = MutableRawSpan(
                    _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: input[filled..<count]))
                filled += try wire.receive(into: &span, by: deadline)
            } catch { throw .wire(error) }
            guard filled > before else { throw .timedOut("the import") }
        }
    }

    private func drop(_ count: Int) {
        filled -= count
        let rest = UnsafeRawBufferPointer(rebasing: input[count..<count + filled])
        input.copyMemory(from: rest)
    }

    private func word(_ at: Int) -> UInt32 {
        UInt32(bigEndian: input.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    private func word16(_ at: Int) -> UInt16 {
        UInt16(bigEndian: input.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    }
}
