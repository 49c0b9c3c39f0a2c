import CAravis
public import CameraDrivers
import LinuxIO
public import PayloadHAL
public import Quantities

/// A GigE Vision or USB3 Vision camera through the Aravis library.
///
/// Frames lie in a ring of eight buffers; what comes while all are full is dropped by Aravis
/// and seen as a gap in the numbers. The camera's own time stamps are turned into host time by
/// a ``CameraClock``.
public struct AravisCamera: BeaconCamera, ~Copyable {
    /// This driver's own error.
    public typealias Failure = AravisError

    /// What is asked of the camera.
    public struct Settings: Equatable, Sendable {
        /// Top left corner of the region, and its size.
        public var x = 0, y = 0, width = 128, height = 128
        /// Bits of a pixel: 8, 10, 12 or 16.
        public var bits = 8
        /// Frames in a second.
        public var framesPerSecond = 100.0
        /// Exposure, 1 us or more.
        public var exposure = Picoseconds.milliseconds(2)
        /// Whether the camera stamps the end of the exposure, not its start.
        public var stampsEnd = false
        /// Smallest time from the camera's stamp to the first packet of the frame.
        public var latency = Picoseconds.milliseconds(2)

        /// Settings for 128 x 128 pixels at 100 frames a second.
        public init() {}
    }

    /// Buffers of the ring: 80 ms at 100 frames a second.
    static var bufferCount: Int { 8 }

    /// What every frame looks like.
    public let format: FrameFormat
    /// What the camera says it is.
    public let identity: String
    /// Times of the camera and of the host.
    public private(set) var clock: CameraClock

    private let aravis: lodestar_aravis
    private let camera: OpaquePointer
    private let stream: OpaquePointer
    private var settings: Settings
    private var counter: FrameCounter
    private var firstStamp: UInt64?
    private var isStreaming = false
    private var lost: Int64 = 0, corrupt: Int64 = 0

    /// Opens and sets up a camera; no frames come yet.
    ///
    /// A program that ended without releasing the camera keeps others from it for the
    /// camera's heartbeat, 3 s as a rule: `controller privilege required`.
    /// - Parameter name: As Aravis lists it, or its address; `nil` takes the first found.
    public init(named name: String?, settings: Settings) throws(AravisError) {
        let aravis = try AravisLibrary.functions()
        let opened = try aravis.opened(name, settings)
        self.aravis = aravis
        camera = opened.camera
        stream = opened.stream
        identity = opened.identity
        self.settings = settings
        format = FrameFormat(
            width: settings.width, height: settings.height,
            fullScale: settings.bits == 16 ? .max : UInt16(1) << UInt16(settings.bits) - 1)
        clock = CameraClock(latency: settings.latency)
        counter = FrameCounter(
            aravis.arv_camera_is_gv_device(opened.camera) != 0
                ? .sixteenBitsWithoutZero : .sixtyFourBits)
    }

    deinit {
        aravis.arv_camera_stop_acquisition(camera, nil)
        aravis.g_object_unref(UnsafeMutableRawPointer(stream))
        aravis.g_object_unref(UnsafeMutableRawPointer(camera))
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// Sets the exposure, to the camera's own steps.
    public mutating func setExposure(_ exposure: Picoseconds) throws(AravisError) {
        try aravis.checking("set the exposure") {
            aravis.arv_camera_set_exposure_time(camera, Double(exposure.count) * 1e-6, $0)
        }
        settings.exposure = exposure
    }

    /// Lets frames come, from a clock that has seen none.
    public mutating func start() throws(AravisError) {
        guard !isStreaming else { return }
        try drop()
        try aravis.checking("start_acquisition") { aravis.arv_camera_start_acquisition(camera, $0) }
        isStreaming = true
        clock = CameraClock(latency: settings.latency)
        firstStamp = nil
        (lost, corrupt) = (0, 0)
    }

    /// Lets no more frames come.
    public mutating func stop() throws(AravisError) {
        guard isStreaming else { return }
        isStreaming = false
        try aravis.checking("stop_acquisition") { aravis.arv_camera_stop_acquisition(camera, $0) }
    }

    /// What the camera sent next, damaged or not; `nil` if nothing came by `deadline`.
    private func nextBuffer(by deadline: Picoseconds) -> OpaquePointer? {
        while !DeviceWait.shouldEnd {
            let left = max(deadline.count - HostClock.now.count, 0) / 1_000_000
            let part = DeviceWait.part(of: left / 1_000 + 1) * 1_000
            if let buffer = aravis.arv_stream_timeout_pop_buffer(stream, UInt64(min(left, part))) {
                return buffer
            }
            if part >= left { return nil }
        }
        return nil
    }

    /// Waits for the next whole frame; damaged ones are counted and passed over.
    public mutating func frame(
        into pixels: UnsafeMutableBufferPointer<UInt16>, by deadline: Picoseconds
    ) throws(AravisError) -> FrameHeader {
        precondition(pixels.count >= format.pixelCount)
        guard isStreaming else { throw .stopped }
        // Damaged frames that keep coming must not outlast the deadline.
        repeat {
            guard let buffer = nextBuffer(by: deadline) else { throw .silent }
            defer { aravis.arv_stream_push_buffer(stream, buffer) }
            lost &+= counter.count(aravis.arv_buffer_get_frame_id(buffer))
            guard aravis.arv_buffer_get_status(buffer) == LODESTAR_ARV_BUFFER_STATUS_SUCCESS,
                copy(buffer, into: pixels)
            else {
                corrupt &+= 1
                continue
            }
            defer { (lost, corrupt) = (0, 0) }
            return header(buffer)
        } while HostClock.now < deadline
        throw .silent
    }
}

extension AravisCamera {
    private mutating func header(_ buffer: OpaquePointer) -> FrameHeader {
        let now = HostClock.now
        // Aravis stamps the first packet with the time of day; its age is what matters.
        let age =
            aravis.g_get_real_time() &* 1_000
            &- Int64(truncatingIfNeeded: aravis.arv_buffer_get_system_timestamp(buffer))
        let came = 0...10_000_000_000 ~= age ? Picoseconds(now.count - age * 1_000) : now
        // Counted from the first frame: nanoseconds since 1970 are too many as picoseconds.
        let stamp = aravis.arv_buffer_get_timestamp(buffer)
        let first = firstStamp ?? stamp
        firstStamp = first
        let (elapsed, overflow) = Int64(truncatingIfNeeded: stamp &- first)
            .multipliedReportingOverflow(by: 1_000)
        let camera = Picoseconds(overflow ? 0 : elapsed)
        clock.learn(camera: camera, arrival: came)
        let half =
            settings.stampsEnd ? -settings.exposure.count / 2 : settings.exposure.count / 2
        let found = clock.host(atCamera: camera)
        let middle = (found?.time.count ?? came.count) &+ half
        return FrameHeader(
            number: counter.number, exposureMiddle: Picoseconds(min(middle, now.count)),
            timeSigma: found?.sigma ?? .milliseconds(1), arrival: now, lost: lost,
            corrupt: corrupt)
    }

    /// Turns rows of bytes into pixels; `false` if the buffer is no frame of the right kind.
    private func copy(
        _ buffer: OpaquePointer, into pixels: UnsafeMutableBufferPointer<UInt16>
    ) -> Bool {
        var size = 0
        let wanted = format.pixelCount * (settings.bits == 8 ? 1 : 2)
        guard aravis.arv_buffer_get_payload_type(buffer) == LODESTAR_ARV_BUFFER_PAYLOAD_TYPE_IMAGE,
            aravis.arv_buffer_get_image_width(buffer) == Int32(settings.width),
            aravis.arv_buffer_get_image_height(buffer) == Int32(settings.height),
            let data = aravis.arv_buffer_get_data(buffer, &size), size >= wanted
        else { return false }
        if settings.bits == 8 {
            let bytes = data.assumingMemoryBound(to: UInt8.self)
            for index in 0..<format.pixelCount { pixels[index] = UInt16(bytes[index]) }
        } else {
            for index in 0..<format.pixelCount {
                let value = data.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                pixels[index] = min(UInt16(littleEndian: value), format.fullScale)
            }
        }
        return true
    }

    /// Drops frames from before the start.
    private mutating func drop() throws(AravisError) {
        for _ in 0..<Self.bufferCount {
            guard let buffer = aravis.arv_stream_try_pop_buffer(stream) else { break }
            aravis.arv_stream_push_buffer(stream, buffer)
        }
        counter = FrameCounter(
            aravis.arv_camera_is_gv_device(camera) != 0 ? .sixteenBitsWithoutZero : .sixtyFourBits)
    }
}
