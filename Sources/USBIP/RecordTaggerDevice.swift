public import TimeTags

/// An emulated tagger that streams records of one size, without a memory to speak of.
///
/// It has no control requests. A Nox is started by letters on a serial line, or, without one, by the
/// first request for data; an FX2 tagger by its registers. What the host does not fetch is lost as
/// soon as its queue is full. Tags that its format cannot hold, such as those of channels it does
/// not have, do not reach it.
public struct RecordTaggerDevice: TaggerDevice {
    /// Which bytes it sends.
    public enum Format: Sendable {
        /// Messages of 8 bytes of the Nox ("RWN 11").
        case nox(NoxEncoder)
        /// Records of 6 bytes of the FX2-based timetag-fpga design.
        case fx2(FX2Encoder)
    }

    /// What it says of itself.
    public var descriptors: USBDescriptors
    /// The endpoint through which records leave.
    public let dataEndpoint: UInt8
    /// What became of its tags.
    public private(set) var counts = TaggerDeviceCounts()
    /// Whether it was started.
    public private(set) var isRunning = false

    /// Whether only letters on the serial line start it.
    private var hasLine = false
    private var registers = FX2Registers()
    private var replies = BulkQueue(capacity: 512)
    private var now: Int64 = 0
    /// Time at which its counter was 0, ps of the world's tagger.
    private var origin: Int64 = 0

    private var format: Format
    private var queue: BulkQueue
    private var batch: [UInt8] = []
    private var recordsToLose = 0
    private var noise = Noise()

    /// Bytes of a packet at high speed.
    private static let packetSize = 512

    /// A Nox: 221A:0100, data from endpoint 0x82.
    ///
    /// - Parameter memory: Bytes that wait without loss.
    public static func nox(memory: Int = 65_536) -> Self {
        Self(
            .nox(NoxEncoder()), vendor: 0x221A, product: 0x0100, endpoint: 0x82, others: [],
            name: "RWN 11", memory: memory)
    }

    /// A tagger of the timetag-fpga design on its FX2 board: 04B4:1004, data from endpoint 0x86.
    ///
    /// - Parameter memory: Bytes that wait without loss: two of the chip's buffers of 1 KiB, and
    ///   the memory in front of them.
    public static func fx2(memory: Int = 65_536) -> Self {
        Self(
            .fx2(FX2Encoder()), vendor: 0x04B4, product: 0x1004, endpoint: 0x86,
            others: [0x02, 0x88], name: "timetag", memory: memory)
    }

    private init(
        _ format: Format, vendor: UInt16, product: UInt16, endpoint: UInt8, others: [UInt8],
        name: String, memory: Int
    ) {
        precondition(memory >= Self.packetSize)
        self.format = format
        dataEndpoint = endpoint
        queue = BulkQueue(capacity: memory)
        descriptors = USBDescriptors(
            vendor: vendor, product: product, manufacturer: "Lodestar",
            productName: "Simulated \(name)", serial: "SIM0001",
            interfaces: [.init(endpoints: ([endpoint] + others).map { .init(address: $0) })])
    }

    /// Refuses all: these taggers are set in other ways.
    public mutating func control(
        _ setup: SetupPacket, data: ArraySlice<UInt8>
    ) -> ControlAnswer { .stall }

    /// The host has configured the device anew, or has let go of it.
    public mutating func reset() {
        discard()
        replies.removeAll()
        registers.stop()
        isRunning = false
    }

    private mutating func discard() {
        counts.discarded += Int64(queue.count / recordSize)
        queue.removeAll()
    }

    /// Says that a Nox is started by letters on its serial line alone.
    public mutating func attachLine() { hasLine = true }

    /// A letter on the serial line of a Nox: `R` starts it and `S` stops it; others do nothing.
    public mutating func letter(_ letter: UInt8) {
        guard case .nox = format else { return }
        switch letter {
        case UInt8(ascii: "R"): isRunning = true
        case UInt8(ascii: "S"):
            isRunning = false
            discard()
        default: break
        }
    }

    private var recordSize: Int {
        switch format {
        case .nox: 8
        case .fx2: 6
        }
    }

    /// Takes the world's tags and makes one transfer of records of them.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, now: Int64) {
        self.now = max(self.now, now)
        guard isRunning else { return }
        for tag in tags {
            var tag = tag
            tag.time -= origin
            if case .fx2 = format, tag.channel < 32, registers.strobes >> tag.channel & 1 == 0 {
                continue
            }
            counts.taken += 1
            guard queue.space >= batch.count + recordSize else {
                counts.dropped += 1
                if case .fx2(var encoder) = format {
                    registers.lost &+= 1
                    encoder.reportLoss()
                    format = .fx2(encoder)
                }
                continue
            }
            let before = batch.count
            encode(tag)
            counts.frames += 1
            if batch.count == before { continue }
            guard recordsToLose == 0 else {
                recordsToLose -= 1
                counts.lostOnOrder += 1
                batch.removeLast(batch.count - before)
                continue
            }
            counts.sent += 1
        }
        send()
    }

    private mutating func encode(_ tag: TimeTag) {
        switch format {
        case .nox(let encoder): _ = encoder.append(tag, to: &batch)
        case .fx2(var encoder):
            _ = encoder.append(tag, to: &batch)
            format = .fx2(encoder)
        }
    }

    private mutating func send() {
        // The FX2 ends a transfer after 85 records, 510 bytes; a Nox fills packets.
        let size = if case .fx2 = format { 510 } else { Int.max }
        var start = 0
        while start < batch.count {
            let end = min(batch.count - start, size) + start
            _ = batch[start..<end].withUnsafeBytes {
                // The records fit: that was asked for each.
                queue.append($0, packetSize: Self.packetSize, endsEmpty: true)
            }
            start = end
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Commands to the registers of an FX2 tagger; others have no endpoint for them.
    public mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool {
        guard case .fx2 = format, let answers = registers.receive(bytes) else { return false }
        if registers.wasReset {
            registers.wasReset = false
            origin = now
            format = .fx2(FX2Encoder())
        }
        if isRunning, !registers.isRunning { discard() }
        isRunning = registers.isRunning
        for start in stride(from: 0, to: answers.count, by: 4) {
            // One answer that nobody fetches is lost when there is no room.
            _ = answers[start..<start + 4].withUnsafeBytes {
                replies.append($0, packetSize: Self.packetSize, endsEmpty: false)
            }
        }
        return true
    }

    /// Fills a transfer with records; the first one starts a Nox without a line.
    public mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer {
        guard endpoint == dataEndpoint else {
            return replies.transmit(length, packetSize: packetSize, into: &output)
        }
        if case .nox = format, !hasLine { isRunning = true }
        return queue.transmit(length, packetSize: packetSize, into: &output)
    }

    /// Sends `count` bytes that mean nothing, at most what fits.
    public mutating func sendGarbage(_ count: Int) {
        batch += noise.bytes(min(count, queue.space))
        send()
    }

    /// Loses the next `count` records without a word.
    public mutating func loseFrames(_ count: Int) { recordsToLose += max(count, 0) }
}
