import Coincidence
import Simulator
import Testing
import Wire

/// All possible pairs, the nearest and then the earliest first, each taken if it still can be.
private func bruteForce(
    _ first: [ClickWord], _ second: [ClickWord], tolerance: UInt32
) -> [CoincidencePair] {
    var possible: [(distance: Int, sum: Int, pair: CoincidencePair)] = []
    for i in first.indices {
        for j in second.indices {
            let (a, b) = (Int(first[i].slot), Int(second[j].slot))
            guard abs(a - b) <= Int(tolerance) else { continue }
            let pair = CoincidencePair(first: UInt32(i), second: UInt32(j))
            possible.append((abs(a - b), a + b, pair))
        }
    }
    possible.sort { ($0.distance, $0.sum) < ($1.distance, $1.sum) }
    var (firstUsed, secondUsed) = (Set<UInt32>(), Set<UInt32>())
    var taken: [CoincidencePair] = []
    for (_, _, pair) in possible
    where !firstUsed.contains(pair.first) && !secondUsed.contains(pair.second) {
        firstUsed.insert(pair.first)
        secondUsed.insert(pair.second)
        taken.append(pair)
    }
    return taken.sorted { $0.first < $1.first }
}

@Suite struct CoincidenceMatcherTests {
    /// From a click here and there to clicks in most slots, where nearly all are contested.
    @Test(arguments: [0, 1, 2, 3, 8] as [UInt32])
    func thePairsAreThoseOfTheRuleAppliedByBruteForce(_ tolerance: UInt32) {
        var generator = SeededGenerator(seed: 11, stream: UInt64(tolerance))
        for round in 0..<400 {
            let density = [0.02, 0.1, 0.3, 0.7][round % 4]
            let first = randomWords(60, density: density, &generator)
            let second = randomWords(60, density: density, &generator)
            let pairs = match(first, second, tolerance: tolerance)
            #expect(pairs == bruteForce(first, second, tolerance: tolerance))
        }
    }

    @Test func thePairsDoNotChangeWhenTheStationsAreExchanged() {
        var generator = SeededGenerator(seed: 12, stream: 0)
        for _ in 0..<200 {
            let first = randomWords(80, density: 0.4, &generator)
            let second = randomWords(80, density: 0.2, &generator)
            let pairs = match(first, second, tolerance: 2)
            let exchanged = match(second, first, tolerance: 2)
                .map { CoincidencePair(first: $0.second, second: $0.first) }
                .sorted { $0.first < $1.first }
            #expect(pairs == exchanged)
        }
    }

    @Test func neitherBitsNorBasesChangeThePairs() {
        var generator = SeededGenerator(seed: 13, stream: 0)
        for _ in 0..<200 {
            let first = randomWords(80, density: 0.4, &generator)
            let second = randomWords(80, density: 0.4, &generator)
            let other = first.map { word in
                ClickWord(slot: word.slot, basis: 1 - word.basis, bit: UInt8(word.slot & 1))
            }
            #expect(match(first, second, tolerance: 1) == match(other, second, tolerance: 1))
        }
    }

    @Test func theSameSlotGoesBeforeTheOneBeside() {
        func clicks(_ slots: [UInt32]) -> [ClickWord] {
            slots.map { ClickWord(slot: $0, basis: 0, bit: 0) }
        }
        let one = match(clicks([10, 11]), clicks([11]), tolerance: 1)
        #expect(one == [CoincidencePair(first: 1, second: 0)])
        let earlier = match(clicks([10]), clicks([9, 11]), tolerance: 1)
        #expect(earlier == [CoincidencePair(first: 0, second: 0)])
        let none = match(clicks([10]), clicks([8, 12]), tolerance: 1)
        #expect(none.isEmpty)
        #expect(match([], clicks([1]), tolerance: 1).isEmpty)
    }

    @Test func contestedClicksAreThoseWithMoreThanOnePossiblePartner() {
        var generator = SeededGenerator(seed: 14, stream: 0)
        for tolerance in [0, 1, 3] as [UInt32] {
            let first = randomWords(500, density: 0.3, &generator)
            let second = randomWords(500, density: 0.3, &generator)
            let expected = first.count { click in
                second.count { abs(Int($0.slot) - Int(click.slot)) <= Int(tolerance) } > 1
            }
            let counted = first.withUnsafeBufferPointer { first in
                second.withUnsafeBufferPointer { second in
                    CoincidenceMatcher.contested(first, second, tolerance: tolerance)
                }
            }
            #expect(counted == expected)
        }
    }
}
