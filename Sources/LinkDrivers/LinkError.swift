public import PayloadHAL

/// Why a link took no message, or gave none.
public enum LinkError<Connection: InstrumentError>: InstrumentError {
    /// The connection under it failed.
    case connection(Connection)
    /// The message has `count` bytes; 1 to `most` are allowed.
    case length(count: Int, most: Int)
    /// The queue is full with this many messages that the other end has not acknowledged.
    case full(messages: Int)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .connection(let error): error.fault
        case .length: .outOfRange
        case .full: .refused
        }
    }
}

extension LinkError {
    /// Refuses what is no message.
    static func check(_ message: UnsafeRawBufferPointer) throws(Self) {
        guard 1...LinkLimits.largestMessage ~= message.count else {
            throw .length(count: message.count, most: LinkLimits.largestMessage)
        }
    }
}
