import Simulator
import Testing

private let millisecond: Int64 = 1_000_000_000

/// A link on which nothing goes wrong.
private func soundLink() -> WorldParameters.Link {
    var link = WorldParameters.Link()
    link.lossProbability = 0
    link.corruptionProbability = 0
    link.duplicationProbability = 0
    link.reorderingProbability = 0
    link.fadeFraction = 0
    return link
}

/// A message that says its number.
private func message(_ number: Int, length: Int = 100) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
}

private struct Arrival: Equatable {
    var time: Int64
    var bytes: [UInt8]
}

/// Sends `count` messages up, one every `spacing`, and collects what arrives.
private func run(
    _ parameters: WorldParameters.Link, count: Int, spacing: Int64 = 20 * millisecond,
    seed: UInt64 = 5
) -> (arrivals: [Arrival], counts: FaultyLink.Counts) {
    var link = FaultyLink(parameters, seed: seed)
    var arrivals: [Arrival] = []
    var bytes: [UInt8] = []
    for index in 0..<(count + 10) {
        let time = Int64(index) * spacing
        while let arrival = link.receive(at: .satellite, until: time, into: &bytes) {
            arrivals.append(Arrival(time: arrival, bytes: bytes))
        }
        if index < count { _ = link.send(message(index), from: .station, at: time) }
    }
    return (arrivals, link.counts(from: .station))
}

@Suite struct FaultyLinkTests {
    @Test func aSoundLinkDeliversEverythingInOrderWithinItsDelays() {
        let count = 2_000
        let (arrivals, counts) = run(soundLink(), count: count, spacing: millisecond)
        #expect(
            arrivals.map(\.bytes) == (0..<count - 10).map { message($0) }
                + arrivals.dropFirst(count - 10).map(\.bytes))
        #expect(counts.sent == Int64(count))
        for (index, arrival) in arrivals.enumerated() {
            let delay = arrival.time - Int64(index) * millisecond
            #expect(delay >= 4 * millisecond && delay <= 10 * millisecond)
        }
    }

    @Test func spacedMessagesTakeDelaysSpreadEvenlyBetweenTheBounds() {
        let (arrivals, _) = run(soundLink(), count: 3_000)
        let delays = arrivals.enumerated().map { Double($1.time - Int64($0) * 20 * millisecond) }
        let middle = delays.reduce(0, +) / Double(delays.count)
        #expect(abs(middle / 7e9 - 1) < 0.02)
        #expect((delays.min() ?? 0) < 4.05e9)
        #expect((delays.max() ?? 0) > 9.95e9)
    }

    @Test func messagesAreLostDamagedAndDoubledAsOftenAsAsked() {
        var parameters = soundLink()
        parameters.lossProbability = 0.1
        parameters.corruptionProbability = 0.05
        parameters.duplicationProbability = 0.04
        let count = 10_000
        let (arrivals, counts) = run(parameters, count: count)
        #expect(isPoisson(Int(counts.lost), expected: 1_000))
        #expect(isPoisson(Int(counts.corrupted), expected: 450))
        #expect(isPoisson(Int(counts.duplicated), expected: 360))
        #expect(arrivals.count == count - Int(counts.lost) + Int(counts.duplicated))
        #expect(counts.delivered == Int64(arrivals.count))
        let intact = Set((0..<count).map { message($0) })
        let damaged = arrivals.filter { !intact.contains($0.bytes) }
        // Turning the same bit twice mends it: now and then a damaged message is whole.
        #expect(abs(damaged.count - Int(counts.corrupted)) < 10)
        #expect(damaged.allSatisfy { $0.bytes.count == 100 })
    }

    @Test func someMessagesAreOvertaken() {
        var parameters = soundLink()
        parameters.reorderingProbability = 0.05
        let (arrivals, counts) = run(parameters, count: 4_000, spacing: 2 * millisecond)
        #expect(isPoisson(Int(counts.reordered), expected: 200))
        let numbers = arrivals.map { Int($0.bytes[0]) | Int($0.bytes[1]) << 8 }
        let backwards = zip(numbers.dropFirst(), numbers).filter { $0 < $1 }.count
        #expect(backwards > 100)
    }

    @Test func nothingArrivesFromAFadeAndBothDirectionsShareIt() {
        var parameters = soundLink()
        parameters.fadeFraction = 0.3
        var link = FaultyLink(parameters, seed: 8)
        var bytes: [UInt8] = []
        var (upSeen, downSeen): (Set<Int>, Set<Int>) = ([], [])
        for index in 0..<10_000 {
            let time = Int64(index) * 20 * millisecond
            while link.receive(at: .satellite, until: time, into: &bytes) != nil {
                upSeen.insert(Int(bytes[0]) | Int(bytes[1]) << 8)
            }
            while link.receive(at: .station, until: time, into: &bytes) != nil {
                downSeen.insert(Int(bytes[0]) | Int(bytes[1]) << 8)
            }
            _ = link.send(message(index), from: .station, at: time)
            _ = link.send(message(index), from: .satellite, at: time)
        }
        #expect(upSeen == downSeen)
        #expect(abs(Double(upSeen.count) / 10_000 - 0.7) < 0.1)
        #expect(link.counts(from: .station).faded == link.counts(from: .satellite).faded)
    }

    @Test func aFullLinkAndATooLongMessageAreRefusedAndCounted() {
        var parameters = soundLink()
        parameters.capacity = 4
        parameters.largestMessage = 8
        var link = FaultyLink(parameters, seed: 1)
        #expect(
            link.send(message(0, length: 9), from: .station, at: 0)
                == .tooLong(length: 9, allowed: 8))
        for index in 0..<4 {
            #expect(link.send(message(index, length: 8), from: .station, at: 0) == .taken)
        }
        #expect(link.send(message(4, length: 8), from: .station, at: 0) == .full(capacity: 4))
        #expect(link.counts(from: .station).refused == 2)
        var bytes: [UInt8] = []
        #expect(link.receive(at: .satellite, until: 10 * millisecond, into: &bytes) != nil)
        #expect(link.send(message(5, length: 8), from: .station, at: 0) == .taken)
    }

    @Test func oneSeedGivesOneHistory() {
        let parameters = WorldParameters.Link()
        #expect(run(parameters, count: 3_000).arrivals == run(parameters, count: 3_000).arrivals)
        #expect(
            run(parameters, count: 3_000).arrivals
                != run(parameters, count: 3_000, seed: 6).arrivals)
    }
}
