// modules: LinkDrivers
import PayloadHAL
import Quantities

@testable import LinkDrivers

/// Fuzzes a serial line: two honest ends with the fuzzer between them, which damages, drops and
/// adds bytes, and frames of its own whose checksum is right.
///
/// No end traps. Without forged frames every message comes whole and in order; with them, nothing
/// comes that is longer than a message may be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSerialLink(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let line = FuzzLine(FuzzInput(start, count))
    line.forges = line.input.byte() & 1 == 1
    var near = SerialLink(LineEnd(line: line, index: 0), session: 1)
    var far = SerialLink(LineEnd(line: line, index: 1), session: 2)
    let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: LinkLimits.largestMessage, alignment: 1)
    defer { room.deallocate() }
    var (sent, received) = (0, 0)
    while !line.input.isEmpty {
        if line.input.byte() & 1 == 0 {
            let message = message(sent)
            let isTaken: Void? = try? message.withUnsafeBytes { try near.send($0) }
            if isTaken != nil { sent += 1 }
        }
        _ = try? near.receive(into: room, by: line.now.later(by: .milliseconds(5)))
        let length = (try? far.receive(into: room, by: line.now.later(by: .milliseconds(5)))) ?? 0
        precondition(0...LinkLimits.largestMessage ~= length)
        guard length > 0, !line.forges else { continue }
        precondition(Array(room[..<length]) == message(received), "another message than was sent")
        received += 1
    }
    // Left alone, the line loses nothing.
    for _ in 0..<2_000 where !line.forges && received < sent {
        _ = try? near.receive(into: room, by: line.now.later(by: .milliseconds(5)))
        let length = (try? far.receive(into: room, by: line.now.later(by: .milliseconds(5)))) ?? 0
        guard length > 0 else { continue }
        precondition(Array(room[..<length]) == message(received), "another message than was sent")
        received += 1
    }
    precondition(line.forges || received == sent, "a message was lost")
    return 0
}

/// The message of this number; its length and bytes tell it from its neighbours.
private func message(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 + number * 137 % 1_500)
}

/// A line in the fuzzer's hands; without input left it carries everything as it is.
private final class FuzzLine {
    var input: FuzzInput
    var forges = false
    var now = Picoseconds.zero
    var coming: [[UInt8]] = [[], []]
    init(_ input: FuzzInput) { self.input = input }

    func carry(_ bytes: [UInt8], to end: Int) {
        var bytes = bytes
        switch input.byte() {
        case 1: return
        case 2: bytes[Int(input.byte()) % bytes.count] ^= 1 << (input.byte() & 7)
        case 3: bytes.removeFirst(Int(input.byte()) % bytes.count)
        case 4: bytes += input.take(Int(input.byte()))
        case 5: bytes += bytes
        case 6: coming[1 - end] += bytes
        case 7 where forges: bytes = forged()
        default: break
        }
        coming[end] += bytes
    }

    /// A frame of any fields, between zeros.
    private func forged() -> [UInt8] {
        let shape = input.byte()
        var frame = SerialFrame(
            SerialFrame.Kind(rawValue: shape & 3) ?? .data, from: UInt32(input.byte() & 3),
            to: UInt32(input.byte() & 3))
        frame.sequence = shape & 4 == 0 ? UInt32(input.byte() & 63) : input.integer()
        frame.expected = shape & 8 == 0 ? UInt32(input.byte() & 63) : input.integer()
        frame.held = input.integer()
        frame.isFirst = shape & 16 != 0
        frame.isLast = shape & 32 != 0
        let content = [UInt8](
            repeating: 7, count: frame.kind == .data ? min(1 + Int(shape) * 4, 480) : 0)
        var bytes = [UInt8](repeating: 0, count: SerialFrame.largest)
        let size = bytes.withUnsafeMutableBytes { bytes in
            content.withUnsafeBytes { frame.write($0, to: bytes) }
        }
        var stuffed = [UInt8](repeating: 0, count: SerialFrame.largestOnLine)
        let count = stuffed.withUnsafeMutableBytes { stuffed in
            bytes.withUnsafeBytes {
                COBS.encode(UnsafeRawBufferPointer(rebasing: $0[..<size]), to: stuffed)
            }
        }
        return [0] + stuffed[..<count] + [0]
    }
}

private struct LineEnd: ByteConnection, ~Copyable {
    enum Failure: InstrumentError {
        case broken
        var fault: InstrumentFault { .unreachable }
    }
    let line: FuzzLine
    let index: Int
    var now: Picoseconds { line.now }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {
        line.carry(bytes.withUnsafeBytes { Array($0) }, to: 1 - index)
    }

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        let count = min(line.coming[index].count, buffer.byteCount)
        for position in 0..<count {
            let byte = line.coming[index][position]
            buffer.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
        }
        line.coming[index].removeFirst(count)
        // A byte takes a microsecond, so that deadlines come.
        let span = Picoseconds(Int64(count) * 1_000_000)
        line.now = count == 0 ? max(line.now, deadline) : line.now.later(by: span)
        return count
    }

    mutating func reopen(by deadline: Picoseconds) throws(Failure) {}
}
