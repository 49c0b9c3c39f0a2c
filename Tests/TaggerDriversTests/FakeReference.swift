import PayloadDoubles
import PayloadHAL
import Quantities
import TimeTags

/// A reference tagger written from `docs/formats/reference-tagger.md` alone: its control side, and
/// a frame with one tag per transfer.
final class FakeReference: @unchecked Sendable {
    var channels: UInt8 = 5
    var serial = "LT-7"
    var mask: UInt32 = 0
    var thresholds = [Int16](repeating: 0, count: 5)
    var clock: UInt8 = 0
    var latency: UInt16 = 5000
    var pulse: (mask: UInt32, period: UInt32) = (0, 0)
    var isRunning = false
    var refusal: UInt8 = 0
    var sequence: UInt32 = 100
    var time: Int64 = 1_000_000
    var blinks: [UInt16] = []
    /// What is added to the mask that STATUS tells.
    var lie: UInt32 = 0
    let script = BulkScript { _, _ in .stalls }

    init() {
        script.control = { [unowned self] request, bytes in answer(request, bytes) }
        script.endlessly = { [unowned self] in isRunning ? frame() : [] }
    }

    func answer(_ request: ControlRequest, _ bytes: [UInt8]) -> ControlAnswer {
        switch request.request {
        case 0x01: return .bytes(identity)
        case 0x02: return .bytes(status)
        case 0x03: return .bytes(thresholds.flatMap(little))
        default: break
        }
        refusal = refusal(of: request, bytes)
        return refusal == 0 ? .bytes([]) : .stalls
    }

    private func refusal(of request: ControlRequest, _ bytes: [UInt8]) -> UInt8 {
        switch request.request {
        case 0x10:
            guard request.index < 5 else { return 2 }
            let level = Int16(bitPattern: request.value)
            guard -2000...2000 ~= level else { return 3 }
            // The converter makes steps of 8 mV.
            thresholds[Int(request.index)] = level / 8 * 8
        case 0x11:
            let mask = UInt32(request.index) << 16 | UInt32(request.value)
            guard mask & ~0x1F == 0 else { return 2 }
            self.mask = mask
        case 0x12:
            guard request.value < 2 else { return 4 }
            guard !isRunning else { return 8 }
            clock = UInt8(request.value)
        case 0x13:
            guard bytes.count == 8 else { return 7 }
            pulse = (number(bytes[0..<4]), number(bytes[4..<8]))
        case 0x14:
            guard 100...5000 ~= request.value else { return 6 }
            latency = request.value
        case 0x20:
            isRunning = true
            sequence &+= 1
        case 0x21: isRunning = false
        case 0x22: blinks.append(request.value)
        default: return 1
        }
        return 0
    }

    var identity: [UInt8] {
        let name = Array(serial.utf8)
        return [0x4C, 0x54, 0x54, 0x49, 1, channels, 3, 2] + little(Int16(-2000))
            + little(Int16(2000)) + little(UInt16(3)) + [0, 0] + little(UInt32(15_625))
            + little(UInt32(40_000)) + little(UInt32(1 << 20)) + little(UInt32(50)) + name
            + [UInt8](repeating: 0, count: 32 - name.count)
    }

    var status: [UInt8] {
        [
            0x4C, 0x54, 0x54, 0x53, (isRunning ? 1 : 0) | (pulse.period > 0 ? 2 : 0), clock, 1,
            refusal,
        ]
            + little(time) + little(mask ^ lie) + little(sequence) + little(UInt64(0))
            + little(UInt64(9)) + little(Int16(254)) + [UInt8](repeating: 0, count: 6)
    }

    /// The next frame, with one tag on channel 1.
    func frame() -> [UInt8] {
        var encoder = ReferenceEncoder(sequence: sequence)
        sequence &+= 1
        time += 1_000_000
        var bytes = [UInt8](repeating: 0, count: 2048)
        let tags = [TimeTag(time: time, channel: 1)]
        let count = tags.withUnsafeBufferPointer { tags in
            bytes.withUnsafeMutableBytes {
                (try? encoder.finish(tags, into: $0))?.bytesWritten ?? 0
            }
        }
        return Array(bytes.prefix(count))
    }

    private func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }

    private func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
