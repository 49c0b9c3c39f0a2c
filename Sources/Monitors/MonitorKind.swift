/// What a security monitor watches.
public enum MonitorKind: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// More clicks in a short window than any light of the satellite makes: bright light.
    case rateCeiling = 0
    /// Fewer clicks between the gates than dark counts alone: a detector held blind has none.
    case darkCountsMissing = 1
    /// More clicks of both detectors of a basis than chance makes.
    case doubleClicksMany = 2
    /// Fewer of them: faked states make none.
    case doubleClicksFew = 3
    /// More clicks of both bases than chance makes.
    case crossClicksMany = 4
    /// Fewer of them.
    case crossClicksFew = 5
    /// One detector's clicks have moved in the slot against the others'.
    case phaseShift = 6
    /// One detector's clicks are spread wider in the slot than its jitter and background.
    case phaseSpread = 7
    /// Clicks of one detector within its own dead time, or more clicks within the common dead time
    /// than chance makes: pulses that put detectors out of action just before a slot.
    case deadTime = 8
    /// Clicks while the detector was gated off.
    case blankedCounts = 9
    /// Ones and zeros of a basis out of balance.
    case bitBias = 10
    /// The two bases out of balance.
    case basisBias = 11
    /// One detector's clicks are sharper in the slot than its jitter allows: clicks of bright pulses
    /// on a blinded detector.
    case phaseSharp = 12

    /// How many kinds there are.
    public static let count = 13

    /// Detectors (4) or bases (2) that are watched one by one; 1 for all together.
    public var lanes: Int {
        switch self {
        case .rateCeiling, .darkCountsMissing, .phaseShift, .phaseSpread, .phaseSharp,
            .deadTime, .blankedCounts:
            4
        case .doubleClicksMany, .doubleClicksFew, .bitBias: 2
        case .crossClicksMany, .crossClicksFew, .basisBias: 1
        }
    }

    /// Tests of one epoch, all kinds and lanes.
    public static let testsPerEpoch = 41.0

    /// Whether what it watches tells of key bits, so that leaving out epochs by it would choose the
    /// key.
    public var tellsOfBits: Bool { self == .bitBias || self == .basisBias }
}

/// What an alarm does.
public enum MonitorEffect: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// It is reported.
    case flag = 0
    /// The epoch gives no key; the rule is fixed before the pass.
    case exclude = 1
    /// The pass gives no key.
    case abort = 2
}
