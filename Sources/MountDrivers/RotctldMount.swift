public import PayloadHAL
public import Quantities

/// A rotator behind Hamlib's network daemon `rotctld`: positions only, a coarse stage.
///
/// Speaks the extended response protocol (`+`), in which every answer names its command and ends
/// with `RPRT`; an unknown command may get no answer at all, so every order has its deadline.
/// Positions have the resolution of the rotator, 0.01 degree at best (rotctld(1)).
public struct RotctldMount<Connection: ByteConnection & ~Copyable>: Mount, ~Copyable {
    /// This driver's own error.
    public typealias Failure = RotctldError<Connection.Failure>

    /// As the daemon reports them; it knows no rates.
    public private(set) var limits: MountReach

    private var link: LineLink<Connection>
    private let patience: Picoseconds
    private let lead: Picoseconds
    /// Whether an answer may still be under way that belongs to an older order.
    private var isOutOfStep = false

    /// Takes over a connection to the daemon and asks it for the rotator's limits.
    ///
    /// - Parameters:
    ///   - connection: To the daemon, TCP port 4533 by default.
    ///   - patience: How long one order may take, more than 0.
    ///   - lead: How far ahead ``follow(_:azimuthRate:elevationRate:)`` aims: half the time to the next order plus the
    ///     rotator's own delay.
    public init(
        _ connection: consuming Connection, patience: Picoseconds = .milliseconds(1_000),
        lead: Picoseconds = .milliseconds(100)
    ) throws(Failure) {
        precondition(patience > .zero)
        link = LineLink(connection)
        self.patience = patience
        self.lead = lead
        limits = MountReach(
            azimuth: 0...0, elevation: 0...0, azimuthRate: nil, elevationRate: nil)
        try readLimits()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        try? link.send("+S\n", by: link.connection.now.later(by: patience))
    }

    /// Asks `p`.
    public mutating func direction() throws(Failure) -> SkyDirection {
        let answer = try order("get_pos", "+p\n")
        guard let azimuth = answer.number("Azimuth:"), let elevation = answer.number("Elevation:"),
            abs(azimuth) <= 1_000, abs(elevation) <= 1_000
        else { throw unexpected(answer.lines.joined(separator: " | "), "get_pos") }
        return SkyDirection(
            azimuth: azimuth * radiansPerDegree, elevation: elevation * radiansPerDegree)
    }

    /// Orders `P`.
    public mutating func slew(to direction: SkyDirection) throws(Failure) {
        guard limits.contains(direction) else { throw outside(direction) }
        var command = CommandText()
        command.append("+P ")
        command.append(direction.azimuth / radiansPerDegree, decimals: 3)
        command.append(" ")
        command.append(direction.elevation / radiansPerDegree, decimals: 3)
        command.append("\n")
        _ = try order("set_pos", command.text)
    }

    /// Goes where the target will be after the lead, kept within the limits.
    public mutating func follow(
        _ direction: SkyDirection, azimuthRate: Double, elevationRate: Double
    ) throws(Failure) {
        guard limits.contains(direction), azimuthRate.isFinite, elevationRate.isFinite else {
            throw outside(direction)
        }
        let seconds = Double(lead.count) * 1e-12
        try slew(
            to: SkyDirection(
                azimuth: (direction.azimuth + azimuthRate * seconds)
                    .clamped(to: limits.azimuth),
                elevation: (direction.elevation + elevationRate * seconds)
                    .clamped(to: limits.elevation)))
    }

    /// Orders `S`.
    public mutating func halt() throws(Failure) { _ = try order("stop", "+S\n") }

    /// Orders `K`.
    public mutating func park() throws(Failure) { _ = try order("park", "+K\n") }
}

extension RotctldMount where Connection: ~Copyable {
    /// What an answer said between its first line and `RPRT`.
    private struct Answer {
        var lines: [String] = []

        /// The number behind `name` on one of the lines.
        func number(_ name: String) -> Double? {
            for line in lines where line.hasPrefix(name) {
                let text = line.dropFirst(name.count).drop { $0 == " " }
                guard let number = Double(text), number.isFinite else { return nil }
                return number
            }
            return nil
        }
    }

    /// Sends one command in extended form and takes its answer up to `RPRT`.
    private mutating func order(_ name: String, _ command: String) throws(Failure) -> Answer {
        let deadline = link.connection.now.later(by: patience)
        try send(command, by: deadline)
        let answer = try self.answer(to: name, by: deadline)
        isOutOfStep = false
        return answer
    }

    private mutating func answer(
        to name: String, by deadline: Picoseconds
    ) throws(Failure) -> Answer {
        var answer = Answer()
        // The longest answer, to dump_state, has 10 lines.
        for _ in 0..<20 {
            let line = try nextText(by: deadline)
            if line.hasPrefix("RPRT ") {
                guard let code = Int(line.dropFirst(5)) else { throw unexpected(line, name) }
                guard code == 0 else {
                    isOutOfStep = false
                    throw .report(code: code, command: name)
                }
                return answer
            }
            if answer.lines.isEmpty && !line.hasPrefix(name + ":") { throw unexpected(line, name) }
            answer.lines.append(line)
        }
        throw unexpected("more than 20 lines", name)
    }

    private mutating func nextText(by deadline: Picoseconds) throws(Failure) -> String {
        do throws(LineError<Connection.Failure>) {
            return link.text(try link.line(by: deadline))
        } catch { throw .line(error) }
    }

    /// Sends a command, on a fresh connection if the last order went wrong.
    private mutating func send(_ command: String, by deadline: Picoseconds) throws(Failure) {
        do throws(LineError<Connection.Failure>) {
            if isOutOfStep { try link.reopen(by: deadline) }
            isOutOfStep = true
            try link.send(command, by: deadline)
        } catch { throw .line(error) }
    }

    private mutating func readLimits() throws(Failure) {
        let answer = try order("dump_state", "+\\dump_state\n")
        guard let azimuth = range(answer, "Azimuth:"), let elevation = range(answer, "Elevation:")
        else { throw unexpected(answer.lines.joined(separator: " | "), "dump_state") }
        limits = MountReach(
            azimuth: azimuth, elevation: elevation, azimuthRate: nil, elevationRate: nil)
    }

    private func range(_ answer: Answer, _ axis: String) -> ClosedRange<Double>? {
        guard let low = answer.number("Minimum \(axis)"),
            let high = answer.number("Maximum \(axis)"),
            low <= high, abs(low) <= 1_000, abs(high) <= 1_000
        else { return nil }
        return low * radiansPerDegree...high * radiansPerDegree
    }

    private func outside(_ direction: SkyDirection) -> Failure {
        .outside(azimuth: direction.azimuth, elevation: direction.elevation, limits: limits)
    }

    private func unexpected(_ answer: String, _ command: String) -> Failure {
        .unexpected(answer: String(answer.prefix(120)), command: command)
    }
}
