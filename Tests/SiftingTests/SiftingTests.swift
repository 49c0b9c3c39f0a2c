import Gating
import Sifting
import Testing
import Wire

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Sent states by counter: what slot m carried follows from m alone.
struct CountedStates: StateSource {
    func state(ofSlot slot: Int64) -> PulseState {
        let word = Seeded.mix(UInt64(bitPattern: slot) &* 0xD1B5_4A32_D192_ED03)
        let draw = word >> 8 & 15
        return PulseState(
            basis: UInt8(word & 1), bit: UInt8(word >> 1 & 1),
            intensity: draw < 13 ? 0 : draw < 15 ? 1 : 2)
    }
}

/// A digest good enough to tell messages apart in tests; not a cryptographic one.
struct TestDigest: TranscriptDigest {
    var lanes: [UInt64] = [1, 2, 3, 4]
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            for lane in 0..<4 {
                lanes[lane] = Seeded.mix(lanes[lane] &* 31 &+ UInt64(byte) &+ UInt64(lane) << 40)
            }
        }
    }
    mutating func finish() -> TranscriptValue {
        TranscriptValue(
            first: ShortDigest(low: lanes[0], high: lanes[1]),
            second: ShortDigest(low: lanes[2], high: lanes[3]))
    }
}

/// Memory that lives as long as the test.
final class Memory {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }
    deinit { bytes.deallocate() }
}

/// What the link does to messages.
struct LinkFaults {
    var loss = 0.0
    var duplication = 0.0
    var corruption = 0.0
    var delay: ClosedRange<Int64> = 4_000_000_000...10_000_000_000
    /// Times in which nothing passes, ps.
    var fade: Range<Int64> = 0..<0
}

/// Messages under way, one direction.
struct FaultyLink {
    var faults: LinkFaults
    var random: Seeded
    var underway: [(due: Int64, bytes: [UInt8])] = []

    mutating func send(_ bytes: ArraySlice<UInt8>, now: Int64) {
        let copies = chance(faults.duplication) ? 2 : 1
        for _ in 0..<copies where !chance(faults.loss) && !faults.fade.contains(now) {
            var bytes = Array(bytes)
            if chance(faults.corruption) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
            underway.append((now + Int64.random(in: faults.delay, using: &random), bytes))
        }
    }

    mutating func arrived(by now: Int64) -> [[UInt8]] {
        let due = underway.filter { $0.due <= now }.sorted { $0.due < $1.due }
        underway.removeAll { $0.due <= now }
        return due.map(\.bytes)
    }

    private mutating func chance(_ p: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < p
    }
}

/// What a whole pass came to.
struct PassResult {
    var epochs: [EpochResult] = []
    var clicks: [SiftedClick] = []
    var satelliteKey: [UInt8]?
    var close = CloseState.open
    var ground = GroundCounters()
    var satellite = SatelliteCounters()
    var totals = SiftCounts()

    func groundKey(_ basis: UInt8) -> [UInt8] {
        clicks.filter { $0.basis == basis }.map(\.bit)
    }
}

let epochTime: Int64 = 200_000_000_000

/// Runs a pass over a link with `faults`; the measured bits are the sent ones but for 3 % errors.
func runPass(
    epochs: Int, clicksPerEpoch: Int, faults: LinkFaults, seed: UInt64,
    deadline: Int64 = 30_000_000_000_000, capacity: GroundCapacity = GroundCapacity(clicks: 40_000)
) -> PassResult {
    let parameters = SiftParameters(
        session: 77, firstSlot: -1_000, slotsPerEpoch: 125_000_000, keyBasis: 0,
        deadline: deadline)
    let groundMemory = Memory(capacity.byteCount)
    let satelliteCapacity = SatelliteCapacity(parts: 2048, keyBits: 1 << 20)
    let satelliteMemory = Memory(satelliteCapacity.byteCount)
    var ground = GroundSifter<TestDigest>(
        parameters: parameters, capacity: capacity, storage: groundMemory.bytes)
    var satellite = SatelliteSifter<TestDigest, CountedStates>(
        parameters: parameters, source: CountedStates(), capacity: satelliteCapacity,
        storage: satelliteMemory.bytes)
    var world = Seeded(seed: 1)
    var up = FaultyLink(faults: faults, random: Seeded(seed: seed))
    var down = FaultyLink(faults: faults, random: Seeded(seed: seed &+ 1))
    var result = PassResult()
    var message = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
    var sifted = [SiftedClick](
        repeating: SiftedClick(slot: 0, basis: 0, bit: 0, intensity: 0), count: capacity.clicks)
    let states = CountedStates()
    var now: Int64 = 0
    var nextEpoch = 0
    while now < Int64(epochs) * epochTime + 60_000_000_000_000 {
        if nextEpoch < epochs, now >= Int64(nextEpoch + 1) * epochTime {
            // Every seventh epoch is empty, as in a fade.
            let count = nextEpoch % 7 == 3 ? 0 : clicksPerEpoch
            let first = parameters.firstSlot + Int64(nextEpoch) * 125_000_000
            var slots: Set<Int64> = []
            while slots.count < count {
                slots.insert(first + Int64.random(in: 0..<125_000_000, using: &world))
            }
            for slot in slots.sorted() {
                let state = states.state(ofSlot: slot)
                let basis = UInt8(world.next() & 1)
                let isWrong = world.next() % 100 < 3
                let bit =
                    basis == state.basis
                    ? state.bit ^ (isWrong ? 1 : 0) : UInt8(world.next() >> 63)
                ground.add(Click(slot: slot, offset: 0, detector: basis * 2 + bit), now: now)
            }
            nextEpoch += 1
            ground.advance(toSlot: first + 125_000_000, now: now)
            if nextEpoch == epochs { ground.finish(now: now) }
        }
        while true {
            let count = message.withUnsafeMutableBytes { ground.poll(now: now, into: $0) }
            guard count > 0 else { break }
            up.send(message[..<count], now: now)
        }
        for bytes in up.arrived(by: now) {
            let count = bytes.withUnsafeBytes { bytes in
                message.withUnsafeMutableBytes { satellite.receive(bytes, answer: $0) }
            }
            if count > 0 { down.send(message[..<count], now: now) }
        }
        for bytes in down.arrived(by: now) { bytes.withUnsafeBytes { ground.receive($0) } }
        while let epoch = sifted.withUnsafeMutableBufferPointer({ ground.nextEpoch(into: $0) }) {
            result.epochs.append(epoch)
            result.clicks += sifted[..<epoch.sifted]
        }
        if case .answered = ground.closeState { break }
        now += 5_000_000_000
    }
    var key = [UInt8](repeating: 0, count: satelliteCapacity.keyBits)
    let keyCount = key.withUnsafeMutableBufferPointer { satellite.key(into: $0) }
    result.satelliteKey = keyCount.map { Array(key[..<$0]) }
    result.close = ground.closeState
    result.ground = ground.counters
    result.satellite = satellite.counters
    result.totals = ground.totals
    return result
}

@Suite struct SiftingTests {
    @Test func overAPerfectLinkTheEndsKeepTheSameClicksInOrder() throws {
        let pass = runPass(epochs: 60, clicksPerEpoch: 300, faults: LinkFaults(), seed: 1)
        #expect(pass.close == .answered(.agreed))
        #expect(pass.epochs.map(\.epoch) == Array(0..<60))
        #expect(pass.epochs.allSatisfy { $0.outcome == .sifted })
        let states = CountedStates()
        #expect(pass.clicks.allSatisfy { states.state(ofSlot: $0.slot).basis == $0.basis })
        #expect(
            pass.clicks.allSatisfy { states.state(ofSlot: $0.slot).intensity == $0.intensity })
        let truth = pass.clicks.filter { $0.basis == 0 }.map { states.state(ofSlot: $0.slot).bit }
        #expect(pass.satelliteKey == truth)
        let errors = pass.clicks.filter {
            $0.basis == 1 && states.state(ofSlot: $0.slot).bit != $0.bit
        }
        var stated: UInt32 = 0
        for intensity in 0..<3 { stated += pass.totals.testErrors[intensity] }
        #expect(Int(stated) == errors.count && errors.count > 50)
        #expect(pass.ground.repeated == 0 && pass.satellite.repeated == 0)
    }

    @Test(arguments: [2, 3, 4] as [UInt64])
    func aBadLinkCostsTimeButNoEpochAndNoBit(seed: UInt64) throws {
        let perfect = runPass(epochs: 300, clicksPerEpoch: 60, faults: LinkFaults(), seed: 1)
        let faults = LinkFaults(
            loss: 0.3, duplication: 0.1, corruption: 0.1,
            delay: 1_000_000_000...300_000_000_000,
            fade: 10_000_000_000_000..<12_000_000_000_000)
        let pass = runPass(epochs: 300, clicksPerEpoch: 60, faults: faults, seed: seed)
        #expect(pass.close == .answered(.agreed), "seed \(seed)")
        #expect(pass.clicks == perfect.clicks, "seed \(seed)")
        #expect(pass.satelliteKey == perfect.satelliteKey, "seed \(seed)")
        #expect(pass.epochs == perfect.epochs, "seed \(seed)")
        #expect(pass.ground.damaged > 0 && pass.satellite.damaged > 0)
        #expect(pass.satellite.repeated > 0 && pass.satellite.contradictions == 0)
    }

    @Test func anEpochOfManyPartsIsSiftedWhole() {
        let faults = LinkFaults(loss: 0.3, corruption: 0.05)
        let pass = runPass(
            epochs: 3, clicksPerEpoch: 30_000, faults: faults, seed: 5,
            capacity: GroundCapacity(clicks: 100_000))
        #expect(pass.close == .answered(.agreed))
        #expect(pass.epochs.map(\.announced) == [30_000, 30_000, 30_000])
        #expect(pass.satelliteKey?.count == pass.groundKey(0).count)
    }

    @Test func aDeadLinkLosesEveryEpochAndSaysSo() {
        let pass = runPass(
            epochs: 20, clicksPerEpoch: 10, faults: LinkFaults(loss: 1), seed: 6,
            deadline: 2_000_000_000_000)
        #expect(pass.epochs.map(\.outcome) == Array(repeating: .noReply, count: 20))
        #expect(pass.ground.epochsLost == 20)
        #expect(pass.satelliteKey == nil)
    }

    @Test func epochsLostInALongFadeAreLeftOutByBothEnds() {
        let pass = runPass(
            epochs: 100, clicksPerEpoch: 50,
            faults: LinkFaults(loss: 0.2, fade: 5_000_000_000_000..<12_000_000_000_000), seed: 7,
            deadline: 3_000_000_000_000)
        #expect(pass.close == .answered(.agreed))
        let lost = pass.epochs.filter { $0.outcome == .noReply }.count
        #expect(lost > 10 && lost < 60)
        #expect(pass.epochs.map(\.epoch) == Array(0..<100))
        #expect(pass.satelliteKey?.count == pass.groundKey(0).count)
    }

    @Test func aFullMemoryDropsClicksAndCountsThem() {
        let pass = runPass(
            epochs: 10, clicksPerEpoch: 500, faults: LinkFaults(), seed: 8,
            capacity: GroundCapacity(clicks: 400, epochs: 4, parts: 4))
        #expect(pass.close == .answered(.agreed))
        // Every seventh epoch is empty: 9 x 500 clicks, of which an epoch holds 400.
        let announced = pass.epochs.reduce(0) { $0 + $1.announced }
        #expect(UInt64(announced) + pass.ground.clicksFull == 4_500)
        #expect(pass.ground.clicksFull >= 900)
    }

    /// A pass that waits for room with its clicks would otherwise wait for ever.
    @Test func anOpenEpochAloneIsNoReasonToWait() {
        let parameters = SiftParameters(
            session: 3, firstSlot: 0, slotsPerEpoch: 1_000, keyBasis: 0)
        let capacity = GroundCapacity(clicks: 1_000, epochs: 8, parts: 8)
        let memory = Memory(capacity.byteCount)
        var ground = GroundSifter<TestDigest>(
            parameters: parameters, capacity: capacity, storage: memory.bytes)
        for slot in 0..<900 as Range<Int64> {
            ground.add(Click(slot: slot, offset: 0, detector: 0), now: 0)
        }
        let isFullWhileOpen = ground.isHalfFull
        ground.advance(toSlot: 1_000, now: 0)
        let isFullWhenAnnounced = ground.isHalfFull
        #expect(!isFullWhileOpen && isFullWhenAnnounced)
        #expect(ground.counters.clicksFull == 0)
    }

    @Test func epochsWithoutAPlaceInTheTableAreCountedByTheirClicksAndLeaveNoGap() throws {
        let parameters = SiftParameters(
            session: 3, firstSlot: 0, slotsPerEpoch: 1_000, keyBasis: 0, deadline: 100)
        // Ten clicks: the fourth epoch kept wraps round the memory's end.
        let capacity = GroundCapacity(clicks: 10, epochs: 2, parts: 4)
        let memory = Memory(capacity.byteCount)
        var ground = GroundSifter<TestDigest>(
            parameters: parameters, capacity: capacity, storage: memory.bytes)
        var sifted = [SiftedClick](
            repeating: SiftedClick(slot: 0, basis: 0, bit: 0, intensity: 0), count: 10)
        var message = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
        func hear(_ epochs: ClosedRange<Int64>, _ ground: inout GroundSifter<TestDigest>) {
            for epoch in epochs {
                for slot in [7, 300, 999] as [Int64] {
                    ground.add(Click(slot: epoch * 1_000 + slot, offset: 0, detector: 0), now: 0)
                }
                ground.advance(toSlot: (epoch + 1) * 1_000, now: 0)
            }
        }

        hear(0...4, &ground)
        #expect(ground.counters.epochsFull == 3)
        #expect(ground.counters.clicksFull == 9)
        #expect(ground.clicksHeld == 6)
        // Nobody answers until the deadline.
        _ = message.withUnsafeMutableBytes { ground.poll(now: 101, into: $0) }
        for epoch in 0...1 as ClosedRange<UInt32> {
            let end = sifted.withUnsafeMutableBufferPointer { ground.nextEpoch(into: $0) }
            let result = try #require(end)
            #expect(result.epoch == epoch)
            #expect(result.outcome == .noReply)
            #expect(result.announced == 3)
        }
        #expect(ground.clicksHeld == 0)

        hear(5...6, &ground)
        #expect(ground.clicksHeld == 6)
        #expect(ground.counters.clicksFull == 9)
        // The satellite reads in them what was heard.
        let satelliteMemory = Memory(SatelliteCapacity().byteCount)
        var satellite = SatelliteSifter<TestDigest, CountedStates>(
            parameters: parameters, source: CountedStates(), storage: satelliteMemory.bytes)
        for epoch in 5...6 as ClosedRange<Int64> {
            let count = message.withUnsafeMutableBytes { ground.poll(now: 0, into: $0) }
            try #require(count > 0)
            let announced = Array(message[..<count])
            let answer = announced.withUnsafeBytes { bytes in
                message.withUnsafeMutableBytes { satellite.receive(bytes, answer: $0) }
            }
            Array(message[..<answer]).withUnsafeBytes { ground.receive($0) }
            let end = sifted.withUnsafeMutableBufferPointer { ground.nextEpoch(into: $0) }
            let result = try #require(end)
            #expect(result.outcome == .sifted)
            let kept = ([7, 300, 999] as [Int64]).map { epoch * 1_000 + $0 }
                .filter { CountedStates().state(ofSlot: $0).basis == 0 }
            #expect(sifted[..<result.sifted].map(\.slot) == kept)
        }
        #expect(ground.clicksHeld == 0)
    }

    @Test func aClickInTheLastSlotThereIsLiesBeyondThePass() {
        let parameters = SiftParameters(
            session: 3, firstSlot: -1_000, slotsPerEpoch: 1_000, keyBasis: 0)
        let memory = Memory(GroundCapacity().byteCount)
        var ground = GroundSifter<TestDigest>(parameters: parameters, storage: memory.bytes)
        ground.add(Click(slot: .max, offset: 0, detector: 0), now: 0)
        #expect(ground.counters.beyondPass == 1)
    }
}

@Suite struct SatelliteTests {
    let parameters = SiftParameters(
        session: 9, firstSlot: 0, slotsPerEpoch: 1_000, keyBasis: 0)

    /// The announcement that a ground station makes of clicks in `slots`, each in `basis`.
    func announcement(slots: [Int64], basis: UInt8, _ parameters: SiftParameters) -> [UInt8] {
        let memory = Memory(GroundCapacity(clicks: 100, epochs: 4, parts: 4).byteCount)
        var ground = GroundSifter<TestDigest>(
            parameters: parameters, capacity: GroundCapacity(clicks: 100, epochs: 4, parts: 4),
            storage: memory.bytes)
        for slot in slots {
            ground.add(Click(slot: slot, offset: 0, detector: basis * 2), now: 0)
        }
        ground.advance(toSlot: 1_500, now: 0)
        var message = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
        let count = message.withUnsafeMutableBytes { ground.poll(now: 0, into: $0) }
        return Array(message[..<count])
    }

    @Test func theFirstAnnouncementStandsAndGetsTheSameBytesEachTime() throws {
        let memory = Memory(SatelliteCapacity().byteCount)
        var satellite = SatelliteSifter<TestDigest, CountedStates>(
            parameters: parameters, source: CountedStates(), storage: memory.bytes)
        func answer(
            _ satellite: inout SatelliteSifter<TestDigest, CountedStates>, _ message: [UInt8]
        ) -> [UInt8] {
            var room = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
            let count = message.withUnsafeBytes { message in
                room.withUnsafeMutableBytes { satellite.receive(message, answer: $0) }
            }
            return Array(room[..<count])
        }
        func type(_ message: [UInt8]) throws -> MessageType {
            try message.withUnsafeBytes { try Message.open($0).header.type }
        }
        let first = announcement(slots: [5, 6, 900], basis: 0, parameters)
        let second = announcement(slots: [5, 6, 900], basis: 1, parameters)
        let reply = answer(&satellite, first)
        #expect(try type(reply) == .reply)
        let refused = answer(&satellite, second)
        #expect(try type(refused) == .refusal)
        let again = answer(&satellite, first)
        #expect(again == reply)
        #expect(satellite.counters.contradictions == 1 && satellite.counters.repeated == 1)

        var other = parameters
        other.firstSlot = 1
        let foreign = answer(&satellite, announcement(slots: [5], basis: 0, other))
        #expect(try type(foreign) == .refusal)
    }

    @Test func aReplyDoesNotDependOnTheKeyBits() throws {
        struct Flipped: StateSource {
            var flip: UInt8
            func state(ofSlot slot: Int64) -> PulseState {
                var state = CountedStates().state(ofSlot: slot)
                if state.basis == 0 { state.bit ^= flip }
                return state
            }
        }
        let message = announcement(
            slots: (0..<90).map { $0 * 11 }, basis: 0, parameters)
        var replies: [[UInt8]] = []
        for flip: UInt8 in 0...1 {
            let memory = Memory(SatelliteCapacity().byteCount)
            var satellite = SatelliteSifter<TestDigest, Flipped>(
                parameters: parameters, source: Flipped(flip: flip), storage: memory.bytes)
            var room = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
            let count = message.withUnsafeBytes { message in
                room.withUnsafeMutableBytes { satellite.receive(message, answer: $0) }
            }
            replies.append(Array(room[..<count]))
        }
        #expect(replies[0] == replies[1] && replies[0].count > MessageHeader.size)
    }

    @Test func sealedNonsenseNeverCrashesEitherEnd() throws {
        let seed: UInt64 = 31
        var random = Seeded(seed: seed)
        let groundMemory = Memory(GroundCapacity().byteCount)
        let memory = Memory(SatelliteCapacity().byteCount)
        var ground = GroundSifter<TestDigest>(
            parameters: parameters, storage: groundMemory.bytes)
        var satellite = SatelliteSifter<TestDigest, CountedStates>(
            parameters: parameters, source: CountedStates(), storage: memory.bytes)
        ground.add(Click(slot: 17, offset: 0, detector: 0), now: 0)
        ground.advance(toSlot: 3_000, now: 0)
        var answer = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
        var kinds = 0
        for _ in 0..<20_000 {
            var message = (0..<MessageHeader.largestMessage).prefix(
                Int.random(in: 26..<140, using: &random)
            ).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let header = MessageHeader(
                type: MessageType(rawValue: UInt8.random(in: 1...5, using: &random))
                    ?? .announcement,
                direction: random.next() & 1 == 0 ? .up : .down, part: 0,
                parts: UInt8.random(in: 1...2, using: &random), session: 9,
                sequence: UInt32.random(in: 0..<3, using: &random),
                epoch: UInt32.random(in: 0..<4, using: &random))
            _ = try message.withUnsafeMutableBytes {
                try Message.seal(header, payloadCount: $0.count - 26, in: $0)
            }
            message.withUnsafeBytes { ground.receive($0) }
            let count = message.withUnsafeBytes { message in
                answer.withUnsafeMutableBytes { satellite.receive(message, answer: $0) }
            }
            kinds += count > 0 ? 1 : 0
        }
        #expect(kinds > 0, "seed \(seed)")
        #expect(satellite.counters.answered == 0, "seed \(seed)")
    }
}
