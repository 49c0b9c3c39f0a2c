import Testing

@testable import GateDrivers

@Suite struct DetectorConditionsTests {
    private func conditions() -> DetectorConditions {
        DetectorConditions(.init(temperature: -50 ... -30, highestBias: 70))
    }

    @Test func anOpenCoverForbidsAllDetectorsUntilItIsClosed() {
        var conditions = conditions()
        #expect(conditions.allowed == .all)
        let opened = conditions.take(line: false, of: .cover)
        #expect(opened == .init(subject: .cover, finding: .open))
        #expect(conditions.allowed == [])
        let again = conditions.take(line: false, of: .cover)
        #expect(again == nil)
        let closed = conditions.take(line: true, of: .cover)
        #expect(closed == .init(subject: .cover, finding: .good))
        #expect(conditions.allowed == .all)
    }

    @Test func aLineThatCannotBeReadCountsAsOpen() {
        var conditions = conditions()
        _ = conditions.take(line: nil, of: .cover)
        _ = conditions.take(line: nil, of: .interlock)
        #expect(conditions.allowed == [])
        #expect(!conditions.allowsLaser)
    }

    @Test func theInterlockIsTheLasersAlone() {
        var conditions = conditions()
        _ = conditions.take(line: false, of: .interlock)
        #expect(conditions.allowed == .all)
        #expect(!conditions.allowsLaser)
    }

    @Test func onlyTheDetectorOutsideItsLimitsIsForbiddenAndOnlyUntilItIsWellInside() {
        var conditions = conditions()
        let warm = conditions.take(value: -29.9, of: .temperature(2))
        #expect(warm == .init(subject: .temperature(2), finding: .outside(-29.9)))
        #expect(conditions.allowed == DetectorSet.all.subtracting(DetectorSet(2)))
        let nearly = conditions.take(value: -30.2, of: .temperature(2))
        #expect(nearly == nil)
        #expect(!conditions.allowed.contains(DetectorSet(2)))
        _ = conditions.take(value: -30.5, of: .temperature(2))
        #expect(conditions.allowed == .all)
        _ = conditions.take(value: 70.1, of: .bias(0))
        #expect(conditions.allowed == DetectorSet.all.subtracting(DetectorSet(0)))
    }

    @Test func aSensorThatCannotBeReadIsSaidAndForbidsNothing() {
        var conditions = conditions()
        let change = conditions.take(value: nil, of: .temperature(1))
        #expect(change == .init(subject: .temperature(1), finding: .unreadable))
        #expect(conditions.allowed == .all)
    }
}
