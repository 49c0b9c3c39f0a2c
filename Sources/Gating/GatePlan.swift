/// What a tagger input is wired to.
public enum ChannelRole: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Detector behind the horizontal port: rectilinear basis, bit 0.
    case horizontal = 0
    /// Detector behind the vertical port: rectilinear basis, bit 1.
    case vertical = 1
    /// Detector behind the diagonal port: diagonal basis, bit 0.
    case diagonal = 2
    /// Detector behind the antidiagonal port: diagonal basis, bit 1.
    case antidiagonal = 3
    /// Photodiode on the satellite's beacon.
    case beacon = 4
    /// One pulse per second from the station's reference.
    case pps = 5
    /// Nothing that the station reads.
    case unused = 6
}

/// One gate for all detectors, the slot grid, the common dead time and the channel table.
///
/// The gate has one width and no per-detector part but the skew: a gate per detector would be an
/// efficiency mismatch (Lim et al., Phys. Rev. A 89, 022307, section V).
public struct GatePlan: Sendable, BitwiseCopyable {
    /// Entries of the channel table; tags on higher inputs are counted as not from a detector.
    public static let channelCount = 64
    /// Slot periods that the exact slot division covers, ps: 10 GHz down to 10 kHz.
    public static let slotPeriodRange: ClosedRange<Int64> = 100...100_000_000
    /// Dead times allowed, ps.
    public static let deadTimeRange: ClosedRange<Int64> = 0...1_000_000_000
    /// Skews allowed, ps: a microsecond of cable either way.
    public static let skewRange: ClosedRange<Int64> = -1_000_000...1_000_000
    /// Time spans allowed in which tags may arrive out of order, ps.
    public static let disorderRange: ClosedRange<Int64> = 0...1_000_000

    /// Shortest intervals allowed, ps: up to 60 us, which 26 bits hold.
    public static let shortestIntervalRange: ClosedRange<Int64> = 0...60_000_000

    /// Time between transmitted pulses, ps, in ``slotPeriodRange``.
    public let slotPeriod: Int64
    /// Full width of the gate about the slot's centre, ps; 1 up to ``slotPeriod``.
    public let gateWidth: Int64
    /// How long all detectors are ignored after a tag of any detector, ps.
    public let deadTime: Int64
    /// How far behind the newest detector tag a tag may come and still be put in its place, ps,
    /// after skew removal. What comes later is dropped and counted.
    public let disorder: Int64
    /// Intervals of one detector shorter than this are counted, ps: its own dead time less what that
    /// is uncertain by; in ``shortestIntervalRange``, 0 counts none. Between the two tags at most
    /// two of other detectors are looked past.
    public var shortestInterval: Int64 = 0 {
        didSet { precondition(Self.shortestIntervalRange.contains(shortestInterval)) }
    }
    /// What each input is wired to.
    public private(set) var roles: InlineArray<64, ChannelRole>
    /// Lateness of each input, ps, subtracted from its tags.
    public private(set) var skews: InlineArray<64, Int64>

    /// A plan with every input unused.
    ///
    /// - Throws: ``GatePlanError`` naming the first value out of range.
    public init(
        slotPeriod: Int64, gateWidth: Int64, deadTime: Int64, disorder: Int64 = 20_000
    ) throws(GatePlanError) {
        guard Self.slotPeriodRange.contains(slotPeriod) else { throw .slotPeriod(slotPeriod) }
        guard gateWidth >= 1, gateWidth <= slotPeriod else {
            throw .gateWidth(gateWidth, slotPeriod: slotPeriod)
        }
        guard Self.deadTimeRange.contains(deadTime) else { throw .deadTime(deadTime) }
        guard Self.disorderRange.contains(disorder) else { throw .disorder(disorder) }
        self.slotPeriod = slotPeriod
        self.gateWidth = gateWidth
        self.deadTime = deadTime
        self.disorder = disorder
        roles = InlineArray(repeating: .unused)
        skews = InlineArray(repeating: 0)
    }

    /// Wires input `channel` to `role`, its tags being late by `skew` ps.
    ///
    /// - Throws: ``GatePlanError`` if the channel, the skew or a second input for one detector is
    ///   not allowed; the plan is then unchanged.
    public mutating func connect(
        channel: UInt8, to role: ChannelRole, skew: Int64 = 0
    ) throws(GatePlanError) {
        guard Int(channel) < Self.channelCount else { throw .channel(channel) }
        guard Self.skewRange.contains(skew) else { throw .skew(channel: channel, skew) }
        for other in 0..<Self.channelCount
        where role.isDetector && roles[other] == role && other != channel {
            throw .detectorTwice(channel: channel, firstChannel: UInt8(truncatingIfNeeded: other))
        }
        roles[Int(channel)] = role
        skews[Int(channel)] = skew
    }
}

extension ChannelRole {
    /// Whether the input is one of the four single-photon detectors.
    @inlinable public var isDetector: Bool { rawValue < 4 }
}

/// Why a ``GatePlan`` was refused; carries the value.
public enum GatePlanError: Error, Equatable, Sendable {
    /// The slot period, ps, lies outside ``GatePlan/slotPeriodRange``.
    case slotPeriod(Int64)
    /// The gate width, ps, lies outside 1 ps up to the slot period.
    case gateWidth(Int64, slotPeriod: Int64)
    /// The dead time, ps, lies outside ``GatePlan/deadTimeRange``.
    case deadTime(Int64)
    /// The disorder bound, ps, lies outside ``GatePlan/disorderRange``.
    case disorder(Int64)
    /// The input number is not below ``GatePlan/channelCount``.
    case channel(UInt8)
    /// The skew, ps, lies outside ``GatePlan/skewRange``.
    case skew(channel: UInt8, Int64)
    /// The detector already has an input; a detector has one.
    case detectorTwice(channel: UInt8, firstChannel: UInt8)
}
