public import PayloadHAL
public import Quantities

/// The FX2-based timetag-fpga design, vendor and product 04B4:1004, four strobe inputs.
///
/// Registers are written as AA 01, address and value on endpoint 0x02, and read as AA 00; either is
/// answered by the register's four bytes on endpoint 0x88 (docs/registers of timetag-fpga). The
/// time starts at 0 with ``start()``. The bytes tell what the tagger itself lost; what was lost on
/// the bus does not show and is counted in ``gaps``. Not tried on a real one.
public struct FX2Tagger<Device: BulkDevice & ~Copyable>: TimeTagger, ~Copyable {
    /// This driver's own error.
    public typealias Failure = TaggerError<Device.Failure>

    /// Who the tagger is, as it said when it was last opened.
    public private(set) var identity: TaggerIdentity
    private var device: Device
    private var settings: TaggerSettings?
    private var isStarted = false
    private var isRunning = false
    private var restarts: Int64 = 0

    private static var dataEndpoint: UInt8 { 0x86 }
    private static var commandEndpoint: UInt8 { 0x02 }
    private static var replyEndpoint: UInt8 { 0x88 }
    private static var patience: Picoseconds { .milliseconds(500) }
    /// The tagger ends a transfer after 85 records, 510 bytes; 64 of them bridge 5 ms at 1 MHz.
    private static var transferBytes: Int { 1024 }
    private static var transfers: Int { 64 }

    /// Takes over a device, stops it and asks for its version and clock.
    public init(_ device: consuming Device) throws(Failure) {
        self.device = device
        identity = TaggerIdentity(
            model: "timetag-fpga", serial: "", firmware: "", format: .fx2, channels: 4,
            tick: (1, 1))
        identity.enablesChannels = true
        try greet()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        _ = try? exchange(write: true, .capture, 0)
    }

    /// Time on the device's clock.
    public var now: Picoseconds { device.now }
    /// Faults of the stream, and starts after the first.
    public var gaps: Int64 { device.events.gaps &+ restarts }
    /// What happened on the stream beside its bytes.
    public var events: StreamEvents { device.events }

    /// Takes the enabled channels; thresholds, clock and test pulse it has none.
    public mutating func configure(_ settings: TaggerSettings) throws(Failure) {
        if let fault = settings.fault(for: identity) { throw .unsupported(fault) }
        self.settings = settings
        try set(.strobes, to: settings.channelMask(of: identity.channels))
    }

    /// Sets the counter to 0 and lets records come.
    public mutating func start() throws(Failure) {
        guard !isRunning else { return }
        isStarted = true
        try set(.capture, to: Capture.reset)
        try set(.capture, to: 0)
        try quieten()
        try set(.deltas, to: 0)
        if settings == nil { try set(.strobes, to: 0xF) }
        do throws(Device.Failure) {
            try device.startStream(
                endpoint: Self.dataEndpoint, transferBytes: Self.transferBytes,
                transfers: Self.transfers)
        } catch { throw .connection(error) }
        try set(.capture, to: Capture.counting)
        try set(.capture, to: Capture.counting | Capture.recording)
        isRunning = true
    }

    /// Waits for records; silence is no fault.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        guard isStarted else { return 0 }
        guard isRunning else { throw .stopped }
        do throws(Device.Failure) {
            return try device.read(by: deadline, body)
        } catch {
            isRunning = false
            throw .connection(error)
        }
    }

    /// Lets no more records come.
    public mutating func stop() throws(Failure) {
        if isRunning { restarts &+= 1 }
        isStarted = false
        isRunning = false
        device.stopStream()
        try set(.capture, to: 0)
    }

    /// Opens the device afresh, sets it as it was, and starts it if it was started.
    public mutating func recover(by deadline: Picoseconds) throws(Failure) {
        isRunning = false
        restarts &+= 1
        do throws(Device.Failure) {
            try device.reopen(by: deadline)
        } catch { throw .connection(error) }
        try greet()
        if let settings { try configure(settings) }
        if isStarted { try start() }
    }

    /// Records that the tagger dropped since power-up for want of memory.
    public func lostRecords() throws(Failure) -> UInt32 {
        try exchange(write: false, .lost, 0)
    }
}

/// Bits of the capture register.
private enum Capture {
    static let recording: UInt32 = 1
    static let counting: UInt32 = 2
    static let reset: UInt32 = 4
}

/// Addresses of the registers.
private enum Register: UInt16 {
    case version = 1
    case clockRate = 2
    case capture = 3
    case strobes = 4
    case deltas = 5
    case lost = 7
}

extension FX2Tagger where Device: ~Copyable {
    /// Stops the tagger and asks who it is.
    private mutating func greet() throws(Failure) {
        do throws(Device.Failure) {
            _ = try device.drain(Self.replyEndpoint, quiet: .milliseconds(10))
        } catch { throw .connection(error) }
        try set(.capture, to: 0)
        try quieten()
        identity.serial = device.serial
        identity.firmware = String(try exchange(write: false, .version, 0))
        let rate = try exchange(write: false, .clockRate, 0)
        guard 1_000_000...1_000_000_000 ~= rate, let tick = Self.tick(of: rate) else {
            throw .unexpected(answer: "\(rate) Hz", request: "the clock rate register")
        }
        identity.tick = tick
    }

    private mutating func quieten() throws(Failure) {
        let isQuiet: Bool
        do throws(Device.Failure) {
            isQuiet = try device.drain(Self.dataEndpoint, quiet: .milliseconds(10))
        } catch { throw .connection(error) }
        guard isQuiet else { throw .endless(request: "stopping the capture") }
    }

    /// The tick of a clock of `rate` Hz as the fraction in lowest terms; `nil` if its denominator
    /// is more than the 2^20 that decoders take.
    private static func tick(of rate: UInt32) -> (numerator: Int64, denominator: Int64)? {
        var (a, b) = (Int64(1_000_000_000_000), Int64(rate))
        while b != 0 { (a, b) = (b, a % b) }
        let denominator = Int64(rate) / a
        guard denominator <= 1 << 20 else { return nil }
        return (1_000_000_000_000 / a, denominator)
    }

    /// Writes a register; the answer has to be the value written.
    private func set(_ register: Register, to value: UInt32) throws(Failure) {
        let found = try exchange(write: true, register, value)
        guard found == value else {
            throw .notTaken(setting: "register \(register)", asked: "\(value)", found: "\(found)")
        }
    }

    /// Reads or writes a register and takes its answer.
    private func exchange(
        write: Bool, _ register: Register, _ value: UInt32
    ) throws(Failure) -> UInt32 {
        let command: [UInt8] = [
            0xAA, write ? 1 : 0, UInt8(truncatingIfNeeded: register.rawValue),
            UInt8(truncatingIfNeeded: register.rawValue >> 8), UInt8(truncatingIfNeeded: value),
            UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 24),
        ]
        // A whole packet, so that a longer answer is an error of ours and not of the bus.
        var bytes = [UInt8](repeating: 0, count: 512)
        let count: Int
        do throws(Device.Failure) {
            let deadline = device.now.later(by: Self.patience)
            try device.write(command.span.bytes, to: Self.commandEndpoint, by: deadline)
            var span = bytes.mutableSpan
            var room = span.mutableBytes
            count = try device.read(from: Self.replyEndpoint, into: &room, by: deadline)
        } catch { throw .connection(error) }
        let name = "register \(register)"
        guard count > 0 else { throw .unexpected(answer: "nothing", request: name) }
        guard count == 4 else {
            throw .unexpected(answer: Array(bytes.prefix(count)).digits, request: name)
        }
        return bytes.number(at: 0)
    }
}
