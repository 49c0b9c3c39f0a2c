public import TimeTags

/// An emulated reference tagger on USB: `docs/formats/reference-tagger.md`, the device's side.
///
/// It has eight inputs and a clock that is the simulated world's. Frames are made of the tags of
/// each ``take(_:now:)``, which is called at least once per latency. Tags that the host does not
/// fetch wait in a memory of fixed size and are dropped, counted and told when it is full.
public struct ReferenceTaggerDevice: TaggerDevice {
    /// What it says of itself.
    public var descriptors: USBDescriptors
    /// What became of its tags.
    public private(set) var counts = TaggerDeviceCounts()
    /// Whether START was the last word.
    public private(set) var isRunning = false
    /// Times it was started.
    public private(set) var starts: Int64 = 0

    private let serial: String
    private var settings = ReferenceTaggerSettings()
    private var lastRefusal: UInt8 = 0
    private var memory: TagMemory
    private var queue = BulkQueue(capacity: Self.queueCapacity)
    /// START moves the number on, so that the first frame after power-up is frame 0.
    private var encoder = ReferenceEncoder(sequence: .max)
    private var now: Int64 = 0
    private var lastFrame: Int64 = 0
    private var lastShort: Int64 = 0
    private var nextTestPulse: Int64 = .max
    private var sentSinceStart: Int64 = 0
    private var framesToLose = 0
    private var noise = Noise()

    /// Bytes of whole frames ready to leave: 256 KiB, four of a host's usual transfers.
    private static let queueCapacity = 256 * 1024
    /// Bytes of a packet at high speed.
    private static let packetSize = 512
    /// Without tags a frame is sent as often, ps.
    private static let heartbeat: Int64 = 100_000_000_000

    /// A tagger after power-up: stopped, all channels disabled.
    ///
    /// - Parameters:
    ///   - serial: 1 to 23 characters of ASCII.
    ///   - memory: Tags that wait without loss.
    public init(serial: String = "SIM0001", memory: Int = 262_144) {
        precondition(1...23 ~= serial.utf8.count)
        self.serial = serial
        self.memory = TagMemory(capacity: memory)
        descriptors = USBDescriptors(
            vendor: 0x1209, product: 0x0001, manufacturer: "Lodestar",
            productName: "Simulated reference tagger", serial: serial,
            interfaces: [.init(endpoints: [.init(address: 0x81)])])
    }

    /// The endpoint through which frames leave.
    public var dataEndpoint: UInt8 { 0x81 }

    /// Thresholds of the inputs, mV, as the host has set them.
    public var thresholds: [Int16] { settings.thresholds }

    /// Whether the host has given it the clock from outside.
    public var usesExternalClock: Bool { settings.clockSource == 1 }

    // MARK: Control

    /// Carries out a vendor request; what it cannot do it stalls, and says why in STATUS.
    public mutating func control(
        _ setup: SetupPacket, data: ArraySlice<UInt8>
    ) -> ControlAnswer {
        if setup.requestType == 0xC0 {
            switch setup.request {
            case 0x01: return .done(identity)
            case 0x02: return .done(status)
            case 0x03: return .done(settings.thresholds.flatMap(\.littleEndianBytes))
            default: return .stall
            }
        }
        guard setup.requestType == 0x40 else { return .stall }
        do throws(ReferenceTaggerSettings.Refusal) {
            try obey(setup, data: data)
            lastRefusal = 0
            return .done([])
        } catch {
            lastRefusal = error.rawValue
            return .stall
        }
    }

    private mutating func obey(
        _ setup: SetupPacket, data: ArraySlice<UInt8>
    ) throws(ReferenceTaggerSettings.Refusal) {
        let period = settings.testPeriod
        if try settings.set(setup, data: data, isRunning: isRunning) {
            if setup.request == 0x13 || settings.testPeriod != period {
                nextTestPulse = settings.testPeriod == 0 ? .max : now + testPeriod
            }
            return
        }
        guard data.isEmpty, setup.length == 0 else { throw .dataLength }
        switch setup.request {
        case 0x20: start()
        case 0x21: stop()
        case 0x22: guard setup.value <= 60 else { throw .unknownRequest }
        default: throw .unknownRequest
        }
    }

    private var testPeriod: Int64 { Int64(settings.testPeriod) * 1_000 }

    private mutating func start() {
        discard()
        encoder = ReferenceEncoder(sequence: encoder.sequence &+ 1)
        sentSinceStart = 0
        isRunning = true
        starts += 1
        lastFrame = now
        lastShort = now
    }

    private mutating func stop() {
        discard()
        isRunning = false
    }

    /// Empties the memory.
    private mutating func discard() {
        counts.discarded += Int64(memory.count)
        memory.removeAll()
        queue.removeAll()
    }

    /// The bus was reset, or the host has let go: the settings stay, the sending ends.
    public mutating func reset() {
        guard isRunning else { return }
        stop()
        encoder = ReferenceEncoder(sequence: encoder.sequence &+ 1)
    }

    private var identity: [UInt8] {
        var bytes: [UInt8] = [0x4C, 0x54, 0x54, 0x49, 1]
        bytes += [UInt8(ReferenceTaggerSettings.channelCount), 0, 1]
        bytes += ReferenceTaggerSettings.thresholds.lowerBound.littleEndianBytes
        bytes += ReferenceTaggerSettings.thresholds.upperBound.littleEndianBytes
        // External clock, test pulse and light.
        bytes += [7, 0, 0, 0]
        // Times are whole picoseconds; there is no dead time beyond the detectors'.
        bytes += UInt32(1_000).littleEndianBytes + UInt32(0).littleEndianBytes
        bytes += UInt32(truncatingIfNeeded: memory.capacity).littleEndianBytes
        bytes += ReferenceTaggerSettings.shortestTestPeriod.littleEndianBytes
        return bytes + USBIPMessage.padded(serial, to: 24) + [UInt8](repeating: 0, count: 8)
    }

    private var status: [UInt8] {
        var bytes: [UInt8] = [0x4C, 0x54, 0x54, 0x53]
        let flags: UInt8 =
            (isRunning ? 1 : 0) | (settings.testPeriod > 0 ? 2 : 0) | (memory.dropped > 0 ? 4 : 0)
        bytes += [flags, settings.clockSource, 1, lastRefusal]
        bytes += now.littleEndianBytes + settings.channels.littleEndianBytes
        bytes += encoder.sequence.littleEndianBytes
        bytes += memory.dropped.littleEndianBytes + sentSinceStart.littleEndianBytes
        // 25.0 degrees: there is no sensor, but a program that shows it has something to show.
        return bytes + Int16(250).littleEndianBytes + [UInt8](repeating: 0, count: 6)
    }

    // MARK: Tags

    /// Takes the world's tags up to `now`, adds test pulses, and makes frames of them.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, now: Int64) {
        self.now = max(self.now, now)
        guard isRunning else { return skipTestPulses() }
        for tag in tags {
            addTestPulses(before: tag.time)
            guard tag.channel < 32, settings.channels >> UInt32(tag.channel) & 1 == 1 else {
                continue
            }
            keep(tag)
        }
        addTestPulses(before: now)
        makeFrames()
        if memory.count == 0, now - lastFrame >= Self.heartbeat { beat() }
    }

    private mutating func keep(_ tag: TimeTag) {
        counts.taken += 1
        let before = memory.dropped
        memory.append(tag)
        counts.dropped += memory.dropped - before
    }

    private mutating func skipTestPulses() {
        guard nextTestPulse < now else { return }
        nextTestPulse += ((now - nextTestPulse) / testPeriod + 1) * testPeriod
    }

    private mutating func addTestPulses(before time: Int64) {
        while nextTestPulse < time {
            let mask = settings.testChannels & settings.channels
            for channel in 0..<UInt32(ReferenceTaggerSettings.channelCount)
            where mask >> channel & 1 == 1 {
                keep(TimeTag(time: nextTestPulse, channel: UInt8(channel)))
            }
            nextTestPulse += testPeriod
        }
    }

    /// Makes frames of what is in memory, as long as they fit behind the endpoint.
    private mutating func makeFrames() {
        withUnsafeTemporaryAllocation(byteCount: ReferenceFormat.largestFrame, alignment: 8) {
            while queue.space >= $0.count, makeFrame(in: $0) {}
        }
    }

    /// Makes one frame in `room`; `false` if there was no tag.
    private mutating func makeFrame(in room: UnsafeMutableRawBufferPointer) -> Bool {
        var writer = encoder
        var size = 0
        let used = memory.take { gap, tags in
            if let gap { writer.reportLoss(from: gap.from, count: gap.count) }
            // The format holds every tag of an input; nothing is used if one is refused.
            guard let progress = try? writer.finish(tags, into: room) else { return 0 }
            size = progress.bytesWritten
            return progress.tagsConsumed
        }
        guard used > 0 else { return false }
        encoder = writer
        counts.sent += Int64(used)
        sentSinceStart += Int64(used)
        send(UnsafeRawBufferPointer(rebasing: room[..<size]), tags: used)
        return true
    }

    /// A frame without words: the link lives.
    private mutating func beat() {
        guard queue.space >= ReferenceFormat.largestFrame else { return }
        withUnsafeTemporaryAllocation(byteCount: ReferenceFormat.largestFrame, alignment: 8) {
            let size = encoder.heartbeat(at: now, into: $0)
            send(UnsafeRawBufferPointer(rebasing: $0[..<size]), tags: 0)
        }
    }

    private mutating func send(_ frame: UnsafeRawBufferPointer, tags: Int) {
        counts.frames += 1
        lastFrame = now
        guard framesToLose == 0 else {
            framesToLose -= 1
            counts.lostOnOrder += Int64(tags)
            return
        }
        let isShort = frame.count % Self.packetSize != 0
        let isLate = now - lastShort >= Int64(settings.latency) * 1_000_000
        if isShort || isLate { lastShort = now }
        // There is room for it: that was asked before.
        _ = queue.append(frame, packetSize: Self.packetSize, endsEmpty: isLate)
    }

    /// Nothing is sent to this tagger but control requests.
    public mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool { false }

    /// Fills a transfer with frames.
    public mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer {
        let answer = queue.transmit(length, packetSize: packetSize, into: &output)
        if answer == .complete, memory.count > 0 { makeFrames() }
        return answer
    }

    // MARK: Faults on order

    /// Sends `count` bytes that mean nothing before the next frame, at most 64 KiB.
    public mutating func sendGarbage(_ count: Int) {
        let bytes = noise.bytes(min(count, 65_536, queue.space))
        _ = bytes.withUnsafeBytes {
            queue.append($0, packetSize: Self.packetSize, endsEmpty: false)
        }
    }

    /// Loses the next `count` frames without a word: the sequence number shows it.
    public mutating func loseFrames(_ count: Int) { framesToLose += max(count, 0) }
}
