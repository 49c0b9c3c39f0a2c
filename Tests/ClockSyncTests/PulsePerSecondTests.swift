import Testing

@testable import ClockSync

/// The line through 1PPS edges, against plain least squares.
@Suite struct PulsePerSecondTests {
    /// Tag time of an edge at `utc` seconds on a clock with this offset and rate.
    private func edge(_ utc: Int64, _ offset: Int64, _ slope: Double, _ jitter: Double) -> Int64 {
        offset + utc * second + Int64((slope * Double(utc) + jitter).rounded())
    }

    @Test(arguments: [2, 3, 10, 60, 200])
    func theFitIsThatOfLeastSquares(count: Int) throws {
        var dice = Dice(UInt64(count))
        let offset: Int64 = 987_654_321_012_345
        var fit = PulsePerSecond(coarseZero: offset + 300_000_000_000)
        var points: [(x: Double, y: Double)] = []
        for utc in 5..<5 + Int64(count) {
            let tag = edge(utc, offset, 5e5, 20_000 * dice.normal())
            fit.add(tag)
            points.append((Double(utc), Double(tag - offset - utc * second)))
        }
        points = points.suffix(60)
        let n = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / n
        let meanY = points.reduce(0) { $0 + $1.y } / n
        let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / squares
        let line = try #require(fit.fit)
        #expect(abs(line.slope - slope) < 1, "\(line.slope) against \(slope)")
        let last = points[points.count - 1].x
        let expected = meanY + slope * (last - meanX)
        let tag = line.tag(atSecond: Int64(last))
        #expect(abs(Double(tag - offset - Int64(last) * second) - expected) < 5)
        #expect(fit.strays == 0)
    }

    @Test func strayAndMissingEdgesDoNotMoveTheLine() throws {
        var dice = Dice(3)
        var fit = PulsePerSecond(coarseZero: 0)
        for utc in 0..<60 as Range<Int64> where utc % 7 != 3 {
            fit.add(edge(utc, 5_000, -5e5, 20_000 * dice.normal()))
            if utc > 3, utc % 5 == 0 { fit.add(utc * second + Int64(dice.uniform() * 9e11)) }
        }
        let line = try #require(fit.fit)
        #expect(fit.strays >= 8)
        #expect(abs(line.slope + 5e5) < 1_500, "\(line.slope)")
        #expect(abs(line.tag(atSecond: 30) - edge(30, 5_000, -5e5, 0)) < 15_000)
    }

    @Test func falseEdgesAtTheStartAreOutlived() throws {
        var dice = Dice(8)
        var fit = PulsePerSecond(coarseZero: 0)
        for _ in 0..<5 { fit.add(Int64(dice.uniform() * 9e11)) }
        for utc in 1..<60 as Range<Int64> { fit.add(edge(utc, 1_000, 0, 20_000 * dice.normal())) }
        let line = try #require(fit.fit)
        #expect(abs(line.tag(atSecond: 50) - edge(50, 1_000, 0, 0)) < 20_000)
    }
}
