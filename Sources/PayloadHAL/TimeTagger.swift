public import Quantities

/// Which bytes a tagger sends; the raw value is the name of the format on the command line.
public enum TaggerFormat: String, CaseIterable, Sendable {
    /// Lodestar's reference tagger frames.
    case reference
    /// Nox ("RWN 11") messages.
    case nox
    /// Records of the FX2-based timetag-fpga design.
    case fx2
    /// Words of the S-Fifteen TDC1.
    case tdc1
}

/// Who a tagger is and what it can do.
public struct TaggerIdentity: Equatable, Sendable {
    /// Make and model.
    public var model: String
    /// Serial number; empty if it has none.
    public var serial: String
    /// Version of its firmware; empty if it does not tell.
    public var firmware: String
    /// Which bytes it sends.
    public var format: TaggerFormat
    /// Its inputs, 1 to 32; they count from 0.
    public var channels: Int
    /// Thresholds that it takes, V; `nil` if they cannot be set.
    public var thresholds: ClosedRange<Double>?
    /// Whether all inputs have the same threshold, so that it is given for all or none.
    public var sharesThreshold: Bool
    /// Length of its tick, ps, as a fraction of two numbers more than 0.
    public var tick: (numerator: Int64, denominator: Int64)
    /// Whether single channels can be disabled.
    public var enablesChannels: Bool
    /// Whether it takes a clock from outside.
    public var takesExternalClock: Bool
    /// Whether it has a test pulse.
    public var hasTestPulse: Bool

    /// An identity of a tagger that can do nothing but send.
    public init(
        model: String, serial: String, firmware: String, format: TaggerFormat, channels: Int,
        tick: (numerator: Int64, denominator: Int64)
    ) {
        self.model = model
        self.serial = serial
        self.firmware = firmware
        self.format = format
        self.channels = channels
        self.tick = tick
        thresholds = nil
        sharesThreshold = false
        enablesChannels = false
        takesExternalClock = false
        hasTestPulse = false
    }

    /// Whether all of it is the same.
    public static func == (one: Self, other: Self) -> Bool {
        one.model == other.model && one.serial == other.serial && one.firmware == other.firmware
            && one.format == other.format && one.channels == other.channels
            && one.thresholds == other.thresholds
            && one.sharesThreshold == other.sharesThreshold && one.tick == other.tick
            && one.enablesChannels == other.enablesChannels
            && one.takesExternalClock == other.takesExternalClock
            && one.hasTestPulse == other.hasTestPulse
    }
}

/// The voltage through which an edge makes a tag, on one input.
public struct ChannelThreshold: Equatable, Sendable {
    /// The input; they count from 0.
    public var channel: Int
    /// V.
    public var volts: Double

    /// A threshold of one input.
    public init(channel: Int, volts: Double) {
        self.channel = channel
        self.volts = volts
    }
}

/// Pulses that a tagger feeds to its own inputs.
public struct TestPulse: Equatable, Sendable {
    /// Bit n set: input n gets them.
    public var channels: UInt32
    /// Time between pulses, more than 0.
    public var period: Picoseconds

    /// Pulses on some inputs.
    public init(channels: UInt32, period: Picoseconds) {
        self.channels = channels
        self.period = period
    }
}

/// How a tagger is to work.
public struct TaggerSettings: Equatable, Sendable {
    /// Where a tagger takes its time from.
    public enum ClockSource: String, CaseIterable, Sendable {
        /// Its own oscillator.
        case `internal`
        /// 10 MHz at its clock input.
        case external
    }

    /// Thresholds; inputs that are not named keep theirs.
    public var thresholds: [ChannelThreshold] = []
    /// Bit n set: input n gives tags; `nil` for all of them.
    public var enabledChannels: UInt32?
    /// Where it takes its time from.
    public var clockSource = ClockSource.internal
    /// Its test pulse; `nil` for none.
    public var testPulse: TestPulse?
    /// How long a tag may wait in the tagger for others, where that can be set.
    public var latency = Picoseconds.milliseconds(1)

    /// All inputs, their thresholds as they are, the internal clock, no test pulse.
    public init() {}
}

/// Exclusive control of a time tagger.
///
/// **For users.** ``configure(_:)``, ``start()``, then ``read(by:_:)`` in a loop. The bytes are as
/// the tagger sent them, for the decoder of ``TaggerIdentity/format``; they may end anywhere within
/// a record. After a fault that is not ``InstrumentFault/outOfRange`` or
/// ``InstrumentFault/refused``, call ``recover(by:)`` until it succeeds; what lies between is lost,
/// and ``gaps`` has grown: where the format cannot show it, decode on with a new decoder and put
/// a loss record between. A silent tagger is no fault of a read: one that sends signs of life says
/// so in its documentation. When the value goes away the tagger is stopped.
///
/// **For implementers.** ``configure(_:)`` checks all settings before it sends any. ``read(by:_:)``
/// allocates nothing. A `recover` that succeeds leaves the tagger configured as by the last
/// `configure`, and started if it was. Pass `taggerFaults` of `PayloadDoubles`.
public protocol TimeTagger: ~Copyable {
    associatedtype Failure: InstrumentError

    /// Who the tagger is and what it can do.
    var identity: TaggerIdentity { get }

    /// Time on the clock of the deadlines; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// How often tags may have been lost without a mark in the bytes; never steps back.
    var gaps: Int64 { get }

    /// Sets the tagger. Settings that it cannot take are refused whole, and nothing is sent.
    mutating func configure(_ settings: TaggerSettings) throws(Failure)

    /// Lets tags come. No effect if they come already.
    mutating func start() throws(Failure)

    /// Waits for bytes until `deadline` and hands them to `body` in order, piece by piece.
    ///
    /// - Parameter body: The bytes hold during the call only. 1 byte or more.
    /// - Returns: How many bytes were handed out; 0 if none came by the deadline, or if the tagger
    ///   is not started.
    mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int

    /// Lets no more tags come. Allowed in any state, any number of times.
    mutating func stop() throws(Failure)

    /// Makes the tagger work as before a fault: connection opened afresh, device found again after
    /// unplugging, configured and started as it was. Waits until `deadline`.
    mutating func recover(by deadline: Picoseconds) throws(Failure)
}
