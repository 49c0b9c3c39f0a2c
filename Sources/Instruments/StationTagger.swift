public import BoardFile
import LinuxIO
public import PayloadHAL
import Quantities
import TaggerDrivers
import USBIP

/// What is done with a tagger, whichever driver it has.
///
/// A driver that cannot be copied fits into no variable of a common type; so whoever needs one says
/// here what it is needed for, and ``StationTagger`` calls this with the driver of the board.
public protocol TaggerUse {
    /// What comes of it.
    associatedtype Result

    /// Takes over the tagger: open, stopped, not yet configured.
    func use<Tagger: TimeTagger & ~Copyable>(_ tagger: consuming Tagger) throws -> Result
}

/// The board's tagger: the one place that says which driver speaks to what.
public struct StationTagger {
    private let board: Board

    /// The tagger of `board`; nothing is opened.
    public init(_ board: Board) { self.board = board }

    /// Small transfers, so that the guard sees tags within a fifth of a millisecond of their time
    /// when a detector has too much light.
    private static let (transferBytes, transfers) = (8_192, 64)
    /// How long a server of USB/IP may take to be reached.
    private static let patience = Picoseconds.seconds(2)

    /// Opens the tagger and hands it to `use`.
    ///
    /// - Throws: ``StationFault`` if the board names no tagger that has a driver; the driver's own
    ///   error if the tagger is not there; what `use` throws.
    public func open<Use: TaggerUse>(for use: Use) throws -> Use.Result {
        switch (board.tagger.connection, board.tagger.format) {
        case (.usb(let vendor, let product, let serial), "reference"):
            return try use.use(
                reference(USBDevice(USBName(vendor: vendor, product: product, serial: serial))))
        case (.usbip(let host, let port, let bus), "reference"):
            let wire = try TCPConnection(
                to: NetworkAddress(host: host, port: port),
                by: HostClock.now.later(by: Self.patience))
            return try use.use(reference(USBIPDevice(wire, busID: bus)))
        case (.usb(let vendor, let product, let serial), "nox"):
            guard case .serial(let path, let baud) = board.tagger.control else {
                throw StationFault("the board has no tagger.control, the line of the Nox")
            }
            let device = try USBDevice(USBName(vendor: vendor, product: product, serial: serial))
            return try use.use(
                NoxTagger(device, line: SerialConnection(path: path, baud: baud)))
        case (.usb(let vendor, let product, let serial), "fx2"):
            return try use.use(
                FX2Tagger(USBDevice(USBName(vendor: vendor, product: product, serial: serial))))
        case (.serial(let path, let baud), "tdc1"):
            return try use.use(TDC1Tagger(SerialConnection(path: path, baud: baud)))
        case (nil, _): throw StationFault("the board has no tagger.connection")
        case (let connection?, let format):
            throw StationFault(
                "tagger.format \(format) has no driver on \(connection); drivers are there for "
                    + "reference (usb, usbip), nox and fx2 (usb) and tdc1 (serial)")
        }
    }

    private func reference<Device: BulkDevice & ~Copyable>(
        _ device: consuming Device
    ) throws(ReferenceTagger<Device>.Failure) -> ReferenceTagger<Device> {
        try ReferenceTagger(
            device, transferBytes: Self.transferBytes, transfers: Self.transfers,
            silenceLimit: Picoseconds(2 * board.tagger.silence))
    }
}

extension TaggerSettings {
    /// What a board's tagger is told, as far as it takes it: thresholds, inputs in use, its clock.
    public init(_ board: Board, for identity: TaggerIdentity) {
        self.init()
        clockSource = board.tagger.clockSource == "external" ? .external : .internal
        let levels = board.tagger.thresholds
        let inputs = [
            (board.channels.pps, levels.pps), (board.channels.beacon, levels.beacon),
            (board.channels.horizontal, levels.horizontal),
            (board.channels.vertical, levels.vertical),
            (board.channels.diagonal, levels.diagonal),
            (board.channels.antidiagonal, levels.antidiagonal),
        ].compactMap { input, level in input.map { ($0.channel, level) } }
        if identity.thresholds != nil {
            thresholds = inputs.map { ChannelThreshold(channel: Int($0.0), volts: $0.1 * 1e-3) }
        }
        if identity.enablesChannels {
            enabledChannels = inputs.reduce(0) { $0 | 1 << UInt32($1.0 & 31) }
        }
    }
}
