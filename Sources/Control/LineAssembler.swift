/// Makes lines of bytes that come in any pieces.
public struct LineAssembler {
    /// One line, or the news that it is none.
    public enum Line: Equatable, Sendable {
        /// Its text, without the end.
        case text(String)
        /// It is no text: not UTF-8, or with control characters in it.
        case garbage
        /// It is longer than allowed; the rest up to its end is skipped.
        case tooLong
    }

    /// The longest line, bytes without its end.
    public let limit: Int
    private var bytes: [UInt8] = []
    private var isSkipping = false

    /// An assembler that has seen nothing.
    public init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
        bytes.reserveCapacity(limit)
    }

    /// Takes the next bytes and hands each line that ends in them to `body`, in order.
    ///
    /// A line ends with LF, CR LF or CR; empty lines are passed over.
    public mutating func take(_ source: UnsafeRawBufferPointer, _ body: (Line) -> Void) {
        for byte in source {
            guard byte != 0x0A, byte != 0x0D else {
                if !isSkipping, !bytes.isEmpty { body(Self.line(bytes)) }
                bytes.removeAll(keepingCapacity: true)
                isSkipping = false
                continue
            }
            guard !isSkipping else { continue }
            if bytes.count < limit {
                bytes.append(byte)
            } else {
                isSkipping = true
                body(.tooLong)
            }
        }
    }

    private static func line(_ bytes: [UInt8]) -> Line {
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        guard isPlain, let text = String(validating: bytes, as: UTF8.self) else {
            return .garbage
        }
        return .text(text)
    }
}
