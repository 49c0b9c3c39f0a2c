/// The server's end of USB/IP for emulated devices: bytes in, bytes out.
///
/// Whoever owns the sockets opens a connection here for each, hands over what it receives, and
/// sends what ``takeOutput(of:)`` gives, until ``isOver(_:)``. Memory is bounded by constants:
/// connections, transfers that wait, bytes of a transfer to a device, bytes waiting to be sent.
/// Source: Linux, Documentation/usb/usbip_protocol.rst.
public struct USBIPServer<Function: USBFunction>: Sendable {
    /// Connections at once: one per device, and some that list.
    public static var connectionLimit: Int { 16 }
    /// Bytes of a transfer to a device at most: what usbfs sends in one part is 16 KiB.
    public static var outLimit: Int { 64 * 1024 }
    /// Transfers to the host wait while this much is to be sent.
    public static var outputLimit: Int { 1 << 20 }

    /// A client for which this much is to be sent does not read, and is let go.
    public static var unreadLimit: Int { 4 << 20 }

    /// What is known of one client.
    private struct Connection: Sendable {
        var input: [UInt8] = []
        var output: [UInt8] = []
        /// The device that it has imported.
        var device: Int?
        /// Nothing more is read; over when all is sent.
        var isEnding = false
        var fault: USBIPFault?
    }

    private var devices: [EmulatedDevice<Function>]
    private var connections: [Connection?]

    /// A bus with `functions` on it, named `1-1`, `1-2` and so on.
    public init(_ functions: [Function]) {
        devices = functions.enumerated().map {
            EmulatedDevice($0.element, number: UInt32($0.offset) + 1)
        }
        connections = Array(repeating: nil, count: Self.connectionLimit)
    }

    // MARK: Connections

    /// A new client; `nil` if there are too many.
    public mutating func connect() -> Int? {
        guard let free = connections.firstIndex(where: { $0 == nil }) else { return nil }
        connections[free] = Connection()
        return free
    }

    /// The client is gone, and its device is free again.
    public mutating func disconnect(_ connection: Int) {
        if let device = connections[connection]?.device { devices[device].release() }
        connections[connection] = nil
    }

    /// Whether the client is to be disconnected once its output is sent.
    public func isOver(_ connection: Int) -> Bool { connections[connection]?.isEnding ?? true }

    /// What was wrong with what the client sent, if anything was.
    public func fault(of connection: Int) -> USBIPFault? { connections[connection]?.fault }

    /// Takes what a client has sent, in whatever pieces.
    public mutating func receive(_ bytes: some Collection<UInt8>, on connection: Int) {
        guard var client = connections[connection], !client.isEnding else { return }
        client.input.append(contentsOf: bytes)
        // Taken out while it is worked on, so that nothing of it is copied.
        connections[connection] = Connection()
        var used = 0
        do throws(USBIPFault) {
            while !client.isEnding {
                let next = try step(client.input[used...], &client, connection)
                if next == 0 { break }
                used += next
                guard client.output.count <= Self.unreadLimit else {
                    throw USBIPFault.unread(allowed: Self.unreadLimit)
                }
            }
        } catch {
            client.fault = error
            client.isEnding = true
        }
        client.input.removeFirst(used)
        connections[connection] = client
    }

    /// What is to be sent to the client now; transfers that can end do so first.
    public mutating func takeOutput(of connection: Int) -> [UInt8] {
        guard var client = connections[connection] else { return [] }
        connections[connection]?.output = []
        if let device = client.device {
            devices[device].serve(into: &client.output, room: Self.outputLimit)
        }
        return client.output
    }

    // MARK: Devices

    /// Reaches a device's function; `device` counts from 0.
    public mutating func withFunction<Result>(
        _ device: Int, _ body: (inout Function) -> Result
    ) -> Result { body(&devices[device].function) }

    /// Whether anybody has imported the device.
    public func isImported(_ device: Int) -> Bool { devices[device].connection != nil }

    /// Whether the host waits for data from an endpoint of the device.
    public func isAwaited(_ device: Int, on endpoint: UInt8) -> Bool {
        devices[device].isAwaited(on: endpoint)
    }

    /// Takes a device off the bus: the connection of whoever has it ends.
    public mutating func unplug(_ device: Int) {
        devices[device].isPlugged = false
        guard let connection = devices[device].connection else { return }
        devices[device].release()
        connections[connection]?.device = nil
        connections[connection]?.output = []
        connections[connection]?.isEnding = true
    }

    /// Puts a device back; it has to be imported anew.
    public mutating func plug(_ device: Int) { devices[device].isPlugged = true }

    /// Whether a device is on the bus.
    public func isPlugged(_ device: Int) -> Bool { devices[device].isPlugged }

    /// Halts an endpoint of a device until the host clears it.
    public mutating func halt(_ device: Int, endpoint: UInt8) { devices[device].halt(endpoint) }

    /// Transfers that ended, bytes in those to the host, and refusals of a device.
    public func traffic(of device: Int) -> (transfers: Int64, bytes: Int64, stalls: Int64) {
        (devices[device].transfers, devices[device].bytesSent, devices[device].stalls)
    }

    // MARK: Messages

    /// Works on one message at the start of `bytes`; returns its length, 0 if it is not all there.
    private mutating func step(
        _ bytes: ArraySlice<UInt8>, _ client: inout Connection, _ connection: Int
    ) throws(USBIPFault) -> Int {
        guard let device = client.device else { return try begin(bytes, &client, connection) }
        guard bytes.count >= USBIPMessage.headerSize else { return 0 }
        let header = USBIPHeader(bytes)
        let length = try dataLength(header, device: devices[device].identifier)
        let whole = USBIPMessage.headerSize + length
        guard bytes.count >= whole else { return 0 }
        if header.command == USBIPMessage.Command.unlink.rawValue {
            devices[device].unlink(header, into: &client.output)
        } else {
            let data = bytes.dropFirst(USBIPMessage.headerSize).prefix(length)
            try devices[device].submit(
                header, data: data, into: &client.output, room: Self.outputLimit)
        }
        return whole
    }

    /// Checks a message; returns how many bytes follow its header.
    private func dataLength(
        _ header: USBIPHeader, device: UInt32
    ) throws(USBIPFault) -> Int {
        guard header.command == 1 || header.command == 2 else {
            throw .command(found: header.command)
        }
        guard header.device == device else {
            throw .device(found: header.device, imported: device)
        }
        guard header.command == 1 else { return 0 }
        guard header.direction <= 1 else { throw .direction(found: header.direction) }
        guard header.endpoint <= 15 else { throw .endpoint(found: header.endpoint) }
        guard header.packets == 0 || header.packets == .max else {
            throw .isochronous(packets: header.packets)
        }
        if header.endpoint == 0 {
            let isIn = header.direction == 1
            guard isIn == header.setup.isToHost || header.setup.length == 0 else {
                throw .setup(
                    direction: header.direction, length: header.length,
                    expected: header.setup.length)
            }
        }
        guard header.direction == 0 else { return 0 }
        guard header.length <= UInt32(Self.outLimit) else {
            throw .length(found: header.length, allowed: Self.outLimit)
        }
        return Int(header.length)
    }

    /// A client's first message: it lists the devices or imports one.
    private mutating func begin(
        _ bytes: ArraySlice<UInt8>, _ client: inout Connection, _ connection: Int
    ) throws(USBIPFault) -> Int {
        guard bytes.count >= 4 else { return 0 }
        let start = bytes.startIndex
        let version = UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])
        let code = UInt16(bytes[start + 2]) << 8 | UInt16(bytes[start + 3])
        guard version == USBIPMessage.version else { throw .version(found: version) }
        guard let request = USBIPMessage.Request(rawValue: code) else {
            throw .request(found: code)
        }
        switch request {
        case .deviceList:
            guard bytes.count >= 8 else { return 0 }
            client.output += deviceList
            client.isEnding = true
            return 8
        case .importDevice:
            guard bytes.count >= 8 + USBIPMessage.busIDSize else { return 0 }
            let name = bytes.dropFirst(8).prefix(USBIPMessage.busIDSize).prefix { $0 != 0 }
            importDevice(named: Array(name), &client, connection)
            return 8 + USBIPMessage.busIDSize
        }
    }

    private var deviceList: [UInt8] {
        let plugged = devices.filter(\.isPlugged)
        var bytes = answer(.deviceList, status: 0)
        USBIPMessage.put([UInt32(plugged.count)], into: &bytes)
        for device in plugged {
            bytes += device.description
            for interface in device.function.descriptors.interfaces {
                bytes += [interface.classCode, interface.subclass, interface.protocolCode, 0]
            }
        }
        return bytes
    }

    private mutating func importDevice(
        named name: [UInt8], _ client: inout Connection, _ connection: Int
    ) {
        let found = devices.firstIndex { $0.isPlugged && Array($0.busID.utf8) == name }
        // Status: 4 there is no such device, 2 another has it.
        guard let found, devices[found].connection == nil else {
            client.output += answer(.importDevice, status: found == nil ? 4 : 2)
            client.isEnding = true
            return
        }
        devices[found].connection = connection
        client.device = found
        client.output += answer(.importDevice, status: 0) + devices[found].description
    }

    private func answer(_ request: USBIPMessage.Request, status: UInt32) -> [UInt8] {
        USBIPMessage.version.bigEndianBytes + (request.rawValue & 0x7FFF).bigEndianBytes
            + status.bigEndianBytes
    }
}
