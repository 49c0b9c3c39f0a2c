public import PayloadHAL
public import Quantities

/// Why an ``OptotuneMirror`` refused or failed.
public enum OptotuneError<Connection: InstrumentError>: InstrumentError {
    /// No line came, or too long a one.
    case line(LineError<Connection>)
    /// The controller said something else than `OK`.
    case report(String)
    /// The tilt asked for lies outside the stroke, rad.
    case outside(MirrorTilt, stroke: MirrorStroke)
    /// `OK` stayed away; nothing is sent before the mirror is recovered.
    case outOfStep

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .line(let error): error.fault
        case .report: .refused
        case .outside: .outOfRange
        case .outOfStep: .timedOut
        }
    }
}

/// An Optotune MR-E-2 in its simple serial mode: lines of text, 256,000 baud on USB.
///
/// `xy=X;Y` sets both axes, each the tangent of its mechanical angle over that of 25 degrees;
/// `status` asks for a sign of life and is answered by `OK`. Whether `xy` is answered too is left
/// open: any `OK` counts, anything else is an error. Not tried on a real mirror.
public struct OptotuneMirror<Connection: ByteConnection & ~Copyable>: SteeringMirror, ~Copyable {
    /// This driver's own error.
    public typealias Failure = OptotuneError<Connection.Failure>

    /// 25 degrees of each axis.
    public let stroke = MirrorStroke(first: fullAngle, second: fullAngle)

    private var link: LineLink<Connection>
    private let patience: Picoseconds
    /// When `status` was last sent, and whether its answer is outstanding.
    private var asked = Picoseconds.zero
    private var isAsked = false
    private var isOutOfStep = false

    private static var fullAngle: Double { 25 * Double.pi / 180 }
    /// How often `status` is asked, and how long its answer may take.
    private static var askingInterval: Picoseconds { .milliseconds(100) }
    private static var silenceLimit: Picoseconds { .milliseconds(500) }

    /// Takes over a serial line, waits for a sign of life and centres the mirror.
    ///
    /// - Parameter patience: How long a question may take, more than 0.
    public init(
        _ connection: consuming Connection, patience: Picoseconds = .milliseconds(1_000)
    ) throws(Failure) {
        precondition(patience > .zero)
        link = LineLink(connection)
        self.patience = patience
        try greet()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        try? send(.centre, asking: false)
    }

    /// Sends `xy=`, and `status` ten times a second, without waiting for an answer.
    public mutating func steer(to tilt: MirrorTilt) throws(Failure) {
        guard stroke.contains(tilt) else { throw .outside(tilt, stroke: stroke) }
        guard !isOutOfStep else { throw .outOfStep }
        try takeAnswers()
        let now = link.connection.now
        let asking = !isAsked && now.count - asked.count >= Self.askingInterval.count
        try send(tilt, asking: asking)
        if asking {
            asked = now
            isAsked = true
        }
    }

    /// Nothing: simple mode tells no position.
    public mutating func position() throws(Failure) -> MirrorTilt? { nil }

    /// Holds: simple mode has no order to stop.
    public mutating func halt() throws(Failure) {}

    /// Sends the mirror to its centre.
    public mutating func centre() throws(Failure) { try send(.centre, asking: false) }

    /// Opens the line anew, waits for a sign of life and centres the mirror.
    public mutating func recover() throws(Failure) {
        do throws(LineError<Connection.Failure>) {
            try link.reopen(by: link.connection.now.later(by: patience))
        } catch { throw .line(error) }
        isAsked = false
        isOutOfStep = false
        try greet()
    }

    private mutating func greet() throws(Failure) {
        let deadline = link.connection.now.later(by: patience)
        let line: Range<Int>
        do throws(LineError<Connection.Failure>) {
            try link.send("status\r\n", by: deadline)
            line = try link.line(by: deadline)
        } catch {
            isOutOfStep = true
            throw .line(error)
        }
        try check(line)
        try centre()
    }
}

extension OptotuneMirror where Connection: ~Copyable {
    /// Takes what has come without waiting; too long a silence is an error.
    private mutating func takeAnswers() throws(Failure) {
        // As many lines as a second of the loop can have brought.
        for _ in 0..<1_000 {
            guard let line = try nextLine() else { break }
            try check(line)
            isAsked = false
        }
        guard isAsked,
            link.connection.now.count - asked.count >= Self.silenceLimit.count
        else { return }
        isOutOfStep = true
        throw .line(.silent(held: 0))
    }

    private mutating func nextLine() throws(Failure) -> Range<Int>? {
        do throws(LineError<Connection.Failure>) {
            return try link.nextLine(by: .zero)
        } catch {
            isOutOfStep = true
            throw .line(error)
        }
    }

    /// `OK`, with or without a CR.
    private func check(_ line: Range<Int>) throws(Failure) {
        let isShort = line.count == 2 || line.count == 3 && link[line.upperBound - 1] == 0x0D
        guard isShort, link[line.lowerBound] == UInt8(ascii: "O"),
            link[line.lowerBound + 1] == UInt8(ascii: "K")
        else { throw .report(String(link.text(line).prefix(120))) }
    }

    private func send(_ tilt: MirrorTilt, asking: Bool) throws(Failure) {
        var command = CommandText()
        command.append("xy=")
        command.append(Self.coordinate(tilt.a), decimals: 5)
        command.append(";")
        command.append(Self.coordinate(tilt.b), decimals: 5)
        command.append("\r\n")
        if asking { command.append("status\r\n") }
        do throws(LineError<Connection.Failure>) {
            try link.send(command.bytes, by: link.connection.now.later(by: patience))
        } catch { throw .line(error) }
    }

    private static func coordinate(_ angle: Double) -> Double {
        tangent(angle) / tangent(fullAngle)
    }

    private static func tangent(_ angle: Double) -> Double {
        Elementary.sin(angle) / Elementary.cos(angle)
    }
}
