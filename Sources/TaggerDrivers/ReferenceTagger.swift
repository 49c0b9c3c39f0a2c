public import PayloadHAL
public import Quantities

/// A tagger with the control requests of `docs/formats/reference-tagger.md`.
///
/// While it runs it sends something every 100 ms: a second of silence, or what is given, is an error of
/// ``read(by:_:)``. Its frames are numbered, so that every loss shows in the bytes and ``gaps``
/// stays 0; after a loss of power its time starts anew, which its decoder tells as time reversed.
public struct ReferenceTagger<Device: BulkDevice & ~Copyable>: TimeTagger, ~Copyable {
    /// This driver's own error.
    public typealias Failure = TaggerError<Device.Failure>

    /// Who the tagger is, as it said when it was last opened.
    public private(set) var identity: TaggerIdentity
    private var device: Device
    private var shortestTestPeriod: UInt32 = 0
    private var settings: TaggerSettings?
    /// Whether tags are wanted, and whether they come as far as is known.
    private var isStarted = false
    private var isRunning = false
    private var lastHeard = Picoseconds.zero
    /// When a recovery is to be over; requests wait no longer.
    private var deadline = Picoseconds(.max)
    private let transferBytes: Int
    private let transfers: Int
    private let silenceLimit: Picoseconds

    private static var endpoint: UInt8 { 0x81 }
    /// The tagger's own limit is 500 ms; as much again for a busy host.
    private static var patience: Picoseconds { .milliseconds(1000) }
    /// What was on its way when the tagger was stopped has come by then.
    private static var drainTime: Picoseconds { .milliseconds(20) }
    /// Thresholds are taken this well, V: the page's 16 mV and half of the answer's last digit.
    private static var thresholdTolerance: Double { 0.0166 }

    /// Takes over a device, asks who it is and stops it.
    ///
    /// - Parameters:
    ///   - transferBytes: Most bytes of a transfer; as ``BulkDevice`` has it. 64 KiB wastes little
    ///     on a busy stream, and the tagger's latency ends transfers early on a slow one.
    ///   - transfers: How many are under way: 16 of 64 KiB bridge 25 ms at 40 MB/s.
    ///   - silenceLimit: After so long without a byte ``read(by:_:)`` throws; ten of the frames
    ///     that come without any tag, unless a slow machine stands between.
    public init(
        _ device: consuming Device, transferBytes: Int = 65_536, transfers: Int = 16,
        silenceLimit: Picoseconds = .milliseconds(1000)
    ) throws(Failure) {
        self.device = device
        self.transferBytes = transferBytes
        self.transfers = transfers
        self.silenceLimit = silenceLimit
        identity = TaggerIdentity(
            model: "", serial: "", firmware: "", format: .reference, channels: 1, tick: (1, 1))
        try greet()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        let none: [UInt8] = []
        try? device.send(
            ControlRequest(Request.stop), none.span.bytes,
            by: device.now.later(by: Self.patience))
    }

    /// Time on the device's clock.
    public var now: Picoseconds { device.now }
    /// Always 0: the frames are numbered.
    public var gaps: Int64 { 0 }
    /// What happened on the stream beside its bytes.
    public var events: StreamEvents { device.events }

    /// Sets the tagger, and looks whether it is so; while it runs only its clock makes a gap.
    public mutating func configure(_ settings: TaggerSettings) throws(Failure) {
        if let fault = settings.fault(for: identity) ?? ownFault(of: settings) {
            throw .unsupported(fault)
        }
        let last = self.settings
        self.settings = settings
        do throws(Failure) {
            let before = try status()
            let restarts = before.isRunning && before.clockSource != settings.clockSource
            if restarts { try order(Request.stop, "STOP") }
            try apply(settings, clock: before.clockSource)
            try verify(settings)
            if restarts { try order(Request.start, "START") }
        } catch {
            // What the tagger refused once it would refuse at every recovery.
            if error.fault == .refused { self.settings = last }
            throw error
        }
    }

    /// Sends START with the transfers under way.
    public mutating func start() throws(Failure) {
        guard !isRunning else { return }
        isStarted = true
        do throws(Device.Failure) {
            try device.startStream(
                endpoint: Self.endpoint, transferBytes: transferBytes, transfers: transfers)
        } catch { throw .connection(error) }
        try order(Request.start, "START")
        isRunning = true
        lastHeard = device.now
    }

    /// Waits for frames, or parts of them.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        guard isStarted else { return 0 }
        guard isRunning else { throw .stopped }
        let count: Int
        do throws(Device.Failure) {
            count = try device.read(by: deadline, body)
        } catch {
            isRunning = false
            throw .connection(error)
        }
        let now = device.now
        if count > 0 {
            lastHeard = now
        } else if now.count &- lastHeard.count > silenceLimit.count {
            isRunning = false
            throw .silent(for: Picoseconds(now.count &- lastHeard.count))
        }
        return count
    }

    /// Sends STOP and takes no more.
    public mutating func stop() throws(Failure) {
        isStarted = false
        isRunning = false
        device.stopStream()
        try order(Request.stop, "STOP")
    }

    /// Opens the device afresh, sets it as it was, and starts it if it was started.
    public mutating func recover(by deadline: Picoseconds) throws(Failure) {
        isRunning = false
        self.deadline = deadline
        defer { self.deadline = Picoseconds(.max) }
        do throws(Device.Failure) {
            try device.reopen(by: deadline)
        } catch { throw .connection(error) }
        try greet()
        if let settings { try configure(settings) }
        if isStarted { try start() }
    }

    /// What the tagger does now; about once per second is enough.
    public func status() throws(Failure) -> ReferenceStatus {
        let bytes = try answer(Request.status, count: ReferenceStatus.size, "STATUS")
        guard let status = ReferenceStatus(bytes) else {
            throw .unexpected(answer: bytes.digits, request: "STATUS")
        }
        return status
    }

    /// Blinks the tagger's light, so that a person finds it.
    ///
    /// - Parameter seconds: 0 to 60; more is taken as 60.
    public mutating func blink(seconds: Int) throws(Failure) {
        try order(Request.blink, value: UInt16(min(max(seconds, 0), 60)), "BLINK")
    }
}

/// Numbers of the vendor requests.
private enum Request {
    static let identity: UInt8 = 0x01
    static let status: UInt8 = 0x02
    static let thresholds: UInt8 = 0x03
    static let setThreshold: UInt8 = 0x10
    static let setChannels: UInt8 = 0x11
    static let setClock: UInt8 = 0x12
    static let setTestPulse: UInt8 = 0x13
    static let setLatency: UInt8 = 0x14
    static let start: UInt8 = 0x20
    static let stop: UInt8 = 0x21
    static let blink: UInt8 = 0x22
}

extension ReferenceTagger where Device: ~Copyable {
    /// Asks who the tagger is, stops it and throws away what was on its way.
    private mutating func greet() throws(Failure) {
        let bytes = try answer(Request.identity, count: ReferenceIdentity.size, "IDENTITY")
        guard let found = ReferenceIdentity(bytes) else {
            throw .unexpected(answer: bytes.digits, request: "IDENTITY")
        }
        identity = found.identity
        shortestTestPeriod = found.shortestTestPeriod
        try order(Request.stop, "STOP")
        let isQuiet: Bool
        do throws(Device.Failure) {
            isQuiet = try device.drain(Self.endpoint, quiet: Self.drainTime)
        } catch { throw .connection(error) }
        guard isQuiet else { throw .endless(request: "STOP") }
    }

    /// What only this tagger cannot take.
    private func ownFault(of settings: TaggerSettings) -> SettingFault? {
        let latency = settings.latency.count / 1_000_000
        guard 100...5000 ~= latency else {
            return SettingFault(
                setting: "latency", found: "\(latency) us", allowed: "100 to 5000 us")
        }
        guard let pulse = settings.testPulse else { return nil }
        let period = pulse.period.count / 1000
        guard period >= Int64(shortestTestPeriod), period >= 1, period <= UInt32.max else {
            return SettingFault(
                setting: "test pulse", found: "every \(pulse.period.count) ps",
                allowed: "\(max(shortestTestPeriod, 1)) to \(UInt32.max) ns")
        }
        return nil
    }

    private func apply(
        _ settings: TaggerSettings, clock: TaggerSettings.ClockSource
    ) throws(Failure) {
        if settings.clockSource != clock {
            try order(
                Request.setClock, value: settings.clockSource == .external ? 1 : 0, "SET CLOCK")
        }
        for threshold in settings.thresholds {
            let millivolts = Int16((threshold.volts * 1000).rounded())
            try order(
                Request.setThreshold, value: UInt16(bitPattern: millivolts),
                index: UInt16(threshold.channel), "SET THRESHOLD of channel \(threshold.channel)")
        }
        try order(
            Request.setLatency, value: UInt16(settings.latency.count / 1_000_000), "SET LATENCY")
        let mask = settings.channelMask(of: identity.channels)
        try order(
            Request.setChannels, value: UInt16(truncatingIfNeeded: mask),
            index: UInt16(mask >> 16), "SET CHANNELS")
        guard identity.hasTestPulse else { return }
        let channels = settings.testPulse?.channels ?? 0
        let period = UInt32((settings.testPulse?.period.count ?? 0) / 1000)
        let bytes = [channels, period].flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
        }
        try order(Request.setTestPulse, bytes: bytes, "SET TEST PULSE")
    }

    /// Looks whether the tagger has what it was set to.
    private func verify(_ settings: TaggerSettings) throws(Failure) {
        let status = try status()
        guard status.clockSource == settings.clockSource else {
            throw .notTaken(
                setting: "clock source", asked: settings.clockSource.rawValue,
                found: status.clockSource.rawValue)
        }
        let mask = settings.channelMask(of: identity.channels)
        guard status.channels == mask else {
            throw .notTaken(
                setting: "channel mask", asked: "0x\(String(mask, radix: 16))",
                found: "0x\(String(status.channels, radix: 16))")
        }
        guard !settings.thresholds.isEmpty else { return }
        let bytes = try answer(Request.thresholds, count: 2 * identity.channels, "THRESHOLDS")
        for threshold in settings.thresholds {
            let found = Double(Int16(bitPattern: bytes.number(at: 2 * threshold.channel))) / 1000
            guard abs(found - threshold.volts) <= Self.thresholdTolerance else {
                throw .notTaken(
                    setting: "threshold of channel \(threshold.channel)",
                    asked: "\(threshold.volts) V", found: "\(found) V")
            }
        }
    }

    private var requestDeadline: Picoseconds {
        min(device.now.later(by: Self.patience), deadline)
    }

    /// Sends an order; one that is refused is an error with the tagger's reason.
    private func order(
        _ request: UInt8, value: UInt16 = 0, index: UInt16 = 0, bytes: [UInt8] = [], _ name: String
    ) throws(Failure) {
        let failure: Device.Failure
        do throws(Device.Failure) {
            return try device.send(
                ControlRequest(request, value: value, index: index), bytes.span.bytes,
                by: requestDeadline)
        } catch { failure = error }
        guard failure.fault == .refused else { throw .connection(failure) }
        throw .refused(request: name, reason: try status().refusalText)
    }

    /// Asks for `count` bytes; fewer are an error.
    private func answer(
        _ request: UInt8, count: Int, _ name: String
    ) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found: Int
        do throws(Device.Failure) {
            var span = bytes.mutableSpan
            var room = span.mutableBytes
            found = try device.ask(
                ControlRequest(request), into: &room, by: requestDeadline)
        } catch {
            guard error.fault == .refused else { throw .connection(error) }
            throw .unexpected(answer: "a stall", request: name)
        }
        guard found == count else {
            throw .unexpected(answer: Array(bytes.prefix(max(0, found))).digits, request: name)
        }
        return bytes
    }
}
