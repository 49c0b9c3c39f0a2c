import Coincidence
import Gating
import Testing
import Wire

@Suite struct CoincidenceEndTests {
    /// Memory of an end, freed after it.
    private final class Memory {
        let bytes: UnsafeMutableRawBufferPointer
        init(clicks: Int) {
            bytes = .allocate(
                byteCount: CoincidenceEnd.byteCount(clicks: clicks), alignment: 16)
            bytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
        }
        deinit { bytes.deallocate() }
    }

    private func parameters() throws -> CoincidenceParameters {
        try CoincidenceParameters(firstSlot: 1_000, slotsPerEpoch: 500)
    }

    private func click(_ slot: Int64, _ detector: UInt8) -> Click {
        Click(slot: slot, offset: 333, detector: detector)
    }

    private func announcement(_ end: borrowing CoincidenceEnd) throws -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: 2_000)
        let part = try payload.withUnsafeMutableBytes { try end.announce(from: 0, into: $0) }
        return Array(payload[..<part.bytes])
    }

    @Test func theAnnouncementHoldsNeitherBitsNorTimesWithinTheSlot() throws {
        let memory = Memory(clicks: 10)
        var payloads: [[UInt8]] = []
        for (bit, offset) in [(0, 0), (1, 799)] as [(UInt8, Int32)] {
            var end = CoincidenceEnd(
                try parameters(), role: .first, capacity: 10, storage: memory.bytes)
            end.begin(epoch: 0)
            for (slot, basis) in [(1_003, 0), (1_050, 1), (1_499, 0)] as [(Int64, UInt8)] {
                try end.take(Click(slot: slot, offset: offset, detector: basis << 1 | bit))
            }
            try end.seal()
            payloads.append(try announcement(end))
        }
        #expect(payloads[0] == payloads[1])
    }

    @Test func theMemoryIsZeroWhenTheEndIsGone() throws {
        let memory = Memory(clicks: 10)
        do {
            var end = CoincidenceEnd(
                try parameters(), role: .first, capacity: 10, storage: memory.bytes)
            end.begin(epoch: 0)
            try end.take(click(1_001, 3))
        }
        #expect(memory.bytes.allSatisfy { $0 == 0 })
    }

    @Test func clicksOutOfOrderOrOutsideOfTheEpochAreRefused() throws {
        let memory = Memory(clicks: 2)
        var end = CoincidenceEnd(
            try parameters(), role: .second, capacity: 2, storage: memory.bytes)
        #expect(throws: CoincidenceFault.outOfTurn) { try end.take(click(1_500, 0)) }
        end.begin(epoch: 1)
        for slot in [1_499, 2_000, Int64.min, Int64.max] {
            #expect(throws: CoincidenceFault.clickOrder(slot: slot)) {
                try end.take(click(slot, 0))
            }
        }
        try end.take(click(1_500, 0))
        #expect(throws: CoincidenceFault.clickOrder(slot: 1_500)) {
            try end.take(click(1_500, 1))
        }
        try end.take(click(1_999, 0))
        end.begin(epoch: 1)
        try end.take(click(1_501, 0))
        try end.take(click(1_502, 0))
        #expect(throws: CoincidenceFault.clicks(capacity: 2)) { try end.take(click(1_503, 0)) }
    }

    @Test func stepsOutOfTurnAreRefused() throws {
        let memory = Memory(clicks: 4)
        var key: [UInt8] = [0]
        var end = CoincidenceEnd(
            try parameters(), role: .first, capacity: 4, storage: memory.bytes)
        end.begin(epoch: 0)
        #expect(throws: CoincidenceFault.outOfTurn) { _ = try announcement(end) }
        #expect(throws: CoincidenceFault.outOfTurn) { try end.withTestBits { _ in } }
        try end.seal()
        #expect(throws: CoincidenceFault.outOfTurn) { try end.take(click(1_001, 0)) }
        // The other end has announced nothing.
        #expect(throws: CoincidenceFault.outOfTurn) {
            try key.withUnsafeMutableBytes { _ = try end.sift(into: $0) }
        }
        let empty = try announcement(end)
        try empty.withUnsafeBytes { try end.accept($0, isLast: true) }
        #expect(throws: CoincidenceFault.outOfTurn) {
            try empty.withUnsafeBytes { try end.accept($0, isLast: true) }
        }
    }

    @Test func damagedAnnouncementsAndTestBitsAreRefused() throws {
        let (first, second) = (Memory(clicks: 4), Memory(clicks: 4))
        var key: [UInt8] = [0, 0]
        var one = CoincidenceEnd(
            try parameters(), role: .first, capacity: 4, storage: first.bytes)
        var two = CoincidenceEnd(
            try parameters(), role: .second, capacity: 4, storage: second.bytes)
        one.begin(epoch: 0)
        two.begin(epoch: 0)
        for slot in [1_010, 1_020, 1_030] as [Int64] {
            try one.take(click(slot, 2))
            try two.take(click(slot + 1, 3))
        }
        try one.seal()
        try two.seal()
        let a = try announcement(one)
        let b = try announcement(two)
        // A part that does not follow on those before.
        var late = a
        late[16] = 1
        #expect(throws: CoincidenceFault.part(firstIndex: 1, base: 0)) {
            try late.withUnsafeBytes { try two.accept($0, isLast: true) }
        }
        let cut = Array(a[..<27])
        #expect(throws: CoincidenceFault.wire(.payloadEnds(count: 27))) {
            try cut.withUnsafeBytes { try two.accept($0, isLast: true) }
        }
        try a.withUnsafeBytes { try two.accept($0, isLast: true) }
        try b.withUnsafeBytes { try one.accept($0, isLast: true) }
        _ = try key.withUnsafeMutableBytes { try one.sift(into: $0) }
        _ = try key.withUnsafeMutableBytes { try two.sift(into: $0) }
        #expect(throws: CoincidenceFault.testBytes(given: 2, needed: 1)) {
            try ([7, 0] as [UInt8]).withUnsafeBytes { try one.compare(testBits: $0) }
        }
        #expect(throws: CoincidenceFault.reserved) {
            try ([8] as [UInt8]).withUnsafeBytes { try one.compare(testBits: $0) }
        }
        try ([7] as [UInt8]).withUnsafeBytes { try one.compare(testBits: $0) }
        let counts = one.counts
        #expect(counts.testBits == 3 && counts.testErrors == 3 && counts.keyBits == 0)
    }

    /// What an epoch that was dropped left behind does not show in the key.
    @Test func aDroppedEpochLeavesNoBits() throws {
        let memory = Memory(clicks: 4)
        var key = [UInt8](repeating: 0xFF, count: 2)
        var end = CoincidenceEnd(
            try parameters(), role: .first, capacity: 4, storage: memory.bytes)
        for (epoch, isKept) in [(0, true), (1, false), (2, true)] as [(UInt32, Bool)] {
            end.begin(epoch: epoch)
            let start = 1_000 + 500 * Int64(epoch)
            for place in 0..<(isKept ? 3 : 4) as Range<Int64> {
                try end.take(click(start + 10 * place, isKept ? UInt8(place & 1) : 1))
            }
            try end.seal()
            let same = try announcement(end)
            try same.withUnsafeBytes { try end.accept($0, isLast: true) }
            _ = try key.withUnsafeMutableBytes { try end.sift(into: $0) }
            if isKept { try ([] as [UInt8]).withUnsafeBytes { try end.compare(testBits: $0) } }
        }
        let counts = end.counts
        #expect(counts.keyBits == 6 && counts.firstClicks == 6)
        #expect(key[0] == 0b010_010)
    }

    @Test func parametersOutOfRangeAreRefusedWithTheirNumbers() {
        #expect(throws: CoincidenceFault.slotsPerEpoch(0)) {
            _ = try CoincidenceParameters(firstSlot: 0, slotsPerEpoch: 0)
        }
        #expect(throws: CoincidenceFault.tolerance(9)) {
            _ = try CoincidenceParameters(firstSlot: 0, slotsPerEpoch: 1, tolerance: 9)
        }
        #expect(throws: CoincidenceFault.keyBasis(2)) {
            _ = try CoincidenceParameters(firstSlot: 0, slotsPerEpoch: 1, keyBasis: 2)
        }
        #expect(throws: CoincidenceFault.firstSlot(.min)) {
            _ = try CoincidenceParameters(firstSlot: .min, slotsPerEpoch: 1)
        }
        let text = String(describing: CoincidenceFault.tolerance(9))
        #expect(text.contains("9") && text.contains("0 to 8"))
    }
}
