/// What a message is about.
public enum MessageType: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Ground to satellite: slots and bases of the clicks of one part of an epoch.
    case announcement = 1
    /// Satellite to ground: which clicks are kept, their intensities, the test bits.
    case reply = 2
    /// Satellite to ground: this part will not be answered, and why.
    case refusal = 3
    /// Ground to satellite: the pass is over; which epochs count, and the transcript's digest.
    case close = 4
    /// Satellite to ground: whether the satellite holds the same.
    case closeReply = 5
    /// Ground to satellite: the next step of a window's distillation.
    case distillationRequest = 6
    /// Satellite to ground: what that step came to.
    case distillationAnswer = 7
    /// Either way: a message under a one-time pad.
    case letter = 8
    /// First station to second: a step of sifting with an entangled source.
    case coincidenceRequest = 9
    /// Second station to first: what the second says in that step.
    case coincidenceAnswer = 10
}

/// Who sent a message; keeps an echo from being taken for an answer.
public enum MessageDirection: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Ground to satellite.
    case up = 0
    /// Satellite to ground.
    case down = 1
}

/// The first 22 bytes of every message, little-endian.
///
/// Layout: magic `LW`, version, type, direction, part, parts, reserved (0), session (4 bytes),
/// sequence (4), epoch (4), payload length (2). The payload follows, then CRC-32C over all before.
public struct MessageHeader: Equatable, Sendable, BitwiseCopyable {
    /// Bytes before the payload.
    public static let size = 22
    /// Bytes after the payload: CRC-32C.
    public static let trailerSize = 4
    /// Longest message, bytes: what the link's datagrams carry.
    public static let largestMessage = 16_384
    /// Longest payload, bytes.
    public static let largestPayload = largestMessage - size - trailerSize
    /// Version of the protocol that this code speaks.
    public static let version: UInt8 = 1
    /// Bytes `L`, `W`.
    static let magic: UInt16 = 0x574C

    /// What the payload is.
    public var type: MessageType
    /// Who sent it.
    public var direction: MessageDirection
    /// Which part of the epoch, below ``parts``.
    public var part: UInt8
    /// Parts of the epoch, at least 1.
    public var parts: UInt8
    /// The pass; a message of another session is not for us.
    public var session: UInt32
    /// Number of the message among its sender's; a repeat keeps it, an answer echoes it.
    public var sequence: UInt32
    /// Number of the epoch.
    public var epoch: UInt32

    /// What `message`, whole or not, says that it is about: whom to hand it to, not whether it
    /// is sound.
    public static func kind(_ message: UnsafeRawBufferPointer) -> MessageType? {
        message.count > 3 ? MessageType(rawValue: message[3]) : nil
    }

    /// A header with every field given.
    public init(
        type: MessageType, direction: MessageDirection, part: UInt8 = 0, parts: UInt8 = 1,
        session: UInt32, sequence: UInt32, epoch: UInt32
    ) {
        self.type = type
        self.direction = direction
        self.part = part
        self.parts = parts
        self.session = session
        self.sequence = sequence
        self.epoch = epoch
    }
}

/// Why bytes are not a message, or a payload not what its type says; carries the value.
public enum WireError: Error, Equatable, Sendable, BitwiseCopyable {
    /// The message has `count` bytes, fewer than header and checksum, or more than allowed.
    case messageSize(count: Int)
    /// The first two bytes are not `L`, `W`.
    case magic(UInt16)
    /// The checksum of the bytes differs from the one stated.
    case checksum(stated: UInt32, computed: UInt32)
    /// Another version of the protocol.
    case version(UInt8)
    /// No such message type.
    case type(UInt8)
    /// Neither up nor down.
    case direction(UInt8)
    /// The part's number is not below the number of parts.
    case part(UInt8, parts: UInt8)
    /// A reserved byte or padding bit is not 0.
    case reserved
    /// The payload length stated is not the one present.
    case payloadLength(stated: Int, present: Int)
    /// The payload ends before its content does.
    case payloadEnds(count: Int)
    /// Bytes follow the payload's content.
    case payloadContinues(used: Int, count: Int)
    /// The payload says more clicks than a part may have.
    case clickCount(Int)
    /// No such parameter of the gap code.
    case riceParameter(UInt8)
    /// A slot lies beyond the end of its epoch.
    case slot(UInt64)
    /// A count inside the payload contradicts its content.
    case count(stated: Int, present: Int)
    /// No such code.
    case code(UInt8)
    /// The room given for the message, the payload or its content is too small.
    case room(needed: Int, given: Int)
}
