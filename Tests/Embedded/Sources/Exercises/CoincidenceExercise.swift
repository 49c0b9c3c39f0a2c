import Coincidence
import Gating

/// Two stations announce, match, sift and compare three epochs.
func coincidenceExercise() -> UInt64 {
    var digest = Digest()
    var memory = InlineArray<1600, UInt64>(repeating: 0)
    var span = memory.mutableSpan
    span.withUnsafeMutableBytes { bytes in
        do throws(CoincidenceFault) { try exchange(in: bytes, into: &digest) } catch {
            preconditionFailure("a good exchange was refused")
        }
        for byte in bytes[11_000...] { digest.add(byte) }
    }
    return digest.value
}

/// Clicks that an epoch may have here.
private let capacity = 200

private func exchange(
    in bytes: UnsafeMutableRawBufferPointer, into digest: inout Digest
) throws(CoincidenceFault) {
    let parameters = try CoincidenceParameters(
        firstSlot: -5_000_000_000, slotsPerEpoch: 1 &<< 30, tolerance: 2, keyBasis: 1)
    let part = { UnsafeMutableRawBufferPointer(rebasing: bytes[$0]) } as (Range<Int>) -> _
    var first = CoincidenceEnd(
        parameters, role: .first, capacity: capacity, storage: part(0..<4_832))
    var second = CoincidenceEnd(
        parameters, role: .second, capacity: capacity, storage: part(4_832..<9_664))
    let payload = part(9_664..<11_000)
    var numbers = NumberStream(seed: 13)
    for epoch in UInt32(0)..<3 {
        try fill(&first, &second, epoch: epoch, &numbers)
        let up = try first.announce(from: 0, into: payload).bytes
        for byte in payload[..<up] { digest.add(byte) }
        try second.accept(UnsafeRawBufferPointer(rebasing: payload[..<up]), isLast: true)
        let down = try second.announce(from: 0, into: payload).bytes
        try first.accept(UnsafeRawBufferPointer(rebasing: payload[..<down]), isLast: true)
        digest.add(try first.sift(into: part(11_000..<11_100)))
        digest.add(try second.sift(into: part(11_100..<11_200)))
        // Neither is changed while its bits are lent, so they are copied on the way.
        let count = try first.withTestBits { bits in
            for index in 0..<bits.count { payload[index] = bits[index] }
            return bits.count
        }
        try second.compare(testBits: UnsafeRawBufferPointer(rebasing: payload[..<count]))
    }
    let counts = second.counts
    digest.add(counts.pairs)
    digest.add(counts.contested)
    digest.add(counts.keyBits)
    digest.add(counts.testBits)
    digest.add(counts.testErrors)
    digest.add(counts.accidentals, inStepsOf: 1e-9)
}

/// Up to 199 clicks a station: pairs, near misses and strangers.
private func fill(
    _ first: inout CoincidenceEnd, _ second: inout CoincidenceEnd, epoch: UInt32,
    _ numbers: inout NumberStream
) throws(CoincidenceFault) {
    first.begin(epoch: epoch)
    second.begin(epoch: epoch)
    var slot: Int64 = -5_000_000_000
    for _ in UInt32(0)..<epoch { slot += 1 &<< 30 }
    for _ in 0..<199 {
        slot += 4 + numbers.next(below: 5_000_000)
        let draw = numbers.next()
        let detector = UInt8(truncatingIfNeeded: draw & 3)
        if draw & 4 == 0 { try first.take(Click(slot: slot, offset: 0, detector: detector)) }
        if draw & 8 == 0 {
            let shift = Int64(bitPattern: draw &>> 4 & 3)
            try second.take(Click(slot: slot + shift, offset: 0, detector: detector))
        }
    }
    try first.seal()
    try second.seal()
}
