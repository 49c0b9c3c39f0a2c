import RealTime
import Testing

@Suite struct ArenaTests {
    @Test func partsAreZeroedApartAndOnCacheLines() throws {
        var arena = try Arena(byteCount: 65_536, refused: RefusedByMachine())
        let small = try arena.take(UInt8.self, count: 3)
        let large = try arena.take(Int64.self, count: 100)
        let counters = try arena.place(RateCounters(name: "placed"))
        for address in [
            UInt(bitPattern: small.baseAddress), UInt(bitPattern: large.baseAddress),
            UInt(bitPattern: counters),
        ] { #expect(address % UInt(Arena.alignment) == 0) }
        #expect(UInt(bitPattern: large.baseAddress) - UInt(bitPattern: small.baseAddress) >= 64)
        #expect(small.allSatisfy { $0 == 0 } && large.allSatisfy { $0 == 0 })
        #expect(counters.pointee.ticks == 0)
        #expect(arena.byteCountUsed + arena.byteCountLeft == 65_536)
    }

    @Test func askingTooMuchOrAfterTheCloseIsAnErrorThatSaysWhatIsLeft() throws {
        var arena = try Arena(byteCount: 4_096, refused: RefusedByMachine())
        _ = try arena.take(UInt8.self, count: 64)
        #expect(throws: ArenaError.full(asked: 4_096, left: 4_032)) {
            _ = try arena.take(UInt8.self, count: 4_096)
        }
        #expect(throws: ArenaError.full(asked: .max, left: 4_032)) {
            _ = try arena.take(Int64.self, count: .max)
        }
        arena.close()
        #expect(throws: ArenaError.closed(asked: 8)) {
            _ = try arena.take(Int64.self, count: 1)
        }
    }

    @Test func moreMemoryThanThereIsIsAnError() {
        #expect(throws: ArenaError.self) {
            _ = try Arena(byteCount: 1 << 60, refused: RefusedByMachine())
        }
    }
}
