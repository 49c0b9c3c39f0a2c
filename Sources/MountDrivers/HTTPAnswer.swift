/// An answer of HTTP/1.1 (RFC 9112), put together from pieces as they come.
///
/// Knows a body with `Content-Length`, one in chunks, and none. Lines, fields and bodies beyond
/// what Alpaca needs are refused, so that an endless answer ends.
public struct HTTPAnswer: Equatable, Sendable {
    /// Why bytes are no answer.
    public enum Fault: Error, Equatable {
        /// Not what the protocol has at this place.
        case malformed(String)
        /// More than ``HTTPAnswer/limit`` bytes.
        case tooLarge
    }

    /// Largest answer taken, head and body; Alpaca's have less than 1000 bytes.
    public static let limit = 65_536

    /// The status code, 100 to 599; 0 until its line has come.
    public private(set) var status = 0
    /// The body so far.
    public private(set) var body: [UInt8] = []
    /// Whether all of it has come.
    public private(set) var isComplete = false
    /// Whether the connection takes another request afterwards.
    public private(set) var keepsAlive = true

    private enum Expectation: Equatable {
        case statusLine, field, body(left: Int), chunkSize, chunk(left: Int), chunkEnd, trailer
    }
    private var expectation = Expectation.statusLine
    private var line: [UInt8] = []
    private var length = 0
    private var isChunked = false
    private var size = 0

    /// An answer of which nothing has come.
    public init() {}

    /// Takes the next piece; bytes behind the end of the answer are refused.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(Fault) {
        for byte in bytes {
            guard !isComplete else { throw .malformed("bytes behind the answer") }
            size += 1
            guard size <= Self.limit else { throw .tooLarge }
            try feed(byte)
        }
    }

    private mutating func feed(_ byte: UInt8) throws(Fault) {
        switch expectation {
        case .body(let left):
            body.append(byte)
            if left == 1 { isComplete = true } else { expectation = .body(left: left - 1) }
        case .chunk(let left):
            body.append(byte)
            expectation = left == 1 ? .chunkEnd : .chunk(left: left - 1)
        default:
            guard byte == 0x0A else { return line.append(byte) }
            if line.last == 0x0D { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            try take(text)
        }
    }

    private mutating func take(_ text: String) throws(Fault) {
        switch expectation {
        case .statusLine: try takeStatus(text)
        case .field: try takeField(text)
        case .chunkSize: try takeChunkSize(text)
        case .chunkEnd:
            guard text.isEmpty else { throw .malformed("a chunk without its end") }
            expectation = .chunkSize
        case .trailer: isComplete = text.isEmpty
        case .body, .chunk: return
        }
    }

    private mutating func takeStatus(_ text: String) throws(Fault) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0",
            parts[1].utf8.count == 3, let code = Int(parts[1]), 100...599 ~= code
        else { throw .malformed(String(text.prefix(80))) }
        status = code
        keepsAlive = parts[0] == "HTTP/1.1"
        expectation = .field
    }

    private mutating func takeField(_ text: String) throws(Fault) {
        guard !text.isEmpty else { return endHead() }
        guard let colon = text.firstIndex(of: ":") else {
            throw .malformed(String(text.prefix(80)))
        }
        var value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        while value.last == " " || value.last == "\t" { value.removeLast() }
        switch text[..<colon].lowercased() {
        case "content-length":
            guard value.utf8.count <= 9, let count = Int(value), count >= 0 else {
                throw .malformed(String(text.prefix(80)))
            }
            guard count <= Self.limit else { throw .tooLarge }
            length = count
        case "transfer-encoding": isChunked = value.lowercased() == "chunked"
        case "connection": keepsAlive = value.lowercased() != "close" && keepsAlive
        default: return
        }
    }

    private mutating func endHead() {
        if 100...199 ~= status {
            // An interim answer; the real one follows.
            expectation = .statusLine
        } else if isChunked {
            expectation = .chunkSize
        } else if length > 0 {
            expectation = .body(left: length)
        } else {
            isComplete = true
        }
    }

    private mutating func takeChunkSize(_ text: String) throws(Fault) {
        let digits = text.prefix { $0 != ";" && $0 != " " }
        guard 1...6 ~= digits.utf8.count, let count = Int(digits, radix: 16), count >= 0 else {
            throw .malformed("a chunk of \(String(text.prefix(20))) bytes")
        }
        expectation = count == 0 ? .trailer : .chunk(left: count)
    }
}
