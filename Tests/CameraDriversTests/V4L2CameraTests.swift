import CVideo
import CameraDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// What a kernel would do for a camera, at the requests of its driver; shared with the test.
final class FakeKernel {
    /// One frame as the sensor makes it.
    struct Frame {
        var sequence: UInt32
        var microseconds: Int
        var fill: UInt8 = 0
        var flags = UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
        var bytesUsed: UInt32?
    }

    var width: UInt32 = 4, height: UInt32 = 3, pixels = lodestar_pixels_grey
    var bytesPerLine: UInt32 = 6
    var capabilities = UInt32(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)
    var grants: UInt32 = 4
    var frames: [Frame] = []
    var time = Picoseconds.zero
    var isUnplugged = false
    var returnsBuffer: UInt32?
    private(set) var exposure: Int32?
    private(set) var isStreaming = false
    private(set) var mapped = 0
    private var queued: [Int] = []
    private var buffers: [UnsafeMutableRawBufferPointer] = []

    fileprivate func handle(_ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
        switch request {
        case lodestar_querycap:
            argument.assumingMemoryBound(to: v4l2_capability.self).pointee.capabilities =
                capabilities
        case lodestar_s_fmt:
            let format = argument.assumingMemoryBound(to: v4l2_format.self)
            format.pointee.fmt.pix.width = width
            format.pointee.fmt.pix.height = height
            format.pointee.fmt.pix.pixelformat = pixels
            format.pointee.fmt.pix.bytesperline = bytesPerLine
        case lodestar_s_parm: break
        case lodestar_s_ctrl:
            let control = argument.assumingMemoryBound(to: v4l2_control.self).pointee
            if control.id == lodestar_control_exposure { exposure = control.value }
        case lodestar_reqbufs:
            argument.assumingMemoryBound(to: v4l2_requestbuffers.self).pointee.count = grants
        case lodestar_querybuf:
            let buffer = argument.assumingMemoryBound(to: v4l2_buffer.self)
            buffer.pointee.length = bytesPerLine * height
            buffer.pointee.m.offset = buffer.pointee.index * 4096
        case lodestar_qbuf:
            queued.append(Int(argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.index))
        case lodestar_dqbuf: return deliver(argument.assumingMemoryBound(to: v4l2_buffer.self))
        case lodestar_streamon: isStreaming = true
        case lodestar_streamoff:
            isStreaming = false
            queued = []
        default: return 25
        }
        return 0
    }

    private func deliver(_ buffer: UnsafeMutablePointer<v4l2_buffer>) -> Int32 {
        guard let frame = frames.first, let index = queued.first else { return 11 }
        frames.removeFirst()
        queued.removeFirst()
        for offset in buffers[index].indices { buffers[index][offset] = frame.fill }
        buffer.pointee.index = returnsBuffer ?? UInt32(index)
        buffer.pointee.sequence = frame.sequence
        buffer.pointee.flags = frame.flags
        buffer.pointee.timestamp.tv_usec = frame.microseconds
        buffer.pointee.bytesused = frame.bytesUsed ?? bytesPerLine * height
        time = Picoseconds(Int64(frame.microseconds) * 1_000_000 + 500_000)
        return 0
    }

    fileprivate func map(_ length: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 8)
        buffers.append(memory)
        mapped += 1
        return memory
    }

    fileprivate func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        memory.deallocate()
        mapped -= 1
    }
}

/// A device of the ``FakeKernel``.
struct FakeVideo: VideoDevice, ~Copyable {
    enum Failure: InstrumentError, Equatable {
        case error(Int32)
        case unplugged
        var fault: InstrumentFault { .unreachable }
    }
    let kernel: FakeKernel
    init(_ kernel: FakeKernel) { self.kernel = kernel }
    var now: Picoseconds { kernel.time }
    func hostTime(seconds: Int, microseconds: Int) -> Picoseconds {
        Picoseconds(Int64(seconds) * 1_000_000_000_000 + Int64(microseconds) * 1_000_000)
    }
    func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) throws(Failure) -> Bool {
        guard !kernel.isUnplugged else { throw .unplugged }
        switch kernel.handle(request, argument) {
        case 0: return true
        case 11: return false
        case let number: throw .error(number)
        }
    }
    mutating func map(length: Int, offset: Int) throws(Failure) -> UnsafeMutableRawBufferPointer {
        kernel.map(length)
    }
    func unmap(_ memory: UnsafeMutableRawBufferPointer) { kernel.unmap(memory) }
    func waitForFrame(by deadline: Picoseconds) throws(Failure) -> Bool {
        guard !kernel.isUnplugged else { throw .unplugged }
        if kernel.frames.isEmpty { kernel.time = max(kernel.time, deadline) }
        return !kernel.frames.isEmpty
    }
}

private typealias Camera = V4L2Camera<FakeVideo>

@Suite struct V4L2CameraTests {
    private let memory = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 12)

    private func settings(_ change: (inout Camera.Settings) -> Void = { _ in }) -> Camera.Settings {
        var settings = Camera.Settings(width: 4, height: 3)
        change(&settings)
        return settings
    }

    @Test func framesComeWithTheirTimesThroughRowsWithPadding() throws {
        let kernel = FakeKernel()
        kernel.frames = [
            .init(sequence: 7, microseconds: 10_000, fill: 9),
            .init(
                sequence: 8, microseconds: 20_000, fill: 200,
                flags: UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE)),
            .init(sequence: 9, microseconds: 30_000, flags: 0),
        ]
        do {
            var camera = try Camera(
                FakeVideo(kernel), settings: settings { $0.exposure = .milliseconds(2) })
            #expect(kernel.exposure == 20)
            try camera.start()
            let first = try camera.frame(into: memory, by: .seconds(1))
            #expect(memory.allSatisfy { $0 == 9 })
            // The end of the frame less half the exposure; its start and half; the arrival.
            #expect(first.exposureMiddle == .milliseconds(9))
            #expect(first.arrival == Picoseconds(10_000_500_000))
            let second = try camera.frame(into: memory, by: .seconds(1))
            // Not after the arrival, whatever the driver says.
            #expect(second.exposureMiddle == second.arrival)
            #expect(try camera.frame(into: memory, by: .seconds(1)).number == 9)
        }
        #expect(kernel.mapped == 0 && !kernel.isStreaming)
    }

    @Test func twoBytesAPixelAreCutAtFullScale() throws {
        let kernel = FakeKernel()
        (kernel.pixels, kernel.bytesPerLine) = (lodestar_pixels_y10, 8)
        kernel.frames = [
            .init(sequence: 0, microseconds: 1, fill: 0x02),
            .init(sequence: 1, microseconds: 2, fill: 0xFF),
        ]
        var camera = try Camera(FakeVideo(kernel), settings: settings { $0.pixels = .y10 })
        try camera.start()
        _ = try camera.frame(into: memory, by: .seconds(1))
        #expect(memory.allSatisfy { $0 == 0x0202 })
        _ = try camera.frame(into: memory, by: .seconds(1))
        #expect(memory.allSatisfy { $0 == 1023 })
    }

    @Test func lostAndDamagedFramesAreCounted() throws {
        let kernel = FakeKernel()
        let bad = UInt32(V4L2_BUF_FLAG_ERROR)
        kernel.frames = [
            .init(sequence: 0, microseconds: 1), .init(sequence: 3, microseconds: 2),
            .init(sequence: 4, microseconds: 3, flags: bad),
            .init(sequence: 6, microseconds: 4, bytesUsed: 11),
            .init(sequence: 7, microseconds: 5), .init(sequence: 8, microseconds: 6),
        ]
        var camera = try Camera(FakeVideo(kernel), settings: settings())
        try camera.start()
        let headers = try (0..<4).map { _ in try camera.frame(into: memory, by: .seconds(1)) }
        #expect(headers.map(\.number) == [0, 3, 7, 8])
        #expect(headers.map(\.lost) == [0, 2, 1, 0])
        #expect(headers.map(\.corrupt) == [0, 0, 2, 0])
    }

    @Test func aFrozenCameraTimesOutAndAnUnpluggedOneIsUnreachable() throws {
        let kernel = FakeKernel()
        var camera = try Camera(FakeVideo(kernel), settings: settings())
        try camera.start()
        do throws(V4L2Error<FakeVideo.Failure>) {
            _ = try camera.frame(into: memory, by: .milliseconds(50))
            Issue.record("a frozen camera gave a frame")
        } catch { #expect(error.fault == .timedOut) }
        #expect(kernel.time == .milliseconds(50))
        kernel.isUnplugged = true
        do throws(V4L2Error<FakeVideo.Failure>) {
            _ = try camera.frame(into: memory, by: .seconds(1))
            Issue.record("an unplugged camera gave a frame")
        } catch { #expect(error.fault == .unreachable) }
    }

    @Test func framesThatAreAllDamagedEndAtTheDeadline() throws {
        let kernel = FakeKernel()
        let bad = UInt32(V4L2_BUF_FLAG_ERROR)
        kernel.frames = (0..<500).map {
            FakeKernel.Frame(sequence: $0, microseconds: Int($0) * 1_000, flags: bad)
        }
        var camera = try Camera(FakeVideo(kernel), settings: settings())
        try camera.start()
        do throws(V4L2Error<FakeVideo.Failure>) {
            _ = try camera.frame(into: memory, by: .milliseconds(50))
            Issue.record("a damaged frame was taken")
        } catch { #expect(error.fault == .timedOut) }
        #expect(kernel.frames.count > 440)
        kernel.frames = [.init(sequence: 60, microseconds: 60_000)]
        #expect(try camera.frame(into: memory, by: .milliseconds(70)).corrupt > 40)
    }

    @Test func aDeviceThatCannotIsRefusedInWords() {
        let changes: [(FakeKernel) -> Void] = [
            { $0.capabilities = 0 }, { $0.width = 640 }, { $0.pixels = 0x5659_5559 },
            { $0.bytesPerLine = 3 }, { $0.bytesPerLine = 1 << 30 }, { $0.grants = 2 },
        ]
        for (index, change) in changes.enumerated() {
            let kernel = FakeKernel()
            change(kernel)
            do throws(V4L2Error<FakeVideo.Failure>) {
                _ = try Camera(FakeVideo(kernel), settings: settings())
                Issue.record("case \(index) was taken")
            } catch { #expect(error.fault == .refused, "case \(index): \(error)") }
            #expect(kernel.mapped == 0)
        }
    }

    @Test func aKernelThatReturnsAForeignBufferIsNotBelieved() throws {
        let kernel = FakeKernel()
        kernel.frames = [.init(sequence: 0, microseconds: 1)]
        kernel.returnsBuffer = 4_000_000
        var camera = try Camera(FakeVideo(kernel), settings: settings())
        try camera.start()
        #expect(throws: V4L2Error<FakeVideo.Failure>.self) {
            try camera.frame(into: memory, by: .seconds(1))
        }
    }

    @Test func itPassesTheChecksOfEveryCamera() throws {
        let kernel = FakeKernel()
        kernel.frames = (0..<20).map { .init(sequence: $0 * 2, microseconds: Int($0) * 10_000) }
        var camera = try Camera(FakeVideo(kernel), settings: settings())
        #expect(cameraFaults(of: &camera, frames: 20, patience: .seconds(1)) == [])
    }
}
