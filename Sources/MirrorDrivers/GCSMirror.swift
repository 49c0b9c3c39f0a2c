public import PayloadHAL
public import Quantities

/// A piezo mirror behind a controller that speaks PI's General Command Set 2.0, as the E-727 does.
///
/// ``steer(to:)`` sends `MOV` alone and asks `ERR?` ten times a second without waiting for the
/// answer: an error is thrown by the first call after its answer came, and half a second of
/// silence counts as an error. When the value goes away the mirror is sent to its centre.
public struct GCSMirror<Connection: ByteConnection & ~Copyable>: SteeringMirror, ~Copyable {
    /// This driver's own error.
    public typealias Failure = GCSError<Connection.Failure>

    /// From the controller's own travel limits, `TMN?` and `TMX?`.
    public private(set) var stroke = MirrorStroke(first: 0, second: 0)
    /// What the controller says it is.
    public private(set) var identity = ""

    private var link: LineLink<Connection>
    private let axes: GCSAxes
    private let firstName: [UInt8], secondName: [UInt8]
    private let patience: Picoseconds
    /// Positions of the centre, in the controller's units.
    private var firstCentre = 0.0, secondCentre = 0.0
    /// When `ERR?` was last sent, and whether its answer is outstanding.
    private var asked = Picoseconds.zero
    private var isAsked = false
    private var isOutOfStep = false

    /// How often `ERR?` is asked, and how long its answer may take.
    private static var askingInterval: Picoseconds { .milliseconds(100) }
    private static var silenceLimit: Picoseconds { .milliseconds(500) }

    /// Takes over a connection to the controller, reads its limits, closes its servo loops and
    /// sends the mirror to its centre.
    ///
    /// - Parameters:
    ///   - connection: TCP port 50000 by default, or a serial line.
    ///   - patience: How long a question may take, more than 0.
    public init(
        _ connection: consuming Connection, axes: GCSAxes = GCSAxes(),
        patience: Picoseconds = .milliseconds(1_000)
    ) throws(Failure) {
        precondition(patience > .zero)
        link = LineLink(connection)
        self.axes = axes
        firstName = Array(axes.first.utf8)
        secondName = Array(axes.second.utf8)
        self.patience = patience
        try prepare()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        try? sendMove(to: .centre, asking: false)
    }

    /// Sends `MOV`, and `ERR?` ten times a second, without waiting for an answer.
    public mutating func steer(to tilt: MirrorTilt) throws(Failure) {
        guard stroke.contains(tilt) else { throw .outside(tilt, stroke: stroke) }
        guard !isOutOfStep else { throw .outOfStep }
        let now = link.connection.now
        if isAsked { try takeError(by: .zero, now: now) }
        let asking = !isAsked && now.count - asked.count >= Self.askingInterval.count
        try sendMove(to: tilt, asking: asking)
        if asking {
            asked = now
            isAsked = true
        }
    }

    /// Asks `POS?` and waits for the answer.
    public mutating func position() throws(Failure) -> MirrorTilt? {
        let (first, second) = try values("POS?")
        return MirrorTilt(
            a: (first - firstCentre) / axes.unitsPerRadian,
            b: (second - secondCentre) / axes.unitsPerRadian)
    }

    /// Sends the single byte that stops all axes; heard in any state.
    public mutating func halt() throws(Failure) {
        // Sent even out of step: it is one byte that has no answer (#24).
        try sendText("\u{18}")
        guard !isOutOfStep else { return }
        // Stopping leaves error 10 behind, which is no fault.
        try settle(ignoring: 10)
    }

    /// Sends the mirror to its centre and waits for `ERR?`.
    public mutating func centre() throws(Failure) {
        guard !isOutOfStep else { throw .outOfStep }
        try sendMove(to: .centre, asking: false)
        try settle(ignoring: 0)
    }

    /// Connects anew, clears old errors, closes the loops and centres the mirror.
    public mutating func recover() throws(Failure) {
        do throws(LineError<Connection.Failure>) {
            try link.reopen(by: link.connection.now.later(by: patience))
        } catch { throw .line(error) }
        isOutOfStep = false
        isAsked = false
        try prepare()
    }
}

extension GCSMirror where Connection: ~Copyable {
    /// Reads who and what is there, closes the loops and goes to the centre.
    private mutating func prepare() throws(Failure) {
        try settle(ignoring: nil)
        try sendText("*IDN?\n")
        let line = try line(by: link.connection.now.later(by: patience))
        identity = String(link.text(line).prefix(120))
        let low = try values("TMN?")
        let high = try values("TMX?")
        guard low.first < high.first, low.second < high.second,
            abs(low.first) < 1e9, abs(high.first) < 1e9, abs(low.second) < 1e9,
            abs(high.second) < 1e9
        else {
            isOutOfStep = true
            throw .unexpected(answer: "\(low) to \(high)", command: "TMN?, TMX?")
        }
        firstCentre = (low.first + high.first) / 2
        secondCentre = (low.second + high.second) / 2
        stroke = MirrorStroke(
            first: (high.first - low.first) / 2 / axes.unitsPerRadian,
            second: (high.second - low.second) / 2 / axes.unitsPerRadian)
        try sendText("SVO \(axes.first) 1 \(axes.second) 1\n")
        try settle(ignoring: 0)
        try centre()
    }

    /// Sends `MOV` in the controller's units, and `ERR?` behind it in the same packet if wanted.
    private func sendMove(to tilt: MirrorTilt, asking: Bool) throws(Failure) {
        var command = CommandText()
        command.append("MOV ")
        command.append(firstName)
        command.append(" ")
        command.append(firstCentre + tilt.a * axes.unitsPerRadian, decimals: 4)
        command.append(" ")
        command.append(secondName)
        command.append(" ")
        command.append(secondCentre + tilt.b * axes.unitsPerRadian, decimals: 4)
        command.append("\n")
        if asking { command.append("ERR?\n") }
        do throws(LineError<Connection.Failure>) {
            try link.send(command.bytes, by: link.connection.now.later(by: patience))
        } catch { throw .line(error) }
    }

    private func sendText(_ text: String) throws(Failure) {
        do throws(LineError<Connection.Failure>) {
            try link.send(text, by: link.connection.now.later(by: patience))
        } catch { throw .line(error) }
    }

    /// Takes the answer to `ERR?` if it has come by `deadline`.
    private mutating func takeError(by deadline: Picoseconds, now: Picoseconds) throws(Failure) {
        guard let range = try nextLine(by: deadline) else {
            guard now.count - asked.count < Self.silenceLimit.count else {
                isOutOfStep = true
                throw .line(.silent(held: 0))
            }
            return
        }
        isAsked = false
        let code = try code(in: range)
        guard code == 0 else { throw .report(code: code) }
    }

    /// Asks `ERR?` and waits; `nil` ignores any code, which clears an old error.
    private mutating func settle(ignoring expected: Int?) throws(Failure) {
        let deadline = link.connection.now.later(by: patience)
        try takeOutstanding(by: deadline)
        try sendText("ERR?\n")
        let code = try code(in: line(by: deadline))
        guard code == 0 || expected == nil || code == expected else { throw .report(code: code) }
    }

    /// Takes the outstanding answer to an earlier `ERR?`, so that the next line is of the next
    /// question; its code is thrown if it is one.
    private mutating func takeOutstanding(by deadline: Picoseconds) throws(Failure) {
        guard !isOutOfStep else { throw .outOfStep }
        guard isAsked else { return }
        let code = try code(in: line(by: deadline))
        isAsked = false
        // Stopped by a command is what a stop leaves behind.
        guard code == 0 || code == 10 else { throw .report(code: code) }
    }

    /// The code on a line, read in place: the loop may not allocate.
    private mutating func code(in range: Range<Int>) throws(Failure) -> Int {
        var value = 0
        var digits = 0
        var sign = 1
        for index in range where link[index] != 0x20 && link[index] != 0x0D {
            let byte = link[index]
            if byte == UInt8(ascii: "-") && digits == 0 && sign == 1 {
                sign = -1
                continue
            }
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, digits < 9 else {
                isOutOfStep = true
                throw unexpected(range, "ERR?")
            }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        guard digits > 0 else {
            isOutOfStep = true
            throw unexpected(range, "ERR?")
        }
        return sign * value
    }

    /// Asks a question about both axes.
    private mutating func values(_ command: String) throws(Failure) -> (
        first: Double, second: Double
    ) {
        let deadline = link.connection.now.later(by: patience)
        try takeOutstanding(by: deadline)
        try sendText("\(command) \(axes.first) \(axes.second)\n")
        let first = try value(of: axes.first, command, by: deadline)
        return (first, try value(of: axes.second, command, by: deadline))
    }

    /// Reads `AXIS=NUMBER`.
    private mutating func value(
        of axis: String, _ command: String, by deadline: Picoseconds
    ) throws(Failure) -> Double {
        let range = try line(by: deadline)
        var text = link.text(range)[...]
        while let last = text.last, last == " " || last == "\r" { text.removeLast() }
        guard text.hasPrefix(axis + "="), let number = Double(text.dropFirst(axis.count + 1)),
            number.isFinite
        else {
            isOutOfStep = true
            throw unexpected(range, command)
        }
        return number
    }

    private mutating func line(by deadline: Picoseconds) throws(Failure) -> Range<Int> {
        guard let range = try nextLine(by: deadline) else {
            isOutOfStep = true
            throw .line(.silent(held: 0))
        }
        return range
    }

    private mutating func nextLine(by deadline: Picoseconds) throws(Failure) -> Range<Int>? {
        do throws(LineError<Connection.Failure>) {
            return try link.nextLine(by: deadline)
        } catch {
            isOutOfStep = true
            throw .line(error)
        }
    }

    private func unexpected(_ range: Range<Int>, _ command: String) -> Failure {
        .unexpected(answer: String(link.text(range).prefix(120)), command: command)
    }
}
