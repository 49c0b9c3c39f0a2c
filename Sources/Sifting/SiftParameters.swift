import Quantities
public import Wire

/// What both ends hold before the pass; every part's digest covers it.
public struct SiftParameters: Equatable, Sendable, BitwiseCopyable {
    /// The pass.
    public var session: UInt32
    /// Slot in which epoch 0 begins.
    public var firstSlot: Int64
    /// Slots per epoch, 1 up to `ClickWord.largestEpoch`; fixed before the pass.
    public var slotsPerEpoch: UInt32
    /// Basis whose bits become key, 0 rectilinear or 1 diagonal. Test bits are those of the other.
    public var keyBasis: UInt8
    /// Time to wait for an answer before a message is repeated, ps. Doubles up to eightfold.
    public var retry: Int64
    /// Time after which an epoch without an answer is given up, ps.
    public var deadline: Int64

    /// Parameters with every field given; the last two concern the ground only.
    public init(
        session: UInt32, firstSlot: Int64, slotsPerEpoch: UInt32, keyBasis: UInt8,
        retry: Int64 = 60_000_000_000, deadline: Int64 = 30_000_000_000_000
    ) {
        precondition(slotsPerEpoch >= 1 && slotsPerEpoch <= ClickWord.largestEpoch)
        precondition(keyBasis <= 1)
        precondition(firstSlot.magnitude < 1 &<< 61)
        precondition(retry > 0 && deadline > 0)
        self.session = session
        self.firstSlot = firstSlot
        self.slotsPerEpoch = slotsPerEpoch
        self.keyBasis = keyBasis
        self.retry = retry
        self.deadline = deadline
    }

    /// Basis whose bits the satellite tells.
    public var testBasis: UInt8 { 1 - keyBasis }

    /// Slot in which `epoch` begins.
    public func firstSlot(ofEpoch epoch: UInt32) -> Int64 {
        firstSlot + Int64(widening: epoch) * Int64(widening: slotsPerEpoch)
    }
}

/// A running SHA-256, brought by whoever runs the core.
public protocol TranscriptDigest {
    /// A digest of nothing yet.
    init()
    /// Takes in `bytes`.
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// The digest of all taken in. Nothing may follow.
    mutating func finish() -> TranscriptValue
}

/// What the satellite sent in one slot.
public struct PulseState: Equatable, Sendable, BitwiseCopyable {
    /// 0 rectilinear, 1 diagonal.
    public var basis: UInt8
    /// 0 or 1.
    public var bit: UInt8
    /// 0 signal, 1 decoy, 2 vacuum.
    public var intensity: UInt8

    /// A state with every field given.
    public init(basis: UInt8, bit: UInt8, intensity: UInt8) {
        self.basis = basis
        self.bit = bit
        self.intensity = intensity
    }
}

/// The satellite's record of what it sent.
public protocol StateSource {
    /// What was sent in `slot`; the same at every call.
    func state(ofSlot slot: Int64) -> PulseState
}

/// The digests that both ends compute over what they say.
enum PartDigest {
    static let contextSize = 32

    /// Digest of an announcement's or a reply's payload, its own digest field left out.
    static func of<Digest: TranscriptDigest>(
        _ payload: UnsafeRawBufferPointer, header: MessageHeader, parameters: SiftParameters,
        with: Digest.Type
    ) -> ShortDigest {
        var digest = Digest()
        withContext(of: header, parameters: parameters) { digest.update($0) }
        digest.update(UnsafeRawBufferPointer(rebasing: payload[ShortDigest.size...]))
        return digest.finish().first
    }

    /// Calls `body` with the bytes that stand for everything a message's meaning depends on.
    static func withContext(
        of header: MessageHeader, parameters: SiftParameters,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        withUnsafeTemporaryAllocation(byteCount: contextSize, alignment: 8) { context in
            context.put(UInt64(0), at: 24)
            context[0] = MessageHeader.version
            context[1] = header.type.rawValue
            context[2] = header.part
            context[3] = header.parts
            context.put(parameters.session, at: 4)
            context.put(header.epoch, at: 8)
            context.put(parameters.slotsPerEpoch, at: 12)
            context.put(parameters.firstSlot, at: 16)
            context[24] = parameters.keyBasis
            body(UnsafeRawBufferPointer(context))
        }
    }
}

/// The digest over all parts kept, in order of epoch and part.
struct Transcript<Digest: TranscriptDigest> {
    private var digest = Digest()

    mutating func add(
        epoch: UInt32, part: UInt8, announcement: ShortDigest, reply: ShortDigest
    ) {
        withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { entry in
            entry.put(epoch, at: 0)
            entry.put(UInt32(part), at: 4)
            announcement.put(in: entry, at: 8)
            reply.put(in: entry, at: 24)
            digest.update(UnsafeRawBufferPointer(entry))
        }
    }

    mutating func finish() -> TranscriptValue { digest.finish() }
}
