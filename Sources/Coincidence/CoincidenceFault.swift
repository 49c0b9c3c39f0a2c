public import Wire

/// Why clicks, an announcement or disclosed bits cannot be taken.
public enum CoincidenceFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// An epoch has 1 slot up to `ClickWord.largestEpoch`.
    case slotsPerEpoch(UInt32)
    /// A tolerance is 0 up to ``CoincidenceParameters/largestTolerance`` slots.
    case tolerance(UInt32)
    /// A basis is 0 or 1.
    case keyBasis(UInt8)
    /// The first slot lies below 2^61, either sign.
    case firstSlot(Int64)
    /// An own click comes before one already taken, or in its slot, or outside of the epoch.
    case clickOrder(slot: Int64)
    /// An epoch has more clicks than there is memory for. It makes no key.
    case clicks(capacity: Int)
    /// The announcement is not one.
    case wire(WireError)
    /// A part of the announcement does not follow on the parts before.
    case part(firstIndex: UInt32, base: UInt32)
    /// The step asked for is not the one that comes next.
    case outOfTurn
    /// The other end disclosed another number of test bits than both ends have, in bytes.
    case testBytes(given: Int, needed: Int)
    /// A bit beyond the last test bit is not 0.
    case reserved
    /// The memory for the bits is full.
    case bits(capacity: Int)
}

#if !hasFeature(Embedded)
    extension CoincidenceFault: CustomStringConvertible {
        /// One sentence that names the value, the allowed and what to do.
        public var description: String {
            switch self {
            case .slotsPerEpoch(let count):
                "\(count) slots per epoch; allowed are 1 to \(ClickWord.largestEpoch)"
            case .tolerance(let slots):
                "tolerance of \(slots) slots; allowed are 0 to "
                    + "\(CoincidenceParameters.largestTolerance)"
            case .keyBasis(let basis):
                "key basis \(basis); allowed are 0 (rectilinear) and 1 (diagonal)"
            case .firstSlot(let slot): "first slot \(slot); it must lie within +-2^61"
            case .clickOrder(let slot):
                "click in slot \(slot); clicks come in ascending slots, each once, of the open epoch"
            case .clicks(let capacity):
                "more clicks in an epoch than the \(capacity) there is memory for; "
                    + "use shorter epochs or a larger capacity"
            case .wire(let error): "announcement refused: \(error)"
            case .part(let firstIndex, let base):
                "part from click \(firstIndex) and slot \(base) does not follow on those before; "
                    + "ask for the parts again in order"
            case .outOfTurn:
                "step out of turn; an epoch is begun, filled, announced, matched, sifted, compared"
            case .testBytes(let given, let needed):
                "\(given) bytes of test bits; both ends' announcements make it \(needed)"
            case .reserved: "a bit beyond the last test bit is not 0; take the message for damaged"
            case .bits(let capacity): "more bits than the \(capacity) there is memory for"
            }
        }
    }
#endif
