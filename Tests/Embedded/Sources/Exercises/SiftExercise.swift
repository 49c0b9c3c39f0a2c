import Gating
import Sifting
import Wire

/// A digest in place of SHA-256, which the core does not bring.
private struct PlainTranscript: TranscriptDigest {
    private var digest = Digest()

    init() {}

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { digest.add(byte) }
    }

    mutating func finish() -> TranscriptValue {
        let half = ShortDigest(low: digest.value, high: ~digest.value)
        return TranscriptValue(first: half, second: half)
    }
}

/// What the satellite sent, worked out from the slot's number.
private struct NumberedStates: StateSource {
    func state(ofSlot slot: Int64) -> PulseState {
        var numbers = NumberStream(seed: UInt64(bitPattern: slot))
        let draw = numbers.next()
        let share = draw &>> 8 & 15
        return PulseState(
            basis: draw & 15 == 0 ? 1 : 0, bit: UInt8(truncatingIfNeeded: draw &>> 4 & 1),
            intensity: share < 10 ? 0 : share < 14 ? 1 : 2)
    }
}

private let parameters = SiftParameters(
    session: 77, firstSlot: 1_000, slotsPerEpoch: 1_000_000, keyBasis: 0)

/// Memory of both ends and of the messages between them.
private struct SiftMemory {
    var ground = InlineArray<16_384, UInt64>(repeating: 0)
    var satellite = InlineArray<16_384, UInt64>(repeating: 0)
    var message = InlineArray<2_048, UInt64>(repeating: 0)
    var answer = InlineArray<2_048, UInt64>(repeating: 0)
    var sifted = InlineArray<2_048, SiftedClick>(
        repeating: SiftedClick(slot: 0, basis: 0, bit: 0, intensity: 0))
}

/// Eight epochs sifted between ground and satellite over a link that loses one message in three.
func siftExercise() -> UInt64 {
    var digest = Digest()
    var memory = SiftMemory()
    var ground = memory.ground.mutableSpan
    var satellite = memory.satellite.mutableSpan
    var message = memory.message.mutableSpan
    var answer = memory.answer.mutableSpan
    var sifted = memory.sifted.mutableSpan
    ground.withUnsafeMutableBytes { ground in
        satellite.withUnsafeMutableBytes { satellite in
            message.withUnsafeMutableBytes { message in
                answer.withUnsafeMutableBytes { answer in
                    sifted.withUnsafeMutableBufferPointer { sifted in
                        sift(
                            aligned(ground), aligned(satellite), message, answer, into: sifted,
                            &digest)
                    }
                }
            }
        }
    }
    return digest.value
}

/// The part of `memory` that begins at a multiple of 16.
private func aligned(_ memory: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    let skipped = Int(UInt(bitPattern: memory.baseAddress) & 8)
    return UnsafeMutableRawBufferPointer(rebasing: memory[skipped...])
}

/// Lets both ends talk until the ground has the satellite's last word, at most 400 messages.
private func sift(
    _ groundMemory: UnsafeMutableRawBufferPointer,
    _ satelliteMemory: UnsafeMutableRawBufferPointer,
    _ message: UnsafeMutableRawBufferPointer, _ answer: UnsafeMutableRawBufferPointer,
    into sifted: UnsafeMutableBufferPointer<SiftedClick>, _ digest: inout Digest
) {
    var ground = GroundSifter<PlainTranscript>(
        parameters: parameters, capacity: GroundCapacity(clicks: 4_096, epochs: 16, parts: 32),
        storage: groundMemory)
    var satellite = SatelliteSifter<PlainTranscript, NumberedStates>(
        parameters: parameters, source: NumberedStates(),
        capacity: SatelliteCapacity(parts: 32, keyBits: 8_192), storage: satelliteMemory)
    addClicks(to: &ground)
    ground.finish(now: 0)
    var now: Int64 = 0
    var losses = NumberStream(seed: 9)
    for _ in 0..<400 {
        let size = ground.poll(now: now, into: message)
        now += size == 0 ? 100_000_000_000 : 0
        guard size > 0, losses.next(below: 3) != 0 else { continue }
        let sent = UnsafeRawBufferPointer(rebasing: message[..<size])
        for byte in sent { digest.add(byte) }
        let reply = satellite.receive(sent, answer: answer)
        if losses.next(below: 5) != 0 {
            ground.receive(UnsafeRawBufferPointer(rebasing: answer[..<reply]))
        }
        while let epoch = ground.nextEpoch(into: sifted) {
            digest.add(epoch.epoch)
            for index in 0..<epoch.sifted {
                digest.add(sifted[index].slot)
                digest.add(sifted[index].bit)
                digest.add(sifted[index].intensity)
            }
        }
        if case .answered(let status) = ground.closeState {
            precondition(status == .agreed)
            digest.add(ground.totals.total(basis: 0))
            digest.add(ground.totals.total(basis: 1))
            return
        }
    }
    preconditionFailure("the two ends did not come to an end")
}

/// About 1,300 clicks in eight epochs, one in 32 of them wrong.
private func addClicks(to ground: inout GroundSifter<PlainTranscript>) {
    let states = NumberedStates()
    var numbers = NumberStream(seed: 8)
    var slot = parameters.firstSlot
    while true {
        slot += 1 + numbers.next(below: 12_000)
        guard slot < parameters.firstSlot(ofEpoch: 8) else { return }
        let sent = states.state(ofSlot: slot)
        let draw = numbers.next()
        let basis = draw & 3 == 0 ? 1 - sent.basis : sent.basis
        let flip: UInt8 = draw &>> 8 & 31 == 0 ? 1 : 0
        let click = Click(slot: slot, offset: 0, detector: basis &<< 1 | (sent.bit ^ flip))
        ground.add(click, now: 0)
    }
}
