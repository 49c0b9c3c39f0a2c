import USBIP

/// A USB/IP client written from the kernel's document, for a server under test.
struct BusHost<Function: USBFunction> {
    var server: USBIPServer<Function>
    let connection: Int
    /// What has come and was not looked at.
    var received: [UInt8] = []
    private(set) var messages: UInt32 = 0
    /// Bus 1, device 1.
    var device: UInt32 = 0x0001_0001

    /// A host that has said nothing yet.
    init(_ functions: Function...) {
        server = USBIPServer(functions)
        connection = server.connect() ?? -1
    }

    /// A host that has imported and configured device 1-1.
    static func attached(_ function: Function) -> Self {
        var host = Self(function)
        host.send(importRequest("1-1"))
        host.received = []
        _ = host.control([0x00, 0x09, 1, 0, 0, 0, 0, 0])
        return host
    }

    static func importRequest(_ name: String) -> [UInt8] {
        let bytes = Array(name.utf8)
        return [0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + bytes
            + [UInt8](repeating: 0, count: 32 - bytes.count)
    }

    mutating func send(_ bytes: [UInt8]) {
        server.receive(bytes, on: connection)
        fetch()
    }

    mutating func fetch() { received += server.takeOutput(of: connection) }

    static func words(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }

    /// Sends a transfer, and returns its number.
    @discardableResult
    mutating func submit(
        endpoint: UInt32, isIn: Bool, length: Int, setup: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0],
        data: [UInt8] = []
    ) -> UInt32 {
        messages += 1
        let head: [UInt32] = [
            1, messages, device, isIn ? 1 : 0, endpoint, 0, UInt32(length), 0, 0xFFFF_FFFF, 0,
        ]
        send(Self.words(head) + setup + data)
        return messages
    }

    /// Takes a transfer back.
    mutating func unlink(_ number: UInt32) {
        messages += 1
        send(
            Self.words([2, messages, device, 0, 0, number]) + [UInt8](repeating: 0, count: 24))
    }

    /// One answer to a transfer, or to its being taken back.
    struct Answer: Equatable {
        var command: UInt32
        var sequence: UInt32
        var status: Int32
        var data: [UInt8]
    }

    /// The next answer that has come; `nil` if none has come whole.
    mutating func answer(isIn: Bool = true) -> Answer? {
        guard received.count >= 48 else { return nil }
        let words = (0..<12).map { index in
            received[4 * index..<4 * index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        let length = words[0] == 3 && isIn ? Int(words[6]) : 0
        guard received.count >= 48 + length else { return nil }
        let data = Array(received[48..<48 + length])
        received.removeFirst(48 + length)
        return Answer(
            command: words[0], sequence: words[1], status: Int32(bitPattern: words[5]), data: data)
    }

    /// A control transfer; `nil` if it is refused or not answered.
    mutating func control(_ setup: [UInt8], data: [UInt8] = []) -> [UInt8]? {
        let isIn = setup[0] & 0x80 != 0
        let length = Int(setup[6]) | Int(setup[7]) << 8
        submit(endpoint: 0, isIn: isIn, length: length, setup: setup, data: data)
        guard let answer = answer(isIn: isIn), answer.status == 0 else { return nil }
        return answer.data
    }

    /// What a transfer of `length` bytes from endpoint 1 brings; it must end at once.
    mutating func read(_ length: Int) -> Answer? {
        submit(endpoint: 1, isIn: true, length: length)
        return answer()
    }
}
