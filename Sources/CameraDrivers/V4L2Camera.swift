import CVideo
public import PayloadHAL
public import Quantities

/// Why a ``V4L2Camera`` refused or failed.
public enum V4L2Error<Device: InstrumentError>: InstrumentError {
    /// The device failed.
    case device(Device)
    /// The device cannot do what is needed.
    case unsuitable(String)
    /// No whole frame by the deadline.
    case silent
    /// Frames were asked of a camera that was not started.
    case stopped

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .device(let error): error.fault
        case .unsuitable: .refused
        case .silent, .stopped: .timedOut
        }
    }
}

/// A camera with a driver in the kernel, through Video4Linux's capture interface.
///
/// Frames lie in a ring of four buffers shared with the kernel; what is not fetched is dropped by
/// it and seen as a gap in the sequence. Time stamps come from the kernel's monotonic clock, at
/// the start of the exposure or at the end of the frame as the driver says.
public struct V4L2Camera<Device: VideoDevice & ~Copyable>: BeaconCamera, ~Copyable {
    /// This driver's own error.
    public typealias Failure = V4L2Error<Device.Failure>

    /// Pixels as they come.
    public enum Pixels: CaseIterable, Sendable {
        /// One byte.
        case grey
        /// Two bytes, little end first, of which 10, 12 or 16 bits count.
        case y10, y12, y16

        var code: UInt32 {
            switch self {
            case .grey: lodestar_pixels_grey
            case .y10: lodestar_pixels_y10
            case .y12: lodestar_pixels_y12
            case .y16: lodestar_pixels_y16
            }
        }

        var bytes: Int { self == .grey ? 1 : 2 }

        var fullScale: UInt16 {
            switch self {
            case .grey: 255
            case .y10: 1023
            case .y12: 4095
            case .y16: .max
            }
        }
    }

    /// What is asked of the device.
    public struct Settings: Equatable, Sendable {
        /// Columns and rows, 1 to 4096 each.
        public var width: Int, height: Int
        /// Pixels as they shall come.
        public var pixels = Pixels.grey
        /// Frames in a second, 1 to 10,000.
        public var framesPerSecond = 100
        /// Exposure in steps of 100 us; `nil` leaves it to the device, and times are then those
        /// of the frame's stamp.
        public var exposure: Picoseconds?

        /// Settings for frames of a size.
        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// Buffers of the ring: one being filled, one ready, one being read, one in reserve.
    private static var bufferCount: Int { 4 }

    /// What every frame looks like.
    public let format: FrameFormat
    private var device: Device
    private var settings: Settings
    private var memory = InlineArray<4, UnsafeMutableRawBufferPointer?>(repeating: nil)
    private var bytesPerLine = 0
    private var counter = FrameCounter(.thirtyTwoBits)
    private var isStreaming = false
    /// Damaged and missing frames since the last whole one.
    private var corrupt: Int64 = 0, lost: Int64 = 0

    /// Takes over the device and sets it up; no frames come yet.
    public init(_ device: consuming Device, settings: Settings) throws(Failure) {
        precondition(1...4096 ~= settings.width && 1...4096 ~= settings.height)
        precondition(1...10_000 ~= settings.framesPerSecond)
        self.device = device
        self.settings = settings
        format = FrameFormat(
            width: settings.width, height: settings.height, fullScale: settings.pixels.fullScale)
        try checkCapabilities()
        try setFormat()
        try setTiming()
        try mapBuffers()
    }

    deinit {
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        _ = try? device.control(lodestar_streamoff, &type)
        for index in 0..<Self.bufferCount {
            if let mapped = memory[index] { device.unmap(mapped) }
        }
    }

    /// The host clock's time.
    public var now: Picoseconds { device.now }

    /// Sets the exposure, in steps of 100 us.
    public mutating func setExposure(_ exposure: Picoseconds) throws(Failure) {
        try sendExposure(exposure)
        settings.exposure = exposure
    }

    /// Hands the ring to the kernel and lets frames come.
    public mutating func start() throws(Failure) {
        guard !isStreaming else { return }
        for index in 0..<Self.bufferCount { try queue(index) }
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        try request(lodestar_streamon, &type)
        isStreaming = true
        counter = FrameCounter(.thirtyTwoBits)
        (corrupt, lost) = (0, 0)
    }

    /// Lets no more frames come.
    public mutating func stop() throws(Failure) {
        guard isStreaming else { return }
        isStreaming = false
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        try request(lodestar_streamoff, &type)
    }

    /// Waits for the next whole frame; damaged ones are counted and passed over.
    public mutating func frame(
        into pixels: UnsafeMutableBufferPointer<UInt16>, by deadline: Picoseconds
    ) throws(Failure) -> FrameHeader {
        precondition(pixels.count >= format.pixelCount)
        guard isStreaming else { throw .stopped }
        // Damaged frames that keep coming must not outlast the deadline.
        repeat {
            guard try isReady(by: deadline) else { throw .silent }
            var buffer = Self.emptyBuffer()
            guard try request(lodestar_dqbuf, &buffer) else { continue }
            let index = Int(buffer.index)
            guard index < Self.bufferCount, let bytes = memory[index] else {
                throw .unsuitable("the device returned buffer \(index) of \(Self.bufferCount)")
            }
            lost &+= counter.count(UInt64(buffer.sequence))
            let isWhole =
                buffer.flags & lodestar_flag_error == 0 && Int(buffer.bytesused) >= frameBytes
            if isWhole { copy(bytes, into: pixels) }
            try queue(index)
            guard isWhole else {
                corrupt &+= 1
                continue
            }
            defer { (lost, corrupt) = (0, 0) }
            return header(buffer)
        } while device.now < deadline
        throw .silent
    }
}

extension V4L2Camera where Device: ~Copyable {
    /// Bytes that a whole frame has, the last row without its padding.
    private var frameBytes: Int {
        bytesPerLine * (settings.height - 1) + settings.width * settings.pixels.bytes
    }

    private func header(_ buffer: v4l2_buffer) -> FrameHeader {
        let arrival = device.now
        let exposure = settings.exposure?.count ?? 0
        var middle = arrival.count - exposure / 2
        if buffer.flags & lodestar_timestamp_mask == lodestar_timestamp_monotonic {
            let stamp = device.hostTime(
                seconds: buffer.timestamp.tv_sec, microseconds: buffer.timestamp.tv_usec)
            let isStart = buffer.flags & lodestar_source_mask == lodestar_source_exposure_start
            middle = stamp.count &+ (isStart ? exposure / 2 : -exposure / 2)
        }
        // The stamp counts microseconds: 1 us / sqrt(12).
        return FrameHeader(
            number: counter.number, exposureMiddle: Picoseconds(min(middle, arrival.count)),
            timeSigma: Picoseconds(288_675), arrival: arrival, lost: lost, corrupt: corrupt)
    }

    /// Turns rows of bytes into rows of pixels; what is over full scale is cut there.
    private func copy(
        _ bytes: UnsafeMutableRawBufferPointer, into pixels: UnsafeMutableBufferPointer<UInt16>
    ) {
        for row in 0..<settings.height {
            let (from, to) = (row * bytesPerLine, row * settings.width)
            if settings.pixels == .grey {
                for column in 0..<settings.width {
                    pixels[to + column] = UInt16(bytes[from + column])
                }
            } else {
                for column in 0..<settings.width {
                    let value = bytes.loadUnaligned(
                        fromByteOffset: from + 2 * column, as: UInt16.self)
                    pixels[to + column] = min(UInt16(littleEndian: value), format.fullScale)
                }
            }
        }
    }

    private func checkCapabilities() throws(Failure) {
        var found = v4l2_capability()
        try request(lodestar_querycap, &found)
        let all = UInt32(V4L2_CAP_DEVICE_CAPS)
        let flags = found.capabilities & all != 0 ? found.device_caps : found.capabilities
        let needed = UInt32(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)
        guard flags & needed == needed else {
            throw .unsuitable("the device does not capture into shared buffers")
        }
    }

    private mutating func setFormat() throws(Failure) {
        var wanted = v4l2_format()
        wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        wanted.fmt.pix.width = UInt32(settings.width)
        wanted.fmt.pix.height = UInt32(settings.height)
        wanted.fmt.pix.pixelformat = settings.pixels.code
        wanted.fmt.pix.field = V4L2_FIELD_NONE.rawValue
        try request(lodestar_s_fmt, &wanted)
        let got = wanted.fmt.pix
        guard got.width == UInt32(settings.width), got.height == UInt32(settings.height),
            got.pixelformat == settings.pixels.code
        else {
            throw .unsuitable(
                "asked for \(settings.width)x\(settings.height) of \(settings.pixels), "
                    + "the device offers \(got.width)x\(got.height), format \(got.pixelformat)")
        }
        let least = settings.width * settings.pixels.bytes
        guard got.bytesperline == 0 || least...65_536 ~= Int(got.bytesperline) else {
            throw .unsuitable("rows of \(got.bytesperline) bytes")
        }
        bytesPerLine = max(Int(got.bytesperline), least)
    }

    private func setTiming() throws(Failure) {
        var rate = v4l2_streamparm()
        rate.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        rate.parm.capture.timeperframe = v4l2_fract(
            numerator: 1, denominator: UInt32(settings.framesPerSecond))
        try request(lodestar_s_parm, &rate)
        if let exposure = settings.exposure { try sendExposure(exposure) }
    }

    private func sendExposure(_ exposure: Picoseconds) throws(Failure) {
        var manual = v4l2_control(
            id: lodestar_control_exposure_auto, value: Int32(V4L2_EXPOSURE_MANUAL.rawValue))
        try request(lodestar_s_ctrl, &manual)
        let steps = exposure.count / 100_000_000
        guard 1...1_000_000 ~= steps else {
            throw .unsuitable("an exposure of \(exposure.count) ps; 100 us to 100 s are possible")
        }
        var time = v4l2_control(id: lodestar_control_exposure, value: Int32(steps))
        try request(lodestar_s_ctrl, &time)
    }

    private mutating func mapBuffers() throws(Failure) {
        var asked = v4l2_requestbuffers()
        asked.count = UInt32(Self.bufferCount)
        asked.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        asked.memory = V4L2_MEMORY_MMAP.rawValue
        try request(lodestar_reqbufs, &asked)
        guard asked.count >= UInt32(Self.bufferCount) else {
            throw .unsuitable(
                "the device has \(asked.count) buffers; \(Self.bufferCount) are needed")
        }
        for index in 0..<Self.bufferCount {
            var buffer = Self.emptyBuffer()
            buffer.index = UInt32(index)
            try request(lodestar_querybuf, &buffer)
            guard Int(buffer.length) >= frameBytes else {
                throw .unsuitable("buffers of \(buffer.length) bytes; a frame has \(frameBytes)")
            }
            do throws(Device.Failure) {
                memory[index] = try device.map(
                    length: Int(buffer.length), offset: Int(buffer.m.offset))
            } catch { throw .device(error) }
        }
    }

    private func queue(_ index: Int) throws(Failure) {
        var buffer = Self.emptyBuffer()
        buffer.index = UInt32(index)
        try request(lodestar_qbuf, &buffer)
    }

    private static func emptyBuffer() -> v4l2_buffer {
        var buffer = v4l2_buffer()
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return buffer
    }

    private func isReady(by deadline: Picoseconds) throws(Failure) -> Bool {
        do throws(Device.Failure) {
            return try device.waitForFrame(by: deadline)
        } catch { throw .device(error) }
    }

    @discardableResult
    private func request(
        _ code: UInt, _ argument: UnsafeMutableRawPointer
    ) throws(Failure) -> Bool {
        do throws(Device.Failure) {
            return try device.control(code, argument)
        } catch { throw .device(error) }
    }
}
