/// A device on the emulated bus: what every device does, and the transfers that wait at it.
struct EmulatedDevice<Function: USBFunction>: Sendable {
    /// Transfers that wait at most: 16 MiB in parts of 16 KiB, as much as Linux lets a program ask
    /// for through usbfs.
    static var pendingLimit: Int { 1024 }

    /// A transfer that waits.
    private struct Pending: Sendable {
        var sequence: UInt32
        var packets: UInt32
        var length: Int
        var endpoint: UInt8
        var refusesShort: Bool

        init(_ header: USBIPHeader, endpoint: UInt8) {
            sequence = header.sequence
            packets = header.packets
            length = Int(header.length)
            self.endpoint = endpoint
            refusesShort = header.refusesShort
        }
    }

    /// What is emulated.
    var function: Function
    /// Where it is on its bus: bus 1, and this number.
    let number: UInt32
    /// Whether it can be seen.
    var isPlugged = true
    /// Who has imported it.
    var connection: Int?
    /// The value of the configuration in force; 0 is none.
    private(set) var configuration: UInt8 = 0
    /// Transfers that ended, bytes to the host in them, and stalls.
    private(set) var transfers: Int64 = 0
    private(set) var bytesSent: Int64 = 0
    private(set) var stalls: Int64 = 0

    private var pending: [Pending] = []
    private var halted: Set<UInt8> = []

    init(_ function: Function, number: UInt32) {
        self.function = function
        self.number = number
    }

    /// The name under which it is imported.
    var busID: String { "1-\(number)" }
    /// Bus and device number in one.
    var identifier: UInt32 { 1 << 16 | number }
    /// Whether the host waits for anything from `endpoint`.
    func isAwaited(on endpoint: UInt8) -> Bool { pending.contains { $0.endpoint == endpoint } }

    /// The description that both first answers have.
    var description: [UInt8] {
        let descriptors = function.descriptors
        var bytes = USBIPMessage.padded(
            "/sys/devices/lodestar/usb1/\(busID)", to: USBIPMessage.deviceSize - 56)
        bytes += USBIPMessage.padded(busID, to: USBIPMessage.busIDSize)
        USBIPMessage.put([1, number, USBIPMessage.highSpeed], into: &bytes)
        for word in [descriptors.vendor, descriptors.product, descriptors.release] {
            bytes += word.bigEndianBytes
        }
        bytes += [
            descriptors.deviceClass, 0, 0, configuration, 1,
            UInt8(truncatingIfNeeded: descriptors.interfaces.count),
        ]
        return bytes
    }

    /// Forgets all transfers: the host has let go.
    mutating func release() {
        pending.removeAll(keepingCapacity: true)
        halted.removeAll()
        configuration = 0
        connection = nil
        function.reset()
    }

    /// Halts an endpoint until the host clears it.
    mutating func halt(_ endpoint: UInt8) { halted.insert(endpoint) }

    // MARK: Transfers

    /// Takes a transfer, and answers it at once if it can.
    mutating func submit(
        _ header: USBIPHeader, data: ArraySlice<UInt8>, into output: inout [UInt8], room: Int
    ) throws(USBIPFault) {
        guard !pending.contains(where: { $0.sequence == header.sequence }) else {
            throw .repeated(sequence: header.sequence)
        }
        let number = UInt8(truncatingIfNeeded: header.endpoint)
        if number == 0 { return try control(header, data: data, into: &output) }
        let address = number | (header.direction == 1 ? 0x80 : 0)
        guard configuration != 0, function.descriptors.endpoint(address) != nil else {
            return stall(Pending(header, endpoint: address), into: &output)
        }
        if header.direction == 1 {
            try wait(Pending(header, endpoint: address))
            serve(into: &output, room: room)
        } else if halted.contains(address) || !function.receive(data, on: address) {
            halted.insert(address)
            stall(Pending(header, endpoint: address), into: &output)
        } else {
            transfers += 1
            USBIPMessage.submitted(
                header.sequence, .done, packets: header.packets, length: data.count,
                into: &output)
        }
    }

    private mutating func wait(_ transfer: Pending) throws(USBIPFault) {
        guard pending.count < Self.pendingLimit else { throw .tooMany(allowed: Self.pendingLimit) }
        pending.append(transfer)
    }

    /// Takes a transfer back; one that has ended already was answered.
    mutating func unlink(_ header: USBIPHeader, into output: inout [UInt8]) {
        let index = pending.firstIndex { $0.sequence == header.first }
        if let index { pending.remove(at: index) }
        USBIPMessage.unlinked(header.sequence, index == nil ? .done : .unlinked, into: &output)
    }

    /// Ends the transfers that can be, in order, while `output` has less than `room` bytes.
    mutating func serve(into output: inout [UInt8], room: Int) {
        var blocked: Set<UInt8> = []
        var index = 0
        while index < pending.count, output.count < room {
            let transfer = pending[index]
            if transfer.endpoint == 0 || blocked.contains(transfer.endpoint)
                || !answer(transfer, into: &output)
            {
                blocked.insert(transfer.endpoint)
                index += 1
            } else {
                pending.remove(at: index)
            }
        }
    }

    /// Whether the transfer has ended.
    private mutating func answer(_ transfer: Pending, into output: inout [UInt8]) -> Bool {
        if halted.contains(transfer.endpoint) {
            stall(transfer, into: &output)
            return true
        }
        let packet = Int(function.descriptors.endpoint(transfer.endpoint)?.packetSize ?? 512)
        let start = output.count
        // The header is written first and mended when the length is known: the data, which is
        // many times larger, is then moved once.
        USBIPMessage.submitted(
            transfer.sequence, .done, packets: transfer.packets, length: 0, into: &output)
        let body = output.count
        let answer = function.transmit(
            transfer.length, packetSize: packet, from: transfer.endpoint, into: &output)
        let count = output.count - body
        var result = USBIPMessage.Result.done
        switch answer {
        case .complete where transfer.refusesShort && count < transfer.length: result = .short
        case .complete: break
        case .overflow: result = .overflow
        case .wait:
            output.removeLast(output.count - start)
            return false
        case .stall:
            output.removeLast(output.count - start)
            halted.insert(transfer.endpoint)
            stall(transfer, into: &output)
            return true
        }
        let words = UInt32(bitPattern: result.rawValue).bigEndianBytes
        let length = UInt32(truncatingIfNeeded: count).bigEndianBytes
        output.replaceSubrange(start + 20..<start + 28, with: words + length)
        transfers += 1
        bytesSent += Int64(count)
        return true
    }

    private mutating func stall(_ transfer: Pending, into output: inout [UInt8]) {
        stalls += 1
        USBIPMessage.submitted(
            transfer.sequence, .stalled, packets: transfer.packets, length: 0, into: &output)
    }

    // MARK: Control

    private mutating func control(
        _ header: USBIPHeader, data: ArraySlice<UInt8>, into output: inout [UInt8]
    ) throws(USBIPFault) {
        let setup = header.setup
        switch setup.isStandard ? standard(setup) : function.control(setup, data: data) {
        case .done(let bytes):
            let room = min(Int(setup.length), Int(header.length))
            let answer = setup.isToHost ? bytes.prefix(room) : []
            let length = setup.isToHost ? answer.count : data.count
            transfers += 1
            USBIPMessage.submitted(
                header.sequence, .done, packets: header.packets, length: length, data: answer,
                into: &output)
        case .stall: stall(Pending(header, endpoint: 0), into: &output)
        case .silence: try wait(Pending(header, endpoint: 0))
        }
    }

    /// The requests of chapter 9 of USB 2.0.
    private mutating func standard(_ setup: SetupPacket) -> ControlAnswer {
        let endpoint = UInt8(truncatingIfNeeded: setup.index)
        switch (setup.requestType, setup.request) {
        case (0x80, 0x06): return descriptor(setup)
        case (0x80, 0x00): return .done([1, 0])
        case (0x81, 0x00): return .done([0, 0])
        case (0x82, 0x00): return .done([halted.contains(endpoint) ? 1 : 0, 0])
        case (0x80, 0x08): return .done([configuration])
        case (0x00, 0x09): return configure(setup.value)
        case (0x81, 0x0A): return .done([0])
        case (0x01, 0x0B):
            // There is one alternate setting of each interface.
            guard setup.value == 0, setup.index < function.descriptors.interfaces.count else {
                return .stall
            }
            return .done([])
        case (0x00, 0x05): return .done([])
        case (0x02, 0x01), (0x02, 0x03):
            guard setup.value == 0, function.descriptors.endpoint(endpoint) != nil else {
                return .stall
            }
            if setup.request == 0x03 { halt(endpoint) } else { halted.remove(endpoint) }
            return .done([])
        default: return .stall
        }
    }

    private func descriptor(_ setup: SetupPacket) -> ControlAnswer {
        let descriptors = function.descriptors
        switch setup.value >> 8 {
        case 1: return .done(descriptors.device)
        case 2: return setup.value & 0xFF == 0 ? .done(descriptors.configuration) : .stall
        case 3:
            return descriptors.string(UInt8(truncatingIfNeeded: setup.value)).map { .done($0) }
                ?? .stall
        case 6: return .done(descriptors.qualifier)
        default: return .stall
        }
    }

    private mutating func configure(_ value: UInt16) -> ControlAnswer {
        guard value <= 1 else { return .stall }
        configuration = UInt8(value)
        halted.removeAll()
        function.reset()
        return .done([])
    }
}
