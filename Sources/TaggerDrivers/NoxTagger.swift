public import PayloadHAL
public import Quantities

/// The Nox tagger ("RWN 11"), vendor and product 221A:0100: tags by USB, orders by a serial line of
/// 9600 baud.
///
/// The line takes single letters and answers nothing that is known: `W` wakes it, `S` stops it, `R`
/// lets it run, each a second apart at first, as the public cqptoolkit does. The format marks no
/// losses: every fault of the stream is counted in ``gaps``. Not tried on a real one.
public struct NoxTagger<
    Device: BulkDevice & ~Copyable, Line: ByteConnection & ~Copyable
>: TimeTagger, ~Copyable {
    /// Why a ``NoxTagger`` failed: through which of its two connections.
    public enum Link: InstrumentError {
        /// USB.
        case device(Device.Failure)
        /// The serial line.
        case line(Line.Failure)

        /// The coarse meaning of this error.
        public var fault: InstrumentFault {
            switch self {
            case .device(let error): error.fault
            case .line(let error): error.fault
            }
        }
    }

    /// This driver's own error.
    public typealias Failure = TaggerError<Link>

    /// Who the tagger is; it tells only its serial number. The format has room for 15 channels.
    public private(set) var identity: TaggerIdentity
    private var device: Device
    private var line: Line
    private var isStarted = false
    private var isRunning = false
    private var restarts: Int64 = 0

    private static var endpoint: UInt8 { 0x82 }
    /// The size of the public reader's requests.
    private static var transferBytes: Int { 8192 }
    private static var transfers: Int { 32 }
    /// How long the tagger is left alone after an order.
    private static var settling: Picoseconds { .milliseconds(1000) }

    /// Takes over device and line, wakes the tagger and stops it; takes two seconds.
    public init(_ device: consuming Device, line: consuming Line) throws(Failure) {
        self.device = device
        self.line = line
        identity = TaggerIdentity(
            model: "Nox RWN 11", serial: "", firmware: "", format: .nox, channels: 15,
            tick: (3125, 1664))
        try greet()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        let letter = [UInt8(ascii: "S")]
        try? line.send(letter.span.bytes, by: line.now.later(by: Self.settling))
    }

    /// Time on the device's clock.
    public var now: Picoseconds { device.now }
    /// Faults of the stream, and starts after the first.
    public var gaps: Int64 { device.events.gaps &+ restarts }
    /// What happened on the stream beside its bytes.
    public var events: StreamEvents { device.events }

    /// Takes nothing but the settings it has: all channels, its own clock and thresholds.
    public mutating func configure(_ settings: TaggerSettings) throws(Failure) {
        if let fault = settings.fault(for: identity) { throw .unsupported(fault) }
    }

    /// Sends `R` with the transfers under way.
    public mutating func start() throws(Failure) {
        guard !isRunning else { return }
        isStarted = true
        do throws(Device.Failure) {
            try device.startStream(
                endpoint: Self.endpoint, transferBytes: Self.transferBytes,
                transfers: Self.transfers)
        } catch { throw .connection(.device(error)) }
        try send("R")
        isRunning = true
    }

    /// Waits for messages; silence is no fault.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        guard isStarted else { return 0 }
        guard isRunning else { throw .stopped }
        do throws(Device.Failure) {
            return try device.read(by: deadline, body)
        } catch {
            isRunning = false
            throw .connection(.device(error))
        }
    }

    /// Sends `S` and takes no more.
    public mutating func stop() throws(Failure) {
        if isRunning { restarts &+= 1 }
        isStarted = false
        isRunning = false
        device.stopStream()
        try send("S")
    }

    /// Opens device and line afresh, and starts the tagger if it was started.
    public mutating func recover(by deadline: Picoseconds) throws(Failure) {
        isRunning = false
        restarts &+= 1
        do throws(Device.Failure) {
            try device.reopen(by: deadline)
        } catch { throw .connection(.device(error)) }
        do throws(Line.Failure) {
            try line.reopen(by: line.now.later(by: Self.settling))
        } catch { throw .connection(.line(error)) }
        try greet()
        if isStarted { try start() }
    }
}

extension NoxTagger where Device: ~Copyable, Line: ~Copyable {
    /// Wakes the tagger, stops it and throws away what was on its way.
    private mutating func greet() throws(Failure) {
        identity.serial = device.serial
        for letter: Unicode.Scalar in ["W", "S"] {
            try send(letter)
            let answer: [UInt8]?
            do throws(Line.Failure) {
                answer = try line.drain(quiet: Self.settling)
            } catch { throw .connection(.line(error)) }
            guard answer != nil else { throw .endless(request: "\(letter)") }
        }
        let isQuiet: Bool
        do throws(Device.Failure) {
            isQuiet = try device.drain(Self.endpoint, quiet: .milliseconds(20))
        } catch { throw .connection(.device(error)) }
        guard isQuiet else { throw .endless(request: "S") }
    }

    private mutating func send(_ letter: Unicode.Scalar) throws(Failure) {
        let bytes = [UInt8(ascii: letter)]
        do throws(Line.Failure) {
            try line.send(bytes.span.bytes, by: line.now.later(by: Self.settling))
        } catch { throw .connection(.line(error)) }
    }
}
