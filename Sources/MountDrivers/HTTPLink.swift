public import PayloadHAL
public import Quantities

/// Why an ``HTTPLink`` gave no answer.
public enum HTTPError<Connection: InstrumentError>: InstrumentError {
    /// The connection under it failed.
    case connection(Connection)
    /// No whole answer by the deadline.
    case silent
    /// Bytes that are no answer of HTTP.
    case malformed(String)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .connection(let error): error.fault
        case .silent: .timedOut
        case .malformed: .garbled
        }
    }
}

/// Requests of HTTP/1.1 over a connection that is kept, each with a deadline.
public struct HTTPLink<Connection: ByteConnection & ~Copyable>: ~Copyable {
    private var connection: Connection
    private let host: String
    private let patience: Picoseconds
    /// Whether the connection is at the start of an exchange; if not it is made anew.
    private var isReady = true
    private var memory = InlineArray<2048, UInt8>(repeating: 0)

    /// Takes over an open connection.
    ///
    /// - Parameters:
    ///   - host: For the field `Host`, without line breaks.
    ///   - patience: How long one exchange may take, more than 0.
    public init(_ connection: consuming Connection, host: String, patience: Picoseconds) {
        precondition(patience > .zero && !host.utf8.contains { $0 < 0x20 })
        self.connection = connection
        self.host = host
        self.patience = patience
    }

    /// Sends a request and waits for its answer.
    ///
    /// A kept connection that the server closed meanwhile is made anew once: requests must bear
    /// repetition.
    /// - Parameters:
    ///   - target: Path and query, percent-encoded.
    ///   - form: Body of a form, percent-encoded; `nil` for none.
    public mutating func exchange(
        _ method: String, _ target: String, form: String?
    ) throws(HTTPError<Connection.Failure>) -> HTTPAnswer {
        let deadline = connection.now.later(by: patience)
        let wasReady = isReady
        do throws(HTTPError<Connection.Failure>) {
            return try attempt(method, target, form, by: deadline)
        } catch {
            guard wasReady, case .connection(let failure) = error, failure.fault == .unreachable
            else { throw error }
        }
        return try attempt(method, target, form, by: deadline)
    }

    /// Sends a request whose answer nobody waits for, as the last one.
    public func sendLast(_ method: String, _ target: String, form: String) {
        guard isReady else { return }
        let request = text(method, target, form)
        try? connection.send(request.span.bytes, by: connection.now.later(by: patience))
    }

    private func text(_ method: String, _ target: String, _ form: String?) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nAccept: application/json\r\n"
        if let form {
            text += "Content-Type: application/x-www-form-urlencoded\r\n"
            text += "Content-Length: \(form.utf8.count)\r\n"
        }
        return Array((text + "\r\n" + (form ?? "")).utf8)
    }

    private mutating func attempt(
        _ method: String, _ target: String, _ form: String?, by deadline: Picoseconds
    ) throws(HTTPError<Connection.Failure>) -> HTTPAnswer {
        let request = text(method, target, form)
        do throws(Connection.Failure) {
            if !isReady { try connection.reopen(by: deadline) }
            isReady = false
            try connection.send(request.span.bytes, by: deadline)
        } catch { throw .connection(error) }
        var answer = HTTPAnswer()
        while !answer.isComplete {
            let count = try receive(by: deadline)
            guard count > 0 else { throw .silent }
            do throws(HTTPAnswer.Fault) {
                var bytes: [UInt8] = []
                for index in 0..<count { bytes.append(memory[index]) }
                try answer.feed(bytes)
            } catch { throw .malformed("\(error)") }
        }
        isReady = answer.keepsAlive
        return answer
    }

    private mutating func receive(
        by deadline: Picoseconds
    ) throws(HTTPError<Connection.Failure>) -> Int {
        // Bytes that keep coming must not outlast the deadline.
        guard connection.now < deadline else { return 0 }
        var span = memory.mutableSpan
        var bytes = span.mutableBytes
        do throws(Connection.Failure) {
            return try connection.receive(into: &bytes, by: deadline)
        } catch { throw .connection(error) }
    }
}
