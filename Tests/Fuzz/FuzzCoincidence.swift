// modules: Coincidence Gating Wire
import Coincidence
import Gating
import Wire

/// Two stations with any clicks, whose messages may be damaged: they agree or refuse.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCoincidence(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let clicks = 64
    let size = CoincidenceEnd.byteCount(clicks: clicks)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: 16)
    defer { memory.deallocate() }
    guard
        let parameters = try? CoincidenceParameters(
            firstSlot: 0, slotsPerEpoch: 1_000, tolerance: UInt32(input.byte() % 9))
    else { preconditionFailure("good parameters were refused") }
    exchange(
        CoincidenceEnd(
            parameters, role: .first, capacity: clicks,
            storage: UnsafeMutableRawBufferPointer(rebasing: memory[..<size])),
        CoincidenceEnd(
            parameters, role: .second, capacity: clicks,
            storage: UnsafeMutableRawBufferPointer(rebasing: memory[size...])), &input)
    return 0
}

private func exchange(
    _ one: consuming CoincidenceEnd, _ other: consuming CoincidenceEnd, _ input: inout FuzzInput
) {
    var (first, second) = (Bits(), Bits())
    for epoch in UInt32(0)..<4 {
        one.begin(epoch: epoch)
        other.begin(epoch: epoch)
        fill(&one, epoch, &input)
        fill(&other, epoch, &input)
        let damage = input.byte()
        do throws(CoincidenceFault) {
            try one.seal()
            try other.seal()
            try announce(from: one, to: &other, damage & 1 != 0, &input)
            try announce(from: other, to: &one, damage & 2 != 0, &input)
            try sift(&one, into: &first)
            try sift(&other, into: &second)
            let firstTest = try one.withTestBits { Array($0) }
            var secondTest = try other.withTestBits { Array($0) }
            if damage & 4 != 0 { harm(&secondTest, &input) }
            try compare(&one, secondTest)
            try compare(&other, firstTest)
        } catch {
            precondition(damage & 7 != 0, "whole messages were refused: \(error)")
            return
        }
        guard damage & 7 == 0 else { return }
        precondition(one.counts == other.counts, "the ends count differently")
    }
}

private struct Bits {
    var bytes = [UInt8](repeating: 0, count: 64)
}

private func fill(_ end: inout CoincidenceEnd, _ epoch: UInt32, _ input: inout FuzzInput) {
    var slot = Int64(epoch) * 1_000
    for _ in 0..<(input.byte() % 65) {
        let kind = input.byte()
        slot += Int64(kind >> 2 & 0xF)
        guard slot < Int64(epoch + 1) * 1_000 else { return }
        do throws(CoincidenceFault) {
            try end.take(Click(slot: slot, offset: 0, detector: kind & 3))
        } catch { preconditionFailure("a good click was refused: \(error)") }
        slot += 1
    }
}

private func announce(
    from end: borrowing CoincidenceEnd, to other: inout CoincidenceEnd, _ isHarmed: Bool,
    _ input: inout FuzzInput
) throws(CoincidenceFault) {
    var payload = [UInt8](repeating: 0, count: 1_024)
    var span = payload.mutableSpan
    let part = try span.withUnsafeMutableBytes { bytes throws(CoincidenceFault) in
        try end.announce(from: 0, into: bytes)
    }
    precondition(part.clicks == end.ownCount, "64 clicks fit into a part")
    payload.removeLast(payload.count - part.bytes)
    if isHarmed { harm(&payload, &input) }
    try payload.span.withUnsafeBytes { bytes throws(CoincidenceFault) in
        try other.accept(bytes, isLast: true)
    }
}

private func harm(_ bytes: inout [UInt8], _ input: inout FuzzInput) {
    for _ in 0..<(input.byte() & 7) where !bytes.isEmpty {
        let place = Int(input.integer() as UInt16) % bytes.count
        bytes[place] ^= input.byte()
    }
    let change = input.byte()
    if change & 1 != 0 { bytes.append(change) }
    if change & 2 != 0, !bytes.isEmpty { bytes.removeLast(1 + Int(change) % bytes.count) }
}

private func sift(_ end: inout CoincidenceEnd, into bits: inout Bits) throws(CoincidenceFault) {
    var span = bits.bytes.mutableSpan
    _ = try span.withUnsafeMutableBytes { bytes throws(CoincidenceFault) in
        try end.sift(into: bytes)
    }
}

private func compare(_ end: inout CoincidenceEnd, _ bits: [UInt8]) throws(CoincidenceFault) {
    try bits.span.withUnsafeBytes { bits throws(CoincidenceFault) in
        try end.compare(testBits: bits)
    }
}
