import Coincidence
import Gating
import Secrets
import Simulator
import Wire

/// Fair bits that a seed fixes.
struct SeededBits: RandomBits {
    var generator: SeededGenerator
    mutating func nextBit() -> UInt8 { UInt8(generator.next() >> 63) }
}

/// Clicks of an epoch of `slots` slots, each filled with chance `density`.
func randomWords(
    _ slots: UInt32, density: Double, _ generator: inout SeededGenerator
) -> [ClickWord] {
    (0..<slots).compactMap { slot in
        guard generator.uniform() < density else { return nil }
        let bits = generator.next()
        return ClickWord(slot: slot, basis: UInt8(bits & 1), bit: UInt8(bits >> 1 & 1))
    }
}

/// What the matcher makes of the clicks of one epoch.
func match(_ first: [ClickWord], _ second: [ClickWord], tolerance: UInt32) -> [CoincidencePair] {
    let empty = CoincidencePair(first: 0, second: 0)
    var pairs = [CoincidencePair](repeating: empty, count: min(first.count, second.count))
    var partners = [UInt32](repeating: 7, count: first.count + second.count)
    let count = first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
            partners.withUnsafeMutableBufferPointer { partners in
                pairs.withUnsafeMutableBufferPointer { pairs in
                    CoincidenceMatcher.match(
                        first, second, tolerance: tolerance, partners: partners, into: pairs)
                }
            }
        }
    }
    return Array(pairs[..<count])
}

/// One station's clicks, squashed, and for each the pair that caused it.
struct Recorded: Sendable {
    var clicks: [Click] = []
    var causes: [Int64?] = []

    /// Slots of `period` ps; detections come from the simulator, in order of time.
    init(_ detections: [EntangledClick], period: Int64, deadTime: Int64 = 50_000) {
        var receiver = ArmReceiver(
            slotPeriod: period, deadTime: deadTime,
            random: SeededBits(generator: SeededGenerator(seed: 1, stream: 99)))
        var causeOfSlot: [Int64: Int64?] = [:]
        for detection in detections {
            receiver.append(time: detection.time, detector: detection.detector)
            let slot = (detection.time + period / 2) / period
            if causeOfSlot[slot] == nil { causeOfSlot[slot] = detection.pair }
        }
        clicks = receiver.take(before: .max)
        causes = clicks.map { causeOfSlot[$0.slot] ?? nil }
    }
}

extension Recorded {
    /// The clicks of each of `epochs` epochs of `slots` slots from slot 0 on.
    func epochs(_ epochs: Int64, slots: Int64) -> [[Click]] {
        var parts = [[Click]](repeating: [], count: Int(epochs))
        for click in clicks where (0..<epochs * slots).contains(click.slot) {
            parts[Int(click.slot / slots)].append(click)
        }
        return parts
    }
}

/// The first `count` bits of a key.
func bits(_ key: borrowing SecretBytes, count: Int64) -> [UInt8] {
    key.withUnsafeBytes { bytes in
        (0..<Int(count)).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 }
    }
}
