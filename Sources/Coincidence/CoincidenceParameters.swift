import Wire

/// What both stations declare before a pass with an entangled source.
///
/// The slot is the unit of time that is announced. It is several times as wide as the detectors'
/// jitter, and the detectors' delays are made equal before (see the gate's skews), so that the
/// slot says nothing about which detector fired (Lamas-Linares and Kurtsiefer, Opt. Express 15,
/// 9388, 2007).
public struct CoincidenceParameters: Equatable, Sendable, BitwiseCopyable {
    /// Largest tolerance, slots: wider windows collect noise.
    public static let largestTolerance: UInt32 = 8

    /// Slot in which epoch 0 begins, on the common time.
    public var firstSlot: Int64
    /// Slots per epoch, 1 up to `ClickWord.largestEpoch`. Pairs across its end are lost.
    public var slotsPerEpoch: UInt32
    /// How many slots apart the two clicks of a pair may lie, 0 up to ``largestTolerance``.
    public var tolerance: UInt32
    /// Basis whose bits become key, 0 rectilinear or 1 diagonal; the other's are disclosed.
    public var keyBasis: UInt8

    /// Parameters with every field given.
    public init(
        firstSlot: Int64, slotsPerEpoch: UInt32, tolerance: UInt32 = 1, keyBasis: UInt8 = 0
    ) throws(CoincidenceFault) {
        guard slotsPerEpoch >= 1, slotsPerEpoch <= ClickWord.largestEpoch else {
            throw .slotsPerEpoch(slotsPerEpoch)
        }
        guard tolerance <= Self.largestTolerance else { throw .tolerance(tolerance) }
        guard keyBasis <= 1 else { throw .keyBasis(keyBasis) }
        guard firstSlot.magnitude < 1 &<< 61 else { throw .firstSlot(firstSlot) }
        self.firstSlot = firstSlot
        self.slotsPerEpoch = slotsPerEpoch
        self.tolerance = tolerance
        self.keyBasis = keyBasis
    }
}
