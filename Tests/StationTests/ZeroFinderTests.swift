import BoardFile
import Testing
import TimeTags

@testable import Station

/// Where a pass begins, from tags and a host that lags.
@Suite struct ZeroFinderTests {
    private static let second: Int64 = 1_000_000_000_000
    private let board: Board

    init() throws { board = try shortBoard() }

    /// What is found when a tag is made every 10 ms, an edge in each second, and the host is
    /// `lag(now)` behind them. The tagger's clock shows `clock` ps when the pass begins, and the tags
    /// begin at `from`.
    private func found(
        clock: Int64, from: Int64, lag: (Int64) -> Int64, damaged: Int64? = nil
    ) throws -> ZeroFinder {
        var finder = ZeroFinder(board)
        let edge = try #require(board.channels.pps).channel
        for time in stride(from: from, to: from + 4 * Self.second, by: 10_000_000_000) {
            let isEdge = time % Self.second == 0
            var tags = [TimeTag(time: clock + time, channel: isEdge ? edge : 9)]
            if let damaged, time == from + Self.second / 2 {
                tags.insert(TimeTag(time: damaged, channel: edge), at: 0)
            }
            let now = time + lag(time)
            tags.withUnsafeBufferPointer { finder.take($0, at: now) }
            finder.settle(at: now)
        }
        return finder
    }

    @Test(arguments: [0, 7 * second, 86_400 * second + 123_000_000_000])
    func aPunctualHostFindsIt(clock: Int64) throws {
        let begun = -3 * Self.second / 2
        let finder = try found(clock: clock, from: begun, lag: { _ in 2_000_000_000 })
        let zero = try #require(finder.zero)
        #expect(finder.isFromEdge)
        #expect(zero.shift + zero.coarseZero == clock)
    }

    @Test func aHostThatLagsAtFirstDoesNotTakeOneSecondForTheNext() throws {
        let clock = 40 * Self.second
        let finder = try found(clock: clock, from: 0) { time in
            time < 1_200_000_000_000 ? 1_200_000_000_000 - time : 5_000_000_000
        }
        let zero = try #require(finder.zero)
        #expect(zero.shift + zero.coarseZero == clock)
    }

    @Test(arguments: [Int64.max, .min, 900 * second, -900 * second])
    func aDamagedTagMovesNothing(time: Int64) throws {
        let clock = 40 * Self.second
        let finder = try found(clock: clock, from: 0, lag: { _ in 5_000_000_000 }, damaged: time)
        let zero = try #require(finder.zero)
        #expect(zero.shift + zero.coarseZero == clock)
    }

    @Test func withoutAnEdgeTheHostsClockSaysIt() throws {
        let clock = 40 * Self.second
        var finder = ZeroFinder(board)
        for step in 0..<400 {
            let time = Int64(step) * 10_000_000_000
            let tags = [TimeTag(time: clock + time, channel: 9)]
            tags.withUnsafeBufferPointer { finder.take($0, at: time + 5_000_000_000) }
            finder.settle(at: time + 5_000_000_000)
        }
        let zero = try #require(finder.zero)
        #expect(!finder.isFromEdge)
        #expect(zero.shift + zero.coarseZero == clock - 5_000_000_000)
    }

    @Test func withoutTagsThereIsNone() {
        var finder = ZeroFinder(board)
        finder.settle(at: 100 * Self.second)
        #expect(finder.zero == nil)
    }
}
