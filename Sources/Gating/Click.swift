/// A detection that fell into the gate of a transmitted pulse. 16 bytes.
///
/// The offset is for local use (phase histograms, clock correction) and never leaves the
/// station: sub-slot time tells which detector fired (Lamas-Linares and Kurtsiefer, Opt. Express
/// 15, 9388, 2007).
public struct Click: Equatable, Sendable, BitwiseCopyable {
    /// Pulse number, floor((t + T/2) / T) for satellite time t and slot period T.
    public var slot: Int64
    /// Satellite time minus the slot's centre, ps; at most half the gate either way.
    public var offset: Int32
    /// 0 to 3 for H, V, D, A: bit 1 is the basis (0 rectilinear), bit 0 the key bit.
    public var detector: UInt8
    /// What was done to the click since.
    public var flags: Flags
    /// Always 0; fills the record.
    @usableFromInline var reserved: UInt16

    /// What was done to a click after the gate. Not an option set: those are made from arrays.
    public struct Flags: Equatable, Sendable, BitwiseCopyable {
        /// The bits of the record.
        public var rawValue: UInt8
        /// The flags with bits `rawValue`.
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Both detectors of a basis fired; ``Click/detector`` was chosen at random. Bit 0.
        @inlinable public var isSquashed: Bool {
            get { rawValue & 1 == 1 }
            set { rawValue = rawValue & 0xFE | (newValue ? 1 : 0) }
        }
    }

    /// A click with every field given.
    @inlinable public init(
        slot: Int64, offset: Int32, detector: UInt8, flags: Flags = Flags(rawValue: 0)
    ) {
        self.slot = slot
        self.offset = offset
        self.detector = detector
        self.flags = flags
        reserved = 0
    }

    /// 0 rectilinear, 1 diagonal.
    @inlinable public var basis: UInt8 { detector &>> 1 }
    /// The key bit, 0 or 1.
    @inlinable public var bit: UInt8 { detector & 1 }
}

/// A detector tag with what became of it: the record for analysis, not for the key path.
public struct Placement: Equatable, Sendable, BitwiseCopyable {
    /// Time on the tagger's clock less the channel's skew, ps.
    public var time: Int64
    /// Slot, offset and detector; slot and offset are 0 where ``outcome`` is `invalidClock` or
    /// `notAimed`.
    public var click: Click
    /// What became of the tag.
    public var outcome: GateOutcome

    /// A placement with every field given.
    public init(time: Int64, click: Click, outcome: GateOutcome) {
        self.time = time
        self.click = click
        self.outcome = outcome
    }
}

/// What became of a detector tag at the gate.
public enum GateOutcome: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Fell between two gates.
    case outsideGate = 0
    /// Fell into a gate, too soon after another detector tag.
    case deadTime = 1
    /// Became a ``Click``.
    case accepted = 2
    /// No valid clock segment covers its time.
    case invalidClock = 3
    /// The clock stepped back: its slot comes before one already given out.
    case clockStepped = 4
    /// The telescope was not aimed well enough at its time.
    case notAimed = 5
}
