import TimeTags
import USBIP

/// A reference tagger that always has more: its control side is the emulated tagger's, its stream the
/// same 16 MiB of frames over and over, so that the reader is what limits the rate.
///
/// At the end of the frames time and sequence step back, which costs the reader one loss.
struct EndlessTagger: USBFunction {
    private var control = ReferenceTaggerDevice(serial: "ENDLESS")
    /// What it sends.
    let frames: [UInt8]
    private var next = 0

    /// A tagger whose frames are full, with clicks every 63 slots of 1.6 ns by turns on four
    /// detectors.
    init() throws {
        var encoder = ReferenceEncoder()
        var frames: [UInt8] = []
        let count = 8_192
        frames.reserveCapacity(count * ReferenceFormat.largestFrame)
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ReferenceFormat.largestFrame, alignment: 16)
        defer { room.deallocate() }
        for frame in 0..<count {
            let tags = (0..<ReferenceFormat.mostWords).map { word in
                let number = frame * ReferenceFormat.mostWords + word
                return TimeTag(time: Int64(number) * 100_800, channel: UInt8(2 + number % 4))
            }
            let progress = try tags.withUnsafeBufferPointer {
                try encoder.finish($0, into: room)
            }
            frames.append(contentsOf: room[..<progress.bytesWritten])
        }
        self.frames = frames
    }

    var descriptors: USBDescriptors { control.descriptors }

    mutating func control(_ setup: SetupPacket, data: ArraySlice<UInt8>) -> ControlAnswer {
        control.control(setup, data: data)
    }

    mutating func reset() { control.reset() }

    mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool { false }

    mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer {
        guard control.isRunning else { return .wait }
        // Whole frames, so that every transfer begins with one; its place wraps with the frames.
        let count = length / ReferenceFormat.largestFrame * ReferenceFormat.largestFrame
        guard count > 0 else { return .wait }
        let straight = min(count, frames.count - next)
        output.append(contentsOf: frames[next..<next + straight])
        output.append(contentsOf: frames[0..<count - straight])
        next = (next + count) % frames.count
        return .complete
    }
}
