import Orbit
import Testing

@testable import ClockSync

/// Interpolation of the prediction against an orbit that is known at every instant.
@Suite struct LightTimeTableTests {
    private let orbit = PassOrbit.circular(
        CircularPass(
            .init(
                altitude: 500e3, culmination: 1.4, lowestElevation: 0.17, inclination: 1.7,
                latitude: 0.7)))

    /// Largest error of a table with rows at `times` ps, at `count` instants within them.
    private func error(of times: [Int64], count: Int = 20_000) -> Double {
        let rows = times.map { LightTimeRow(time: $0, lightTime: orbit.lightTime(emittedAt: $0)) }
        return rows.withUnsafeBufferPointer { rows in
            guard var table = LightTimeTable(rows: rows) else { return .infinity }
            var largest = 0.0
            let span = table.end - table.start
            for index in 0..<count {
                let time = table.start + span / Int64(count) * Int64(index)
                let truth = orbit.lightTime(emittedAt: time)
                largest = max(largest, abs(table.lightTime(at: time) - truth))
            }
            return largest
        }
    }

    @Test func aRowASecondIsExactToTheTwentiethOfAPicosecond() {
        let largest = error(of: (0...400).map { $0 * second })
        #expect(largest < 0.05, "\(largest) ps")
    }

    @Test func unevenRowsAreAsGood() {
        var dice = Dice(4)
        var times: [Int64] = [0]
        while times[times.count - 1] < 400 * second {
            times.append(times[times.count - 1] + Int64((0.2 + 0.8 * dice.uniform()) * 1e12))
        }
        let largest = error(of: times)
        #expect(largest < 0.05, "\(largest) ps")
    }

    @Test func aGapOfThreeSecondsCostsLittle() {
        let times = (0...400).filter { !(199...200).contains($0) }.map { Int64($0) * second }
        let largest = error(of: times)
        #expect(largest < 5, "\(largest) ps")
    }

    @Test func jumpingAboutGivesWhatWalkingGives() {
        let rows = (0...400).map {
            LightTimeRow(time: $0 * second, lightTime: orbit.lightTime(emittedAt: $0 * second))
        }
        rows.withUnsafeBufferPointer { rows in
            guard var jumping = LightTimeTable(rows: rows) else { return }
            var dice = Dice(9)
            for _ in 0..<2_000 {
                let time = Int64(dice.uniform() * 400e12)
                guard var fresh = LightTimeTable(rows: rows) else { return }
                #expect(jumping.lightTime(at: time) == fresh.lightTime(at: time))
            }
        }
    }

    @Test func outsideItsRowsATableHoldsItsEnds() {
        let rows = (0...20).map {
            LightTimeRow(time: $0 * second, lightTime: orbit.lightTime(emittedAt: $0 * second))
        }
        rows.withUnsafeBufferPointer { rows in
            guard var table = LightTimeTable(rows: rows) else { return }
            for time in [Int64.max, .min, 21 * second, -second, 1 << 60] {
                let light = table.lightTime(at: time)
                #expect(light > 1.5e9 && light < 1e10, "\(light) at \(time)")
            }
            #expect(table.covers(0) && table.covers(20 * second))
            #expect(!table.covers(.max) && !table.covers(-2 * second))
        }
    }

    @Test func tooFewOrUnorderedRowsAreRefused() {
        for times in [[0, 1, 2, 3, 4], [0, 1, 2, 2, 3, 4], [0, 1, 3, 2, 4, 5]] as [[Int64]] {
            let rows = times.map { LightTimeRow(time: $0 * second, lightTime: 2e9) }
            let isRefused = rows.withUnsafeBufferPointer { LightTimeTable(rows: $0) == nil }
            #expect(isRefused, "\(times)")
        }
    }
}
