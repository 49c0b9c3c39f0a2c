import BoardFile
import Quantities
import RealTime
import Simulator
import Testing

@testable import Station

/// The tagger between passes, for whoever looks at its counts.
@Suite struct TaggerCountTests {
    /// Counts from the played world until `isOver`, for two hundred reads at most.
    private func count(
        _ board: Board, into counts: LiveCounts, isOver: () -> Bool
    ) throws -> Int {
        let world = try #require(try board.worldParameters(seed: 3))
        let tagger = WorldTagger(world, clock: FastClock(factor: 4), origin: Origin())
        var excesses = 0
        var reads = 0
        try TaggerCount(board: board, counts: counts).run(
            tagger,
            isOver: {
                reads += 1
                return reads > 200 || isOver()
            }, onExcess: { excesses += 1 })
        return excesses
    }

    @Test func itsTagsAreCountedByInputAndNothingElseIsSaid() throws {
        let counts = LiveCounts()
        // PPS, beacon and the four detectors of the short board.
        let inputs = 1...6
        let excesses = try count(shortBoard(lowestElevation: 79), into: counts) {
            inputs.allSatisfy { counts.tags[$0] > 0 }
        }
        #expect(inputs.allSatisfy { counts.tags[$0] > 0 }, "\(counts.tags.prefix(8))")
        #expect(counts.tags[0] == 0 && counts.tags[7] == 0)
        #expect(counts[.clicks] == 0, "no gate and no clock between passes")
        #expect(excesses == 0)
    }

    @Test func intervalsAreCountedForWhoeverWatches() throws {
        let counts = LiveCounts()
        _ = try counts.watch {
            try count(shortBoard(lowestElevation: 79), into: counts) {
                counts.intervals(detector: 0).reduce(0, +) > 10
            }
        }
        #expect(counts.intervals(detector: 0).reduce(0, +) > 10)
    }

    @Test func tooMuchLightIsTold() throws {
        // The light of the short pass, 13,000 clicks a second, is three times the limit.
        let board = try shortBoard(
            lowestElevation: 79,
            pointing: "[detectors]\nrate_limit = \"4 kHz\"\nrate_window = \"10 ms\"\n")
        let counts = LiveCounts()
        let excesses = try count(board, into: counts) { counts.tags[3] > 1_000 }
        #expect(excesses > 0)
    }
}
