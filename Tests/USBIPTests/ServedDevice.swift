import PayloadHAL
import Quantities
import TimeTags
import USBIP

/// Why a transfer to an emulated device failed.
enum ServedFailure: InstrumentError {
    case refused
    case timedOut

    var fault: InstrumentFault { self == .refused ? .refused : .timedOut }
}

/// An emulated tagger and the host beside it, in virtual time: a tag every 10 ms.
final class ServedBus<Function: TaggerDevice> {
    var host: BusHost<Function>
    private(set) var now: Int64 = 0
    private var inward: Set<UInt32> = []
    private var answers: [UInt32: BusHost<Function>.Answer] = [:]

    init(_ function: Function) { host = BusHost.attached(function) }

    /// Lets 10 ms pass.
    func wait() {
        now += 10_000_000_000
        let tags = [TimeTag(time: now - 1_000_000_000, channel: 1)]
        host.server.withFunction(0) { tagger in
            tags.withUnsafeBufferPointer { tagger.take($0, now: now) }
        }
    }

    func submit(
        endpoint: UInt32, isIn: Bool, length: Int, setup: [UInt8] = [UInt8](repeating: 0, count: 8),
        data: [UInt8] = []
    ) -> UInt32 {
        let number = host.submit(
            endpoint: endpoint, isIn: isIn, length: length, setup: setup, data: data)
        if isIn { inward.insert(number) }
        return number
    }

    /// The answer to a transfer, if there is one by now.
    func answer(_ number: UInt32) -> BusHost<Function>.Answer? {
        host.fetch()
        while host.received.count >= 8 {
            let sequence = host.received[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard let answer = host.answer(isIn: inward.contains(sequence)) else { break }
            answers[answer.sequence] = answer
        }
        return answers.removeValue(forKey: number)
    }

    /// The answer to a transfer by `deadline`; `nil` if there is none, and it is taken back.
    func answer(_ number: UInt32, by deadline: Picoseconds) -> BusHost<Function>.Answer? {
        while true {
            if let answer = answer(number) { return answer }
            guard now < deadline.count else { break }
            wait()
        }
        host.unlink(number)
        return nil
    }
}

/// What a driver sees of an emulated tagger: the messages of USB/IP without sockets and kernel.
struct ServedDevice<Function: TaggerDevice>: BulkDevice, ~Copyable {
    typealias Failure = ServedFailure

    let bus: ServedBus<Function>
    private(set) var events = StreamEvents()
    private var waiting: [UInt32] = []
    private var stream: (endpoint: UInt32, length: Int, count: Int)?

    init(_ bus: ServedBus<Function>) { self.bus = bus }

    var now: Picoseconds { Picoseconds(bus.now) }
    var serial: String { "SIM0001" }

    private func control(
        _ request: ControlRequest, _ kind: UInt8, length: Int, data: [UInt8],
        by deadline: Picoseconds
    ) throws(ServedFailure) -> [UInt8] {
        let words = [request.value, request.index, UInt16(length)]
        let setup = [kind, request.request] + words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let number = bus.submit(
            endpoint: 0, isIn: kind == 0xC0, length: length, setup: setup, data: data)
        guard let answer = bus.answer(number, by: deadline) else { throw .timedOut }
        guard answer.status == 0 else { throw .refused }
        return answer.data
    }

    func send(
        _ request: ControlRequest, _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(ServedFailure) {
        let data = bytes.withUnsafeBytes { Array($0) }
        _ = try control(request, 0x40, length: data.count, data: data, by: deadline)
    }

    func ask(
        _ request: ControlRequest, into answer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(ServedFailure) -> Int {
        let data = try control(request, 0xC0, length: answer.byteCount, data: [], by: deadline)
        answer.withUnsafeMutableBytes { $0.copyBytes(from: data) }
        return data.count
    }

    func write(
        _ bytes: RawSpan, to endpoint: UInt8, by deadline: Picoseconds
    ) throws(ServedFailure) {
        let data = bytes.withUnsafeBytes { Array($0) }
        let number = bus.submit(
            endpoint: UInt32(endpoint), isIn: false, length: data.count, data: data)
        guard let answer = bus.answer(number, by: deadline) else { throw .timedOut }
        guard answer.status == 0 else { throw .refused }
    }

    func read(
        from endpoint: UInt8, into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(ServedFailure) -> Int {
        let number = bus.submit(
            endpoint: UInt32(endpoint & 0x0F), isIn: true, length: buffer.byteCount)
        guard let answer = bus.answer(number, by: deadline) else { return 0 }
        guard answer.status == 0 else { throw .refused }
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: answer.data) }
        // Transfers take time: whoever reads from an endless device sees it pass.
        bus.wait()
        return answer.data.count
    }

    mutating func startStream(
        endpoint: UInt8, transferBytes: Int, transfers: Int
    ) throws(ServedFailure) {
        stopStream()
        stream = (UInt32(endpoint & 0x0F), transferBytes, transfers)
        fill()
    }

    private mutating func fill() {
        guard let stream else { return }
        while waiting.count < stream.count {
            waiting.append(
                bus.submit(endpoint: stream.endpoint, isIn: true, length: stream.length))
        }
    }

    mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(ServedFailure) -> Int {
        var handed = 0
        while true {
            while let first = waiting.first, let answer = bus.answer(first) {
                waiting.removeFirst()
                guard answer.status == 0 else { throw .refused }
                handed += answer.data.count
                events.bytes += Int64(answer.data.count)
                if !answer.data.isEmpty { answer.data.withUnsafeBytes { body($0) } }
            }
            fill()
            if handed > 0 || bus.now >= deadline.count { return handed }
            bus.wait()
        }
    }

    mutating func stopStream() {
        for number in waiting { bus.host.unlink(number) }
        waiting = []
        stream = nil
    }

    mutating func reopen(by deadline: Picoseconds) throws(ServedFailure) {
        stopStream()
        events.resets += 1
        let number = bus.submit(
            endpoint: 0, isIn: false, length: 0, setup: [0x00, 9, 1, 0, 0, 0, 0, 0])
        guard bus.answer(number, by: deadline)?.status == 0 else { throw .refused }
    }
}

/// The serial line of an emulated Nox.
struct ServedLine: ByteConnection, ~Copyable {
    typealias Failure = ServedFailure

    let bus: ServedBus<RecordTaggerDevice>
    var now: Picoseconds { Picoseconds(bus.now) }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(ServedFailure) {
        let letters = bytes.withUnsafeBytes { Array($0) }
        bus.host.server.withFunction(0) { tagger in letters.forEach { tagger.letter($0) } }
    }

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(ServedFailure) -> Int {
        while bus.now < deadline.count { bus.wait() }
        return 0
    }

    mutating func reopen(by deadline: Picoseconds) throws(ServedFailure) {}
}
