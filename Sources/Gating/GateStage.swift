public import ClockSync
import Quantities
public import TimeTags

/// The hot stage: time tags and clock segments in, gated and slotted clicks out.
///
/// Per detector tag: subtract the channel's skew, put it in time order, map it to satellite time
/// t, find the slot m = floor((t + T/2) / T) and keep it if 2|d| <= G for the distance d to the
/// slot's centre, all in integers. Results do not depend on how the stream is cut into calls.
///
/// **Dead time.** Tags of one slot's gate are one event. An event is accepted if its first tag
/// comes at least the dead time after the detector tag before it, whichever detector that was,
/// whether it fell into a gate or not and whether it was itself ignored: after each of them one
/// detector is blind, and a click then would tell an eavesdropper which (Weier et al., New J.
/// Phys. 13, 073024, 2011). A record of lost tags counts as a detector tag.
///
/// **Order.** Tags may come up to ``GatePlan/disorder`` behind the newest detector tag. The stage
/// holds the newest ones back so long; ``flush(clock:into:)`` gives them out at the end.
///
/// **Memory** is handed in, ``storageByteCount`` bytes that outlive the stage.
public struct GateStage: ~Copyable {
    /// Tags admitted at once: their scratch stays in a first-level cache of 32 KiB.
    static let blockCapacity = 1024
    /// Tags held back for order: 256 in 20 ns is 60 times what four 10 ns detectors can give.
    public static let heldCapacity = 256
    /// Late tags in a row after which the stage believes them and not the newest tag.
    static let lateRunLimit = 256
    /// Bytes of memory to hand in, aligned to 8.
    public static let storageByteCount =
        16 * GatePlan.channelCount + GateTally.byteCount
        + 17 * (blockCapacity + heldCapacity)

    /// The plan in force.
    public let plan: GatePlan
    /// Every tag, counted.
    public var tally: GateTally

    let inputs: UnsafeMutablePointer<GateInput>
    let times: UnsafeMutablePointer<Int64>
    let detectors: UnsafeMutablePointer<UInt8>
    let places: UnsafeMutablePointer<Int64>
    let detectorInputs: DetectorInputs
    let geometry: SlotGeometry
    let hasInstructions: Bool

    var pending = 0
    var newest = GateStage.beforeAnyTag
    var givenUpTo = GateStage.beforeAnyTag
    var lateRun = 0
    var last = EventState()
    /// Times of the three tags in valid time before, newest first, ps; the fourth is not used.
    var recentTimes = SIMD4<Int64>(repeating: GateStage.beforeAnyTag)
    /// Their detectors.
    var recentDetectors = SIMD4<Int64>(repeating: 0)

    /// Far before any tag, and far enough from the end of `Int64` to subtract from.
    static var beforeAnyTag: Int64 { Int64.min / 4 }

    /// A stage that has seen nothing.
    ///
    /// - Parameters:
    ///   - storage: At least ``storageByteCount`` bytes, aligned to 8, owned by the caller and
    ///     used by nothing else while the stage lives.
    ///   - isPortable: Whether to do without the processor's vector instructions. The clicks are
    ///     the same.
    public init(
        plan: GatePlan, storage: UnsafeMutableRawBufferPointer, isPortable: Bool = false
    ) {
        precondition(storage.count >= Self.storageByteCount)
        guard let base = storage.baseAddress else { preconditionFailure("no memory given") }
        precondition(UInt(bitPattern: base) & 7 == 0)
        let capacity = Self.blockCapacity + Self.heldCapacity
        let counts = base.bindMemory(to: UInt64.self, capacity: GateTally.entryCount)
        let inputBytes = base + GateTally.byteCount
        inputs = inputBytes.bindMemory(to: GateInput.self, capacity: GatePlan.channelCount)
        let timeBytes = inputBytes + 16 * GatePlan.channelCount
        times = timeBytes.bindMemory(to: Int64.self, capacity: capacity)
        let placeBytes = timeBytes + 8 * capacity
        places = placeBytes.bindMemory(to: Int64.self, capacity: capacity)
        detectors = (placeBytes + 8 * capacity).bindMemory(to: UInt8.self, capacity: capacity)
        for channel in 0..<GatePlan.channelCount {
            (inputs + channel).initialize(
                to: GateInput(role: plan.roles[channel], skew: plan.skews[channel]))
        }
        detectorInputs = DetectorInputs(plan)
        geometry = SlotGeometry(plan)
        hasInstructions = !isPortable && Self.processorHasInstructions
        tally = GateTally(counts: counts)
        self.plan = plan
    }

    /// Time of the oldest tag held back, skew removed, ps; `nil` if none is.
    public var heldSince: Int64? { pending > 0 ? times[0] : nil }

    /// Gates `tags` and writes the accepted clicks, ascending by slot, to the start of `clicks`.
    ///
    /// - Parameters:
    ///   - tags: The next part of the stream.
    ///   - clock: Ascending segments that reach back to ``heldSince`` and on to the last tag. A
    ///     tag that none covers is dropped as `invalidClock`.
    ///   - clicks: Room for `tags.count` + ``heldCapacity`` clicks.
    /// - Returns: How many clicks were written. Two or more of one slot follow each other.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func process(
        _ tags: Span<TimeTag>, clock: Span<ClockSegment>, into clicks: inout MutableSpan<Click>
    ) -> Int {
        let needed = tags.count + Self.heldCapacity
        precondition(clicks.count >= needed)
        // The pointers live as long as the spans do: to the end of this function.
        let tags = tags.withUnsafeBufferPointer { $0 }
        let clock = clock.withUnsafeBufferPointer { $0 }
        var sink = clicks.withUnsafeMutableBufferPointer { ClickSink($0) }
        process(tags, clock: clock, sink: &sink)
        return sink.count
    }

    /// As ``process(_:clock:into:)``, but writes every detector tag with what became of it.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func place(
        _ tags: Span<TimeTag>, clock: Span<ClockSegment>,
        into placements: inout MutableSpan<Placement>
    ) -> Int {
        let needed = tags.count + Self.heldCapacity
        precondition(placements.count >= needed)
        let tags = tags.withUnsafeBufferPointer { $0 }
        let clock = clock.withUnsafeBufferPointer { $0 }
        var sink = placements.withUnsafeMutableBufferPointer { PlacementSink($0) }
        process(tags, clock: clock, sink: &sink)
        return sink.count
    }

    /// Gives out the tags held back; the end of the stream, or of a stretch of it.
    ///
    /// - Parameter clicks: Room for ``heldCapacity`` clicks.
    /// - Returns: How many clicks were written.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func flush(
        clock: Span<ClockSegment>, into clicks: inout MutableSpan<Click>
    ) -> Int {
        precondition(clicks.count >= Self.heldCapacity)
        let clock = clock.withUnsafeBufferPointer { $0 }
        var sink = clicks.withUnsafeMutableBufferPointer { ClickSink($0) }
        release(pending, clock: clock, sink: &sink)
        return sink.count
    }

    /// As ``flush(clock:into:)``, for a stage run with ``place(_:clock:into:)``.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func flush(
        clock: Span<ClockSegment>, into placements: inout MutableSpan<Placement>
    ) -> Int {
        precondition(placements.count >= Self.heldCapacity)
        let clock = clock.withUnsafeBufferPointer { $0 }
        var sink = placements.withUnsafeMutableBufferPointer { PlacementSink($0) }
        release(pending, clock: clock, sink: &sink)
        return sink.count
    }

    @inline(__always)
    private mutating func process<Sink: GateSink>(
        _ tags: UnsafeBufferPointer<TimeTag>, clock: UnsafeBufferPointer<ClockSegment>,
        sink: inout Sink
    ) {
        var next = 0
        while next < tags.count {
            let end = min(tags.count, next + Self.blockCapacity)
            let (consumed, restart) = admit(tags, from: next, to: end)
            next += consumed
            if let restart {
                release(pending, clock: clock, sink: &sink)
                beginAgain(at: restart)
            } else {
                release(ripe(), clock: clock, sink: &sink)
            }
        }
    }
}
