import ClockSync
import Gating
import Quantities
import Testing
import TimeTags

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct Seeded: RandomNumberGenerator, RandomBits {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func nextBit() -> UInt8 { UInt8(next() & 1) }
}

/// A stage with its memory, run over whole arrays.
struct Bench: ~Copyable {
    var stage: GateStage
    let memory: UnsafeMutableRawBufferPointer

    init(_ plan: GatePlan, isPortable: Bool = false) {
        memory = .allocate(byteCount: GateStage.storageByteCount, alignment: 64)
        stage = GateStage(plan: plan, storage: memory, isPortable: isPortable)
    }
    deinit { memory.deallocate() }

    mutating func clicks(
        _ tags: [TimeTag], _ clock: [ClockSegment], batch: Int = .max
    ) -> [Click] {
        var all: [Click] = []
        var room = [Click](
            repeating: Click(slot: 0, offset: 0, detector: 0),
            count: min(batch, tags.count) + GateStage.heldCapacity)
        var start = 0
        while start < tags.count {
            let end = batch < tags.count - start ? start + batch : tags.count
            var span = room.mutableSpan
            let count = stage.process(
                tags.span.extracting(start..<end), clock: clock.span, into: &span)
            all += room[..<count]
            start = end
        }
        var span = room.mutableSpan
        let count = stage.flush(clock: clock.span, into: &span)
        return all + room[..<count]
    }
}

func plan(
    period: Int64 = 1600, gate: Int64 = 800, dead: Int64 = 50_000, skews: [Int64] = [0, 0, 0, 0]
) throws -> GatePlan {
    var plan = try GatePlan(slotPeriod: period, gateWidth: gate, deadTime: dead)
    let roles: [ChannelRole] = [.horizontal, .vertical, .diagonal, .antidiagonal]
    for (index, role) in roles.enumerated() {
        try plan.connect(channel: UInt8(3 + index), to: role, skew: skews[index])
    }
    try plan.connect(channel: 2, to: .beacon)
    return plan
}

/// Segments that follow on each other from tag time `start`.
func segments(
    from start: Int64, count: Int, duration: Int64, satellite: Int64, rate: Int64
) -> [ClockSegment] {
    var all: [ClockSegment] = []
    var (tag, time) = (start, satellite)
    for _ in 0..<count {
        let segment = ClockSegment(
            tagStart: tag, duration: duration, satelliteStart: time, rate: rate, sigma: 10,
            isValid: true)
        all.append(segment)
        time = segment.satelliteTime(at: tag + duration)
        tag += duration
    }
    return all
}

/// What the stage shall do, written for clarity: 128-bit floors, a sort, no batches.
func reference(_ tags: [TimeTag], _ clock: [ClockSegment], _ plan: GatePlan) -> [Click] {
    var sorted: [(time: Int64, detector: UInt8)] = []
    for tag in tags where tag.kind == .detection && tag.channel >= 3 && tag.channel <= 6 {
        sorted.append((tag.time - plan.skews[Int(tag.channel)], tag.channel - 3))
    }
    sorted = sorted.enumerated().sorted {
        ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }.map(\.element)
    var clicks: [Click] = []
    var last: (time: Int64, slot: Int64?, live: Bool) = (.min / 4, nil, false)
    for (time, detector) in sorted {
        guard
            let segment = clock.first(where: {
                $0.isValid && time >= $0.tagStart && time < $0.tagStart + $0.duration
            })
        else {
            last = (time, nil, false)
            continue
        }
        let satellite = Int128(segment.satelliteTime(at: time))
        let period = Int128(plan.slotPeriod)
        let shifted = satellite + period / 2
        let slot = shifted >= 0 ? shifted / period : -((period - 1 - shifted) / period)
        let offset = satellite - slot * period - (period / 2 - Int128(plan.slotPeriod / 2))
        let inGate = 2 * abs(offset) <= Int128(plan.gateWidth)
        let live: Bool
        if inGate, last.slot == Int64(slot) {
            live = last.live
        } else {
            live = inGate && time - last.time >= plan.deadTime
        }
        if live {
            clicks.append(Click(slot: Int64(slot), offset: Int32(offset), detector: detector))
        }
        last = (time, inGate ? Int64(slot) : nil, live)
    }
    return clicks
}

@Suite struct GateStageTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func clicksEqualThoseOfThePlainModelHoweverTheStreamIsCut(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for (period, gate, dead) in [
            (1600, 800, 50_000), (1601, 801, 0), (10_000, 2_000, 30_000), (1600, 1600, 700),
        ] as [(Int64, Int64, Int64)] {
            let plan = try plan(
                period: period, gate: gate, dead: dead, skews: [40, -35, 12, -800])
            let clock = segments(
                from: -30_000_000, count: 90, duration: 1_000_003, satellite: -50_000_777,
                rate: Int64.random(in: -(1 << 29)...(1 << 29), using: &random))
            var tags: [TimeTag] = []
            var time: Int64 = -29_000_000
            while time < 50_000_000 {
                time += Int64.random(in: 0...40_000, using: &random)
                let burst = Int.random(in: 0..<20, using: &random) == 0 ? 4 : 1
                for _ in 0..<burst {
                    let jitter = Int64.random(in: -600...600, using: &random)
                    tags.append(
                        TimeTag(
                            time: time + jitter,
                            channel: UInt8.random(in: 1...7, using: &random)))
                }
            }
            let expected = reference(tags, clock, plan)
            #expect(expected.count > 100)
            for (batch, isPortable) in [
                (1, false), (7, false), (1024, false), (100_000, false), (1024, true),
            ] {
                var bench = Bench(plan, isPortable: isPortable)
                let found = bench.clicks(tags, clock, batch: batch)
                #expect(found == expected, "seed \(seed), batch \(batch), period \(period)")
                let tally = bench.stage.tally
                var sum = tally.notDetector + UInt64(expected.count)
                for outcome: GateOutcome in [
                    .outsideGate, .deadTime, .invalidClock, .clockStepped,
                ] { sum += tally.count(outcome) }
                for detector in 0..<4 { sum += tally.outOfOrder[detector] }
                #expect(sum == UInt64(tags.count))
                #expect(tally.count(.accepted) == UInt64(expected.count))
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func admissionByInstructionCountsAsPortableAdmissionDoes(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        // The widest skews, so that what is added for them reaches every bit, and one detector less.
        let widest = GatePlan.skewRange
        var plan = try GatePlan(slotPeriod: 1600, gateWidth: 900, deadTime: 300, disorder: 900_000)
        try plan.connect(channel: 0, to: .antidiagonal, skew: widest.upperBound)
        try plan.connect(channel: 63, to: .vertical, skew: widest.lowerBound)
        if seed % 2 == 0 { try plan.connect(channel: 7, to: .horizontal, skew: 1) }
        try plan.connect(channel: 9, to: .beacon)
        let clock = segments(
            from: -5_000_000, count: 60, duration: 1_000_003, satellite: 77, rate: 1 << 28)
        let channels: [UInt8] = [0, 63, 7, 9, 64, 255]
        var tags: [TimeTag] = []
        var time: Int64 = -4_000_000
        while tags.count < 6_000 {
            // Runs without and with what stops the instructions: other inputs and kinds, late tags.
            let isPlain = random.next() % 3 > 0
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                let pick = isPlain ? 0 : Int(random.next() % 6)
                time += Int64.random(in: isPlain ? 0...9_000 : -3_000...40_000, using: &random)
                let isNote = !isPlain && random.next() % 40 == 0
                tags.append(
                    TimeTag(
                        time: time, channel: channels[pick],
                        kind: TimeTag.Kind(rawValue: isNote ? UInt8(random.next() % 6) : 0),
                        detail: UInt16.random(in: .min ... .max, using: &random),
                        count: UInt32.random(in: .min ... .max, using: &random)))
            }
            if random.next() % 50 == 0 { tags.append(TimeTag(time: .max, channel: 0)) }
            if random.next() % 50 == 0 { tags.append(TimeTag(time: .min, channel: 63)) }
        }
        for batch in [1, 8, 9, 251, 1_024, 10_000] {
            var fast = Bench(plan)
            var portable = Bench(plan, isPortable: true)
            let found = fast.clicks(tags, clock, batch: batch)
            let expected = portable.clicks(tags, clock, batch: batch)
            #expect(found == expected, "seed \(seed), batch \(batch)")
            let (some, all) = (fast.stage.tally, portable.stage.tally)
            #expect(some.recordsIn == UInt64(tags.count) && some.recordsIn == all.recordsIn)
            #expect(some.notDetector == all.notDetector && some.lossRecords == all.lossRecords)
            #expect(some.reordered == all.reordered && some.reordered > 0)
            #expect(some.orderRestarts == all.orderRestarts)
            for detector in 0..<4 {
                #expect(some.outOfOrder[detector] == all.outOfOrder[detector])
                #expect(some.raw(detector: detector) == all.raw(detector: detector))
            }
        }
    }

    @Test func aTagOnTheGatesEdgeIsInAndOnePicosecondBeyondIsOut() throws {
        let clock = segments(
            from: 0, count: 1, duration: 1_000_000_000, satellite: 0, rate: 0)
        for (offset, isIn) in [(-401, false), (-400, true), (400, true), (401, false)] {
            var bench = Bench(try plan(dead: 0))
            let clicks = bench.clicks(
                [TimeTag(time: 160_000 + Int64(offset), channel: 3)], clock)
            #expect(clicks.isEmpty != isIn)
            if let click = clicks.first {
                #expect(click.slot == 100)
                #expect(click.offset == offset)
            }
        }
    }

    @Test func aTagOutsideTheGateStillStartsTheDeadTimeOfAllDetectors() throws {
        let clock = segments(
            from: 0, count: 1, duration: 1_000_000_000, satellite: 0, rate: 0)
        var bench = Bench(try plan())
        let clicks = bench.clicks(
            [
                TimeTag(time: 160_800, channel: 3),  // between two gates
                TimeTag(time: 208_000, channel: 4),  // 47.2 ns later: dead, and starts anew
                TimeTag(time: 256_000, channel: 5),  // 48 ns after that: dead as well
                TimeTag(time: 320_000, channel: 6),  // 64 ns later: accepted
            ], clock)
        #expect(clicks == [Click(slot: 200, offset: 0, detector: 3)])
        #expect(bench.stage.tally.count(.deadTime) == 2)
        #expect(bench.stage.tally.count(.outsideGate) == 1)
    }

    @Test func twoTagsOfOneGateAreOneEvent() throws {
        let clock = segments(
            from: 0, count: 1, duration: 1_000_000_000, satellite: 0, rate: 0)
        var bench = Bench(try plan())
        let clicks = bench.clicks(
            [TimeTag(time: 160_100, channel: 3), TimeTag(time: 160_000, channel: 4)], clock)
        #expect(clicks.map(\.slot) == [100, 100])
        #expect(clicks.map(\.detector) == [1, 0])
        #expect(bench.stage.tally.reordered == 1)
    }

    @Test func aLossRecordStartsADeadTimeAndLetsTimeRunBack() throws {
        let clock = segments(
            from: 0, count: 1, duration: 1_000_000_000, satellite: 0, rate: 0)
        #expect([TimeTag.Kind.lossBegin, .lossEnd].map(\.rawValue) == [1, 2])
        var bench = Bench(try plan())
        let clicks = bench.clicks(
            [
                TimeTag(time: 900_000_000, channel: 3),
                TimeTag(time: 160_000, channel: 0, kind: .lossEnd),
                TimeTag(time: 176_000, channel: 3),
                TimeTag(time: 320_000, channel: 4),
            ], clock)
        #expect(bench.stage.tally.count(.clockStepped) + UInt64(clicks.count) == 3)
        #expect(clicks.count == 1)
    }

    @Test func aTagFarTooLateIsCountedAndNeverGivenOut() throws {
        let clock = segments(
            from: 0, count: 1, duration: 1_000_000_000, satellite: 0, rate: 0)
        var bench = Bench(try plan())
        let clicks = bench.clicks(
            [TimeTag(time: 1_600_000, channel: 3), TimeTag(time: 160_000, channel: 4)], clock)
        #expect(clicks.map(\.slot) == [1000])
        #expect(bench.stage.tally.outOfOrder[1] == 1)
    }

    @Test func tagsWithoutAValidClockAreDroppedAndCounted() throws {
        var clock = segments(
            from: 0, count: 3, duration: 1_000_000, satellite: 0, rate: 0)
        clock[1].isValid = false
        var bench = Bench(try plan())
        let clicks = bench.clicks(
            [160_000, 1_600_000, 2_400_000, 9_600_000].map { TimeTag(time: $0, channel: 3) },
            clock)
        #expect(clicks.map(\.slot) == [100, 1500])
        #expect(bench.stage.tally.count(.invalidClock) == 2)
    }

    @Test func wildTimesAndSegmentsNeverTrap() throws {
        var random = Seeded(seed: 99)
        for _ in 0..<200 {
            let tags = (0..<300).map { _ in
                TimeTag(
                    time: Int64(bitPattern: random.next()) >> Int64(random.next() % 60),
                    channel: UInt8(truncatingIfNeeded: random.next() % 80),
                    kind: TimeTag.Kind(rawValue: UInt8(random.next() % 6)))
            }
            let clock = (0..<20).map { _ in
                ClockSegment(
                    tagStart: Int64(bitPattern: random.next()) >> Int64(random.next() % 60),
                    duration: Int64(bitPattern: random.next()) >> Int64(random.next() % 60),
                    satelliteStart: Int64(bitPattern: random.next()),
                    rate: Int64(bitPattern: random.next()) >> Int64(random.next() % 60),
                    sigma: 0, isValid: true)
            }
            var bench = Bench(try plan())
            _ = bench.clicks(tags, clock)
            #expect(bench.stage.tally.recordsIn == 300)
        }
    }

    @Test func slotDivisionEqualsFloorDivisionOnEveryEdge() throws {
        var random = Seeded(seed: 5)
        for period in [100, 1599, 1600, 1601, 65_537, 99_999_989, 100_000_000] as [Int64] {
            let plan = try GatePlan(slotPeriod: period, gateWidth: period, deadTime: 0)
            var wired = plan
            try wired.connect(channel: 3, to: .horizontal)
            let base = -(period * 1_000_003 + 17)
            let clock = segments(
                from: 0, count: 1, duration: ClockSegment.longestDuration, satellite: base,
                rate: 0)
            var times: Set<Int64> = [0, 1, ClockSegment.longestDuration - 1]
            for _ in 0..<2000 {
                let time = Int64.random(in: 0..<ClockSegment.longestDuration, using: &random)
                let edge = floorDivision(base + time, by: period).quotient * period - base
                for near in -1...1 {
                    for half in [0, period / 2, (period + 1) / 2] {
                        let candidate = edge + half + Int64(near)
                        if candidate >= 0, candidate < ClockSegment.longestDuration {
                            times.insert(candidate)
                        }
                    }
                }
                times.insert(time)
            }
            var bench = Bench(wired)
            let tags = times.sorted().map { TimeTag(time: $0, channel: 3) }
            let clicks = bench.clicks(tags, clock)
            var wrong = 0
            var index = 0
            for tag in tags {
                let (slot, remainder) = floorDivision(base + tag.time + period / 2, by: period)
                let offset = remainder - period / 2
                guard 2 * abs(offset) <= period else { continue }
                if clicks[index].slot != slot || Int64(clicks[index].offset) != offset {
                    wrong += 1
                }
                index += 1
            }
            #expect(wrong == 0 && index == clicks.count, "period \(period)")
        }
    }

    @Test func aPlanNamesWhatIsOutOfRange() {
        #expect(throws: GatePlanError.slotPeriod(0)) {
            try GatePlan(slotPeriod: 0, gateWidth: 1, deadTime: 0)
        }
        #expect(throws: GatePlanError.gateWidth(1601, slotPeriod: 1600)) {
            try GatePlan(slotPeriod: 1600, gateWidth: 1601, deadTime: 0)
        }
        #expect(throws: GatePlanError.detectorTwice(channel: 9, firstChannel: 3)) {
            var plan = try plan()
            try plan.connect(channel: 9, to: .horizontal)
        }
    }
}

@Suite struct SquasherTests {
    func squash(_ clicks: [Click], batch: Int) -> (out: [Click], squasher: Squasher) {
        var random = Seeded(seed: 7)
        var squasher = Squasher()
        var out: [Click] = []
        var start = 0
        while start < clicks.count {
            let end = min(clicks.count, start + batch)
            var part = Array(clicks[start..<end])
            var span = part.mutableSpan
            let count = squasher.squash(&span, count: end - start, random: &random)
            out += part[..<count]
            start = end
        }
        if let last = squasher.flush(random: &random) { out.append(last) }
        return (out, squasher)
    }

    @Test(arguments: [1, 2, 3, 100])
    func doublesBecomeARandomBitAndCrossClicksVanish(batch: Int) {
        let slots: [(Int64, [UInt8])] = [
            (1, [0]), (2, [0, 1]), (3, [0, 2]), (4, [3, 3]), (5, [2, 3]), (6, [1, 0, 3]), (7, [2]),
        ]
        let clicks = slots.flatMap { slot, detectors in
            detectors.map { Click(slot: slot, offset: 0, detector: $0) }
        }
        let (out, squasher) = squash(clicks, batch: batch)
        #expect(out.map(\.slot) == [1, 2, 4, 5, 7])
        #expect(out.map(\.basis) == [0, 0, 1, 1, 1])
        #expect(squasher.crosses == 2)
        #expect(squasher.doubles[0] == 1 && squasher.doubles[1] == 1)
        #expect(squasher.repeats[3] == 1)
        #expect(squasher.clicksIn == 13 && squasher.clicksOut == 5)
    }

    @Test func theBitOfADoubleClickIsFair() {
        let clicks = (0..<20_000).map {
            Click(slot: Int64($0 / 2), offset: 0, detector: UInt8($0 & 1))
        }
        let (out, _) = squash(clicks, batch: 512)
        let ones = out.filter { $0.bit == 1 }.count
        // 5 standard deviations of 10,000 fair bits.
        #expect(abs(ones - 5_000) < 250)
    }
}
