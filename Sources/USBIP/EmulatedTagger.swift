public import TimeTags

/// Any of the emulated taggers, so that one server has them all.
///
/// One of its parts is there, and all calls go to it in place: an enumeration would copy the
/// queues with every call.
public struct EmulatedTagger: TaggerDevice {
    private var reference: ReferenceTaggerDevice?
    private var records: RecordTaggerDevice?
    private var misbehaving: MisbehavingTaggerDevice?

    /// Names on the command line: `reference`, `nox`, `fx2` and the faults.
    public static var names: [String] {
        ["reference", "nox", "fx2"] + MisbehavingTaggerDevice.Fault.allCases.map(\.rawValue)
    }

    /// The tagger of that name; `nil` if there is none.
    ///
    /// - Parameter memory: Tags that a reference tagger holds.
    public init?(named name: String, memory: Int = 262_144) {
        switch name {
        case "reference": reference = ReferenceTaggerDevice(memory: memory)
        case "nox": records = .nox()
        case "fx2": records = .fx2()
        default:
            guard let fault = MisbehavingTaggerDevice.Fault(rawValue: name) else { return nil }
            misbehaving = MisbehavingTaggerDevice(fault)
        }
    }

    private static var none: USBDescriptors {
        USBDescriptors(vendor: 0, product: 0, interfaces: [])
    }

    /// What it says of itself.
    public var descriptors: USBDescriptors {
        reference?.descriptors ?? records?.descriptors ?? misbehaving?.descriptors ?? Self.none
    }

    /// The endpoint through which tags leave.
    public var dataEndpoint: UInt8 {
        reference?.dataEndpoint ?? records?.dataEndpoint ?? misbehaving?.dataEndpoint ?? 0
    }

    /// Whether the host has started it.
    public var isRunning: Bool {
        reference?.isRunning ?? records?.isRunning ?? misbehaving?.isRunning ?? false
    }

    /// Thresholds of a reference tagger's inputs, mV, as the host has set them; none of others.
    public var thresholds: [Int16] { reference?.thresholds ?? [] }

    /// Whether the host has given a reference tagger the clock from outside.
    public var usesExternalClock: Bool { reference?.usesExternalClock ?? false }

    /// What became of its tags.
    public var counts: TaggerDeviceCounts {
        reference?.counts ?? records?.counts ?? misbehaving?.counts ?? TaggerDeviceCounts()
    }

    /// A class or vendor request.
    public mutating func control(
        _ setup: SetupPacket, data: ArraySlice<UInt8>
    ) -> ControlAnswer {
        reference?.control(setup, data: data) ?? records?.control(setup, data: data)
            ?? misbehaving?.control(setup, data: data) ?? .stall
    }

    /// The host has configured the device anew, or has let go of it.
    public mutating func reset() {
        reference?.reset()
        records?.reset()
        misbehaving?.reset()
    }

    /// Bytes to the device.
    public mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool {
        reference?.receive(bytes, on: endpoint) ?? records?.receive(bytes, on: endpoint)
            ?? misbehaving?.receive(bytes, on: endpoint) ?? false
    }

    /// Fills a transfer to the host.
    public mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer {
        if reference != nil {
            return reference?.transmit(
                length, packetSize: packetSize, from: endpoint, into: &output) ?? .wait
        }
        if records != nil {
            return records?.transmit(
                length, packetSize: packetSize, from: endpoint, into: &output) ?? .wait
        }
        return misbehaving?.transmit(
            length, packetSize: packetSize, from: endpoint, into: &output) ?? .wait
    }

    /// Takes the world's tags up to `now`.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>, now: Int64) {
        reference?.take(tags, now: now)
        records?.take(tags, now: now)
        misbehaving?.take(tags, now: now)
    }

    /// Says that a Nox has a serial line, and is started by it alone.
    public mutating func attachLine() { records?.attachLine() }

    /// A letter on the serial line of a Nox.
    public mutating func letter(_ letter: UInt8) { records?.letter(letter) }

    /// Sends bytes that mean nothing.
    public mutating func sendGarbage(_ count: Int) {
        reference?.sendGarbage(count)
        records?.sendGarbage(count)
        misbehaving?.sendGarbage(count)
    }

    /// Loses the next frames or records.
    public mutating func loseFrames(_ count: Int) {
        reference?.loseFrames(count)
        records?.loseFrames(count)
        misbehaving?.loseFrames(count)
    }
}
