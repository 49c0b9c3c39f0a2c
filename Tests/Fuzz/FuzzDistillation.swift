// modules: Distillation
// tests: DistillationTests/Ends.swift DistillationTests/WholePass.swift
import Authentication
import Distillation
import Secrets
import Sifting
import TimeTags
import Wire

/// Distillation under a link that knows the protocol: it changes, drops, repeats and invents
/// messages and puts the checksums right again.
///
/// No end may call a key shared that the other does not hold the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDistillation(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 7 == 7 { bothEnds(input) } else { satelliteAlone(input) }
    return 0
}

/// A small pass that makes a key within milliseconds.
private func smallPass() -> WholePass {
    let pass = WholePass(seed: 3)
    (pass.epochs, pass.epochsPerWindow, pass.blockBits) = (12, 12, 2_000)
    pass.patience = 3_000_000_000_000
    return pass
}

/// A pass in which nothing goes wrong: what the ground says, and the key that comes of it.
private struct Recorded {
    var messages: [[UInt8]] = []
    var keys: [[UInt8]] = []

    init() {
        let pass = smallPass()
        let notes = Notes()
        pass.weather.tamper = { message, direction in
            if direction == .up { notes.messages.append(message) }
        }
        run(pass)
        messages = notes.messages
        keys = pass.ground.keys.values.map(\.bytes)
        precondition(pass.sharedKeys.count == 1, "the pass that nobody touches makes no key")
    }

    private final class Notes { var messages: [[UInt8]] = [] }
}

nonisolated(unsafe) private let recorded = Recorded()
nonisolated(unsafe) private let memory = Memory(SatelliteCapacity().byteCount)
nonisolated(unsafe) private let answer = Memory(MessageHeader.largestMessage)

private func run(_ pass: WholePass) {
    do { try pass.run() } catch { preconditionFailure("a vault in memory failed") }
}

/// Plays what the ground said to a satellite that hears it for the first time, with changes.
private func satelliteAlone(_ given: FuzzInput) {
    var input = given
    let pass = smallPass()
    var sifter = SatelliteSifter<ShortestDigest, CountedStates>(
        parameters: SiftParameters(
            session: WholePass.session, firstSlot: 0, slotsPerEpoch: WholePass.slotsPerEpoch,
            keyBasis: 0, deadline: 2_000_000_000_000),
        source: CountedStates(), witness: PartWitness(key: hashKey(pass)), storage: memory.bytes)
    guard
        var distiller = try? SatelliteDistiller(
            parameters: pass.parameters(session: WholePass.session), vault: pass.satellite)
    else { preconditionFailure("a vault in memory failed") }
    var sequence: UInt32 = 0
    for original in recorded.messages {
        for var message in changed(original, by: &input) {
            message.withUnsafeBytes { bytes in
                guard MessageHeader.kind(bytes) == .distillationRequest else {
                    _ = sifter.receive(bytes, answer: answer.bytes)
                    return
                }
                // What was dropped or put in shifts the numbers, which only count.
                var copy = Array(bytes)
                if copy.count > MessageHeader.size {
                    copy.withUnsafeMutableBytes { $0.put(sequence, at: 12) }
                    repair(&copy)
                }
                let size = copy.withUnsafeBytes {
                    distiller.receive($0, sifter: sifter, answer: answer.bytes)
                }
                precondition(size <= MessageHeader.largestMessage)
                if size > 0 { sequence &+= 1 }
            }
            message.removeAll()
        }
    }
    for kept in pass.satellite.keys.values {
        precondition(recorded.keys.contains(kept.bytes), "a key that the ground does not hold")
    }
}

private func hashKey(_ pass: WholePass) -> HashKey {
    guard let key = try? pass.satellite.partKey() else {
        preconditionFailure("a vault in memory failed")
    }
    return key
}

/// What becomes of a message on its way: mostly itself.
private func changed(_ original: [UInt8], by input: inout FuzzInput) -> [[UInt8]] {
    guard !input.isEmpty else { return [original] }
    let kind = input.byte()
    var message = original
    switch kind & 15 {
    case 0: return []
    case 1: return [original, original]
    case 2:
        let place = Int(input.integer() as UInt16) % message.count
        message[place] ^= input.byte()
    case 3:
        // The first bytes of the payload say how many of what follow.
        let place = MessageHeader.size + Int(kind >> 4)
        if place < message.count { message[place] = input.byte() }
    case 4:
        message.removeLast(min(1 + Int(input.byte()), message.count - MessageHeader.size))
        message += [0, 0, 0, 0]
    case 5:
        message.removeLast(MessageHeader.trailerSize)
        message += Array(input.take(Int(input.byte()))) + [0, 0, 0, 0]
    case 6:
        message = Array(message[..<MessageHeader.size])
        message += Array(input.take(Int(input.byte()))) + [0, 0, 0, 0]
    case 7: return [recorded.messages[Int(input.byte()) % recorded.messages.count], original]
    default: return [original]
    }
    repair(&message)
    return kind & 0x80 == 0 ? [message] : [message, original]
}

/// Makes length and checksum of a message fit what it holds.
private func repair(_ message: inout [UInt8]) {
    let end = message.count - MessageHeader.trailerSize
    guard end >= MessageHeader.size, end - MessageHeader.size <= MessageHeader.largestPayload
    else { return }
    message.withUnsafeMutableBytes { bytes in
        bytes.put(UInt16(end - MessageHeader.size), at: 20)
        bytes.put(CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<end])), at: end)
    }
}

/// Both ends with the link between them in the hands of the input.
private func bothEnds(_ given: FuzzInput) {
    let pass = smallPass()
    let source = Source(given)
    pass.weather.swallows = { _, _ in source.isDropping() }
    pass.weather.tamper = { message, _ in
        message = changed(message, by: &source.input).first ?? []
    }
    run(pass)
    precondition(!pass.hasLonelyKey, "one end calls a key shared, the other does not hold it")
}

/// The input, shared by both directions.
private final class Source {
    var input: FuzzInput
    init(_ input: FuzzInput) { self.input = input }
    func isDropping() -> Bool { !input.isEmpty && input.byte() & 31 == 0 }
}
