public import Quantities

/// Why a ``LineLink`` gave no line.
public enum LineError<Connection: InstrumentError>: InstrumentError {
    /// The connection under it failed.
    case connection(Connection)
    /// No whole line by the deadline; `held` bytes of a line without an end had come.
    case silent(held: Int)
    /// A line without an end within the link's capacity, in bytes.
    case endless(capacity: Int)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .connection(let error): error.fault
        case .silent: .timedOut
        case .endless: .garbled
        }
    }
}

/// Lines of text over a connection, with a deadline each and no allocation.
public struct LineLink<Connection: ByteConnection & ~Copyable>: ~Copyable {
    /// Longest line with its end: the largest real one, of `rotctld` and GCS, has about 200 bytes.
    public static var capacity: Int { 1024 }

    /// The connection under it.
    public var connection: Connection
    private var buffer = InlineArray<1024, UInt8>(repeating: 0)
    /// Bytes of `buffer` in use, and where the line after the last one begins.
    private var filled = 0
    private var next = 0

    /// Takes over `connection` for good.
    public init(_ connection: consuming Connection) {
        self.connection = connection
    }

    /// Sends `bytes` as they are.
    public func send(
        _ bytes: RawSpan, by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) {
        do throws(Connection.Failure) {
            try connection.send(bytes, by: deadline)
        } catch { throw .connection(error) }
    }

    /// Sends the characters of `text` in UTF-8, without adding an end of line.
    public func send(
        _ text: String, by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) {
        let bytes = Array(text.utf8)
        try send(bytes.span.bytes, by: deadline)
    }

    /// Where in the link's memory the next line lies, without its LF; `nil` if none came in time.
    ///
    /// The place holds until the next call; read it with ``subscript(_:)`` or ``text(_:)``.
    /// - Throws: If the connection failed, or the line does not end within ``capacity``.
    public mutating func nextLine(
        by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) -> Range<Int>? {
        var searched = next
        while true {
            for index in searched..<filled where buffer[index] == 0x0A {
                let line = next..<index
                next = index + 1
                return line
            }
            moveToStart()
            searched = filled
            guard filled < Self.capacity else {
                filled = 0
                throw .endless(capacity: Self.capacity)
            }
            guard try fill(by: deadline) > 0 else { return nil }
        }
    }

    /// The next line as ``nextLine(by:)`` finds it; silence is an error.
    public mutating func line(
        by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) -> Range<Int> {
        guard let line = try nextLine(by: deadline) else { throw .silent(held: filled - next) }
        return line
    }

    /// One byte of the last line.
    public subscript(index: Int) -> UInt8 { buffer[index] }

    /// Part of the last line; what is no UTF-8 becomes U+FFFD.
    public func text(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        for index in range { bytes.append(buffer[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Forgets what has come and starts the connection afresh.
    public mutating func reopen(
        by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) {
        filled = 0
        next = 0
        do throws(Connection.Failure) {
            try connection.reopen(by: deadline)
        } catch { throw .connection(error) }
    }

    /// Makes room behind what is not yet read.
    private mutating func moveToStart() {
        guard next > 0 else { return }
        for index in next..<filled { buffer[index - next] = buffer[index] }
        filled -= next
        next = 0
    }

    private mutating func fill(
        by deadline: Picoseconds
    ) throws(LineError<Connection.Failure>) -> Int {
        var memory = buffer.mutableSpan
        var bytes = memory.mutableBytes
        var room = bytes._mutatingExtracting(filled..<Self.capacity)
        do throws(Connection.Failure) {
            let count = try connection.receive(into: &room, by: deadline)
            filled += count
            return count
        } catch { throw .connection(error) }
    }
}
