public import PayloadHAL
public import Quantities

/// The S-Fifteen TDC1: four inputs with one threshold, a serial line over USB.
///
/// Orders are lines of text. `NEG` and `POS` set the threshold by its sign, `REFCLK` the clock (1
/// external, 2 its own), `timestamp;counts?` lets words come and `abort` ends them (the public
/// pyS15, and the maker's page on the TDC1). The words mark no losses, and the line may lose bytes:
/// what the driver cannot know of is not in ``gaps``. Not tried on a real one.
public struct TDC1Tagger<Connection: ByteConnection & ~Copyable>: TimeTagger, ~Copyable {
    /// This driver's own error.
    public typealias Failure = TaggerError<Connection.Failure>

    /// Who the tagger is, as it said when it was last opened.
    public private(set) var identity: TaggerIdentity
    /// Starts after the first.
    public private(set) var gaps: Int64 = 0
    private var connection: Connection
    private var settings: TaggerSettings?
    private var isStarted = false
    private var isRunning = false
    /// Where words are taken; 16 KiB are 2 ms at the 2 M words/s that high-speed USB can carry.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)

    private static var patience: Picoseconds { .milliseconds(1000) }
    /// How long an order may take to be answered by an unwanted line.
    private static var settling: Picoseconds { .milliseconds(100) }
    /// Thresholds are read back this well, V.
    private static var thresholdTolerance: Double { 0.05 }

    /// Takes over a serial line, ends what goes on there and asks who it is.
    public init(_ connection: consuming Connection) throws(Failure) {
        self.connection = connection
        identity = TaggerIdentity(
            model: "S-Fifteen TDC1", serial: "", firmware: "", format: .tdc1, channels: 4,
            tick: (2000, 1))
        identity.thresholds = -3.3...3.3
        identity.sharesThreshold = true
        identity.takesExternalClock = true
        try greet()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        let order = Array("abort\r\n".utf8)
        try? connection.send(order.span.bytes, by: connection.now.later(by: Self.patience))
        buffer.deallocate()
    }

    /// Time on the connection's clock.
    public var now: Picoseconds { connection.now }

    /// Sets threshold and clock; a tagger that runs is stopped and started again.
    public mutating func configure(_ settings: TaggerSettings) throws(Failure) {
        if let fault = settings.fault(for: identity) { throw .unsupported(fault) }
        let last = self.settings
        self.settings = settings
        let restarts = isRunning
        if restarts { try halt() }
        do throws(Failure) {
            try order("REFCLK \(settings.clockSource == .external ? 1 : 2)")
            if let volts = settings.thresholds.first?.volts { try setThreshold(volts) }
        } catch {
            // What the tagger refused once it would refuse at every recovery.
            if error.fault == .refused { self.settings = last }
            throw error
        }
        if restarts {
            gaps &+= 1
            try start()
        }
    }

    /// Lets words come.
    public mutating func start() throws(Failure) {
        guard !isRunning else { return }
        isStarted = true
        try send("INPKT;time 0;timestamp;counts?;\r\n")
        isRunning = true
    }

    /// Waits for words; silence is no fault.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Int {
        guard isStarted else { return 0 }
        guard isRunning else { throw .stopped }
        let count: Int
        do throws(Connection.Failure) {
            var room = MutableRawSpan(_unsafeBytes: buffer)
            count = try connection.receive(into: &room, by: deadline)
        } catch {
            isRunning = false
            throw .connection(error)
        }
        if count > 0 { body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
    }

    /// Sends `abort` and throws away what was on its way.
    public mutating func stop() throws(Failure) {
        if isRunning { gaps &+= 1 }
        isStarted = false
        try halt()
    }

    /// Opens the line afresh, sets the tagger as it was, and starts it if it was started.
    public mutating func recover(by deadline: Picoseconds) throws(Failure) {
        isRunning = false
        gaps &+= 1
        do throws(Connection.Failure) {
            try connection.reopen(by: deadline)
        } catch { throw .connection(error) }
        try greet()
        if let settings { try configure(settings) }
        if isStarted { try start() }
    }
}

extension TDC1Tagger where Connection: ~Copyable {
    /// Ends what goes on and asks who is there.
    private mutating func greet() throws(Failure) {
        try halt()
        let name = try answer("*idn?")
        // Bytes, not characters: nothing here needs to know letters.
        let wanted = Array("TDC1".utf8)
        let found = Array(name.utf8)
        guard
            found.indices.contains(where: { found[$0...].starts(with: wanted) })
        else { throw .unexpected(answer: String(reflecting: name), request: "*idn?") }
        identity.firmware = String(name.prefix(80))
    }

    private mutating func halt() throws(Failure) {
        isRunning = false
        try send("abort\r\n")
        guard try drain() != nil else { throw .endless(request: "abort") }
    }

    private mutating func setThreshold(_ volts: Double) throws(Failure) {
        let millivolts = Int((abs(volts) * 1000).rounded())
        let digits = "\(millivolts % 1000 + 1000)".dropFirst()
        let text = "\(volts < 0 ? "-" : "")\(millivolts / 1000).\(digits)"
        try order("\(volts < 0 ? "NEG" : "POS") \(text)")
        let level = try answer("level?")
        guard let found = level.split(separator: " ").first.flatMap({ Double($0) }) else {
            throw .unexpected(answer: String(reflecting: level), request: "level?")
        }
        guard abs(found - volts) <= Self.thresholdTolerance else {
            throw .notTaken(setting: "threshold", asked: "\(volts) V", found: "\(found) V")
        }
    }

    /// Sends an order that is not answered; a line that complains all the same is a refusal.
    private mutating func order(_ text: String) throws(Failure) {
        try send("\(text)\r\n")
        guard let said = try drain() else { throw .endless(request: text) }
        guard !Self.isComplaint(said) else {
            throw .refused(request: text, reason: String(decoding: said, as: UTF8.self).trimmed)
        }
    }

    /// Whether a line has one of the words that refusals have; an echo has none.
    private static func isComplaint(_ line: [UInt8]) -> Bool {
        let small = line.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
        return ["error", "unknown", "invalid", "not "].contains { word in
            small.indices.contains { small[$0...].starts(with: word.utf8) }
        }
    }

    /// Sends a question and takes the line that answers it.
    private mutating func answer(_ text: String) throws(Failure) -> String {
        try send("\(text)\r\n")
        var line: [UInt8] = []
        let deadline = connection.now.later(by: Self.patience)
        while line.last != 0x0A {
            let count: Int
            do throws(Connection.Failure) {
                var room = MutableRawSpan(_unsafeBytes: buffer)
                count = try connection.receive(into: &room, by: deadline)
            } catch { throw .connection(error) }
            guard count > 0 else { throw .silent(for: Self.patience) }
            line += buffer[..<count]
            guard line.count <= 1024 else {
                throw .unexpected(answer: "a line without an end", request: text)
            }
        }
        return String(decoding: line, as: UTF8.self).trimmed
    }

    private mutating func drain() throws(Failure) -> [UInt8]? {
        do throws(Connection.Failure) {
            return try connection.drain(quiet: Self.settling)
        } catch { throw .connection(error) }
    }

    private func send(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        do throws(Connection.Failure) {
            try connection.send(bytes.span.bytes, by: connection.now.later(by: Self.patience))
        } catch { throw .connection(error) }
    }
}

extension String {
    /// Without control characters and blanks at its ends, 120 characters at most.
    fileprivate var trimmed: String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.value <= 0x20 }
        let from = unicodeScalars.drop(while: isBlank)
        let count = from.reversed().drop(while: isBlank).count
        return String(String.UnicodeScalarView(from.prefix(min(count, 120))))
    }
}
