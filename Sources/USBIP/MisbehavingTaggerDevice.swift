public import TimeTags

/// A reference tagger with a fault of its own, to see what a host makes of it.
public struct MisbehavingTaggerDevice: TaggerDevice {
    /// What is wrong with it.
    public enum Fault: String, CaseIterable, Sendable {
        /// Bytes that mean nothing in place of each transfer's.
        case garbage
        /// The first half of each transfer.
        case half
        /// Bytes without end, whenever it is asked, started or not.
        case endless
        /// No byte, though it is started.
        case nothing
        /// No answer to any vendor request.
        case mute
        /// The endpoint halts after every sixteenth transfer.
        case stalls
        /// A configuration descriptor that says it is longer than it is.
        case descriptors
        /// An interface without endpoints.
        case noEndpoint = "no-endpoint"
        /// An IDENTITY of bytes that mean nothing.
        case identity
        /// A STATUS that is cut short.
        case status
        /// An IDENTITY of a protocol to come.
        case newer
    }

    /// What is wrong with it.
    public let fault: Fault
    private var tagger: ReferenceTaggerDevice
    private var noise = Noise()
    private var transfers = 0

    /// A tagger that fails in one way.
    public init(_ fault: Fault, serial: String = "SIM0001") {
        self.fault = fault
        tagger = ReferenceTaggerDevice(serial: serial)
        switch fault {
        case .descriptors:
            var configuration = tagger.descriptors.configuration
            configuration[2] = 0xFF
            tagger.descriptors.falseConfiguration = configuration
        case .noEndpoint: tagger.descriptors.interfaces[0].endpoints = []
        default: break
        }
    }

    /// What it says of itself.
    public var descriptors: USBDescriptors { tagger.descriptors }
    /// The endpoint through which frames leave.
    public var dataEndpoint: UInt8 { tagger.dataEndpoint }
    /// Whether START was the last word.
    public var isRunning: Bool { tagger.isRunning }
    /// What became of its tags, as far as the tagger below knows.
    public var counts: TaggerDeviceCounts { tagger.counts }

    /// Carries out a vendor request, or fails to.
    public mutating func control(
        _ setup: SetupPacket, data: ArraySlice<UInt8>
    ) -> ControlAnswer {
        if fault == .mute { return .silence }
        let answer = tagger.control(setup, data: data)
        guard setup.requestType == 0xC0, case .done(var bytes) = answer else { return answer }
        switch (fault, setup.request) {
        case (.identity, 0x01): return .done(noise.bytes(bytes.count))
        case (.status, 0x02): return .done(Array(bytes.prefix(20)))
        case (.newer, 0x01):
            bytes[4] = 2
            return .done(bytes)
        default: return answer
        }
    }

    /// The host has configured the device anew, or has let go of it.
    public mutating func reset() { tagger.reset() }

    /// Takes the world's tags.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, now: Int64) {
        tagger.take(tags, now: now)
    }

    /// Nothing is sent to this tagger but control requests.
    public mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool { false }

    /// Fills a transfer as badly as it can.
    public mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer {
        switch fault {
        case .nothing: return .wait
        case .endless:
            // A transfer is as long as the host likes; what is made of it at once is bounded.
            output += noise.bytes(min(length, 16_384))
            return .complete
        default: break
        }
        let start = output.count
        let answer = tagger.transmit(
            length, packetSize: packetSize, from: endpoint, into: &output)
        guard answer == .complete else { return answer }
        let count = output.count - start
        transfers += 1
        switch fault {
        case .garbage: output.replaceSubrange(start..., with: noise.bytes(count))
        case .half: output.removeLast(count - count / 2)
        case .stalls where transfers % 16 == 0: return .stall
        default: break
        }
        return .complete
    }

    /// Sends bytes that mean nothing before the next frame.
    public mutating func sendGarbage(_ count: Int) { tagger.sendGarbage(count) }

    /// Loses the next `count` frames.
    public mutating func loseFrames(_ count: Int) { tagger.loseFrames(count) }
}
