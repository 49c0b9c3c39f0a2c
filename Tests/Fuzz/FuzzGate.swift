// modules: Gating
import ClockSync
import Gating
import Quantities
import TimeTags

/// Fuzzes the gate and the squasher with any tags, any segments that ascend, and any cuts.
///
/// Portable code, the processor's instructions and placements agree; every record is counted once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzGate(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var scene = Scene(FuzzInput(start, count))
    scene.draw()
    let portable = Run(scene, isPortable: true)
    let fast = Run(scene, isPortable: false)
    precondition(portable.clicks == fast.clicks, "the instructions give other clicks")
    precondition(portable.counts == fast.counts, "the instructions give other counts")
    let placed = Run(scene, isPortable: false, places: true)
    precondition(placed.clicks == fast.clicks, "placements give other clicks")
    precondition(placed.counts == fast.counts, "placements give other counts")
    for (click, next) in zip(fast.clicks, fast.clicks.dropFirst()) {
        precondition(click.slot <= next.slot, "slots do not ascend")
    }
    squash(fast.clicks, cut: scene.cut)
    return 0
}

/// What one input says: a plan, tags and a clock.
private struct Scene {
    private var input: FuzzInput
    private(set) var plan: GatePlan
    private(set) var tags: [TimeTag] = []
    private(set) var clock: [ClockSegment] = []
    /// Records per call.
    private(set) var cut: Int
    private var time: Int64
    private var segmentEnd: Int64
    private var satellite: Int64

    init(_ given: FuzzInput) {
        var input = given
        cut = 1 + Int(input.integer() as UInt16) % 3_000
        plan = Self.plan(&input)
        time = input.step()
        segmentEnd = max(min(time, 1 << 60), -1 << 60) &- Int64(input.integer() as UInt16)
        satellite = input.step()
        self.input = input
    }

    private static func plan(_ input: inout FuzzInput) -> GatePlan {
        let periods: [Int64] = [1_600, 100, 100_000_000, 10_000]
        let kind = input.byte()
        let most = GatePlan.slotPeriodRange
        let free = Int64(input.integer() as UInt32) % (most.upperBound - most.lowerBound)
        let period = kind & 4 == 0 ? periods[Int(kind & 3)] : most.lowerBound + free
        let gate = 1 + Int64(input.integer() as UInt32) % period
        let dead = Int64(input.integer() as UInt32) % GatePlan.deadTimeRange.upperBound
        let disorder = Int64(input.integer() as UInt32) % GatePlan.disorderRange.upperBound
        do throws(GatePlanError) {
            var plan = try GatePlan(
                slotPeriod: period, gateWidth: kind & 8 == 0 ? gate : period,
                deadTime: kind & 16 == 0 ? 0 : dead,
                disorder: kind & 32 == 0 ? 20_000 : disorder)
            for (index, role) in detectors.enumerated() {
                let skew = kind & 64 == 0 ? 0 : Int64(Int16(bitPattern: input.integer()))
                try plan.connect(channel: UInt8(3 + index), to: role, skew: skew)
            }
            try plan.connect(channel: 2, to: .beacon)
            return plan
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static var detectors: [ChannelRole] {
        [.horizontal, .vertical, .diagonal, .antidiagonal]
    }

    mutating func draw() {
        while !input.isEmpty {
            let kind = input.byte()
            switch kind & 7 {
            case 0, 1, 2: add(kind, step: Int64(input.byte()) << Int64(kind >> 5))
            case 3: add(kind, step: input.step())
            case 4: addBurst(kind)
            case 5, 6: addSegment(kind, isWild: false)
            default: addSegment(kind, isWild: kind & 8 != 0)
            }
        }
    }

    /// One record; now and then one of another kind.
    private mutating func add(_ kind: UInt8, step: Int64) {
        time = time &+ step
        let other = kind >> 3 == 31
        tags.append(
            TimeTag(
                time: time, channel: other ? input.byte() : 3 + kind >> 3 & 3,
                kind: TimeTag.Kind(rawValue: other ? input.byte() & 7 : 0)))
    }

    /// A hundred and more tags evenly spaced, so that the eightfold loops have work.
    private mutating func addBurst(_ kind: UInt8) {
        let step = Int64(input.integer() as UInt16) << Int64(kind >> 5)
        let spread = input.byte()
        let isAnnotated = input.byte() & 1 == 1
        for index in 0..<(16 + Int(input.byte())) {
            let channel = (Int(kind >> 3) + index * Int(spread)) & 3
            let late = Int64(index * Int(spread) % 97)
            var tag = TimeTag(time: time &+ late, channel: 3 + UInt8(channel))
            // What admission has to overlook beside channel and kind.
            if isAnnotated { (tag.detail, tag.count) = (UInt16(index), .max) }
            tags.append(tag)
            time = time &+ step
        }
    }

    /// A segment behind the last one, on the same line of satellite time unless it is wild.
    private mutating func addSegment(_ kind: UInt8, isWild: Bool) {
        guard segmentEnd < 1 << 61 else { return }
        let gap = kind & 16 == 0 ? 0 : Int64(input.integer() as UInt32)
        let shape = input.byte()
        let duration = Int64(input.integer() as UInt16) << Int64(shape & 31)
        var rate = Int64(Int32(bitPattern: input.integer())) >> Int64(shape >> 5)
        if isWild {
            satellite = input.step()
            rate = input.step()
        }
        let segment = ClockSegment(
            tagStart: segmentEnd + gap, duration: min(duration, 1 << 36),
            satelliteStart: satellite, rate: rate, sigma: 10, isValid: kind & 32 == 0)
        clock.append(segment)
        segmentEnd = segment.tagStart + segment.duration
        satellite = segment.satelliteTime(at: segmentEnd)
    }
}

/// One stage run over a whole scene, cut as it says.
private struct Run {
    private(set) var clicks: [Click] = []
    /// Every counter that must not depend on how the work is done.
    private(set) var counts: [UInt64] = []
    private static let none = Click(slot: 0, offset: 0, detector: 0)

    init(_ scene: Scene, isPortable: Bool, places: Bool = false) {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: GateStage.storageByteCount, alignment: 64)
        defer { memory.deallocate() }
        var stage = GateStage(plan: scene.plan, storage: memory, isPortable: isPortable)
        let size = min(scene.cut, scene.tags.count) + GateStage.heldCapacity
        var room = [Click](repeating: Self.none, count: places ? 0 : size)
        var placed = [Placement](
            repeating: Placement(time: 0, click: Self.none, outcome: .outsideGate),
            count: places ? size : 0)
        var start = 0
        var seen: UInt64 = 0
        while start <= scene.tags.count {
            let end = min(start + scene.cut, scene.tags.count)
            let tags = scene.tags.span.extracting(start..<end)
            let isLast = start == scene.tags.count
            if places {
                var span = placed.mutableSpan
                let count =
                    isLast
                    ? stage.flush(clock: scene.clock.span, into: &span)
                    : stage.place(tags, clock: scene.clock.span, into: &span)
                let live = placed[..<count].filter { $0.outcome == .accepted }
                clicks += live.map(\.click)
                seen += UInt64(count)
            } else {
                var span = room.mutableSpan
                let count =
                    isLast
                    ? stage.flush(clock: scene.clock.span, into: &span)
                    : stage.process(tags, clock: scene.clock.span, into: &span)
                clicks += room[..<count]
            }
            start = isLast ? end + 1 : end
        }
        count(stage.tally, records: scene.tags.count, clicks: clicks.count)
        precondition(!places || seen == counts[1], "a tag was placed twice or not at all")
    }

    private mutating func count(_ tally: borrowing GateTally, records: Int, clicks: Int) {
        var given: UInt64 = 0
        var late: UInt64 = 0
        for detector in 0..<4 {
            given += tally.raw(detector: detector) - tally.outOfOrder[detector]
            late += tally.outOfOrder[detector]
        }
        let (all, others, accepted) = (
            tally.recordsIn, tally.notDetector, tally.count(.accepted)
        )
        precondition(all == UInt64(records), "not every record was read")
        precondition(given + late + others == all, "a record was not counted once")
        precondition(accepted == UInt64(clicks), "accepted is not what was given")
        counts = [
            all, given, late, others, tally.lossRecords,
            tally.orderRestarts, tally.heldOverflow, tally.reordered,
        ]
        for detector in 0..<4 {
            counts += [tally.invalidClock[detector], tally.clockStepped[detector]]
            for outcome in [GateOutcome.outsideGate, .deadTime, .accepted] {
                for bin in 0..<SlotGeometry.binCount {
                    counts.append(tally.phase(outcome, detector: detector, bin: bin))
                }
            }
        }
    }
}

// MARK: Squasher

/// Always the bit 1.
private struct Ones: RandomBits {
    mutating func nextBit() -> UInt8 { 1 }
}

/// Squashes `clicks` in pieces and compares with the rule applied to each slot as a whole.
private func squash(_ clicks: [Click], cut: Int) {
    var squasher = Squasher()
    var random = Ones()
    var result: [Click] = []
    var start = 0
    while start < clicks.count {
        var piece = Array(clicks[start...].prefix(cut))
        start += piece.count
        var span = piece.mutableSpan
        let kept = squasher.squash(&span, count: span.count, random: &random)
        result += piece[..<kept]
    }
    if let last = squasher.flush(random: &random) { result.append(last) }
    precondition(result == expected(clicks), "squashed otherwise than the rule says")
    precondition(squasher.clicksIn == clicks.count && squasher.clicksOut == result.count)
}

private func expected(_ clicks: [Click]) -> [Click] {
    var result: [Click] = []
    var start = 0
    while start < clicks.count {
        let slot = clicks[start...].prefix { $0.slot == clicks[start].slot }
        start = slot.endIndex
        guard var click = slot.first, slot.allSatisfy({ $0.basis == click.basis }) else { continue }
        if slot.contains(where: { $0.detector != click.detector }) {
            click.detector = 2 * click.basis + 1
            click.flags.isSquashed = true
        }
        result.append(click)
    }
    return result
}
