#if Aravis
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
        private static var bufferCount: Int { 8 }

        /// What every frame looks like.
        public let format: FrameFormat
        /// What the camera says it is.
        public let identity: String
        /// Times of the camera and of the host.
        public private(set) var clock: CameraClock

        private let camera: UnsafeMutablePointer<ArvCamera>
        private let stream: UnsafeMutablePointer<ArvStream>
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
            let opened = try Self.opened(name, settings)
            camera = opened.camera
            stream = opened.stream
            identity = opened.identity
            self.settings = settings
            format = FrameFormat(
                width: settings.width, height: settings.height,
                fullScale: settings.bits == 16 ? .max : UInt16(1) << UInt16(settings.bits) - 1)
            clock = CameraClock(latency: settings.latency)
            counter = FrameCounter(
                arv_camera_is_gv_device(opened.camera) != 0
                    ? .sixteenBitsWithoutZero : .sixtyFourBits)
        }

        deinit {
            arv_camera_stop_acquisition(camera, nil)
            g_object_unref(UnsafeMutableRawPointer(stream))
            g_object_unref(UnsafeMutableRawPointer(camera))
        }

        /// The host clock's time.
        public var now: Picoseconds { HostClock.now }

        /// Sets the exposure, to the camera's own steps.
        public mutating func setExposure(_ exposure: Picoseconds) throws(AravisError) {
            try Self.checking("set the exposure") {
                arv_camera_set_exposure_time(camera, Double(exposure.count) * 1e-6, $0)
            }
            settings.exposure = exposure
        }

        /// Lets frames come, from a clock that has seen none.
        public mutating func start() throws(AravisError) {
            guard !isStreaming else { return }
            try drop()
            try Self.checking("start_acquisition") { arv_camera_start_acquisition(camera, $0) }
            isStreaming = true
            clock = CameraClock(latency: settings.latency)
            firstStamp = nil
            (lost, corrupt) = (0, 0)
        }

        /// Lets no more frames come.
        public mutating func stop() throws(AravisError) {
            guard isStreaming else { return }
            isStreaming = false
            try Self.checking("stop_acquisition") { arv_camera_stop_acquisition(camera, $0) }
        }

        /// Waits for the next whole frame; damaged ones are counted and passed over.
        public mutating func frame(
            into pixels: UnsafeMutableBufferPointer<UInt16>, by deadline: Picoseconds
        ) throws(AravisError) -> FrameHeader {
            precondition(pixels.count >= format.pixelCount)
            guard isStreaming else { throw .stopped }
            // Damaged frames that keep coming must not outlast the deadline.
            repeat {
                let left = max(deadline.count - HostClock.now.count, 0) / 1_000_000
                guard let buffer = arv_stream_timeout_pop_buffer(stream, guint64(left)) else {
                    throw .silent
                }
                defer { arv_stream_push_buffer(stream, buffer) }
                lost &+= counter.count(UInt64(arv_buffer_get_frame_id(buffer)))
                guard arv_buffer_get_status(buffer) == ARV_BUFFER_STATUS_SUCCESS,
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
                Int64(g_get_real_time()) &* 1_000
                &- Int64(truncatingIfNeeded: arv_buffer_get_system_timestamp(buffer))
            let came = 0...10_000_000_000 ~= age ? Picoseconds(now.count - age * 1_000) : now
            // Counted from the first frame: nanoseconds since 1970 are too many as picoseconds.
            let stamp = UInt64(arv_buffer_get_timestamp(buffer))
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
            guard arv_buffer_get_payload_type(buffer) == ARV_BUFFER_PAYLOAD_TYPE_IMAGE,
                arv_buffer_get_image_width(buffer) == gint(settings.width),
                arv_buffer_get_image_height(buffer) == gint(settings.height),
                let data = arv_buffer_get_data(buffer, &size), size >= wanted
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
                guard let buffer = arv_stream_try_pop_buffer(stream) else { break }
                arv_stream_push_buffer(stream, buffer)
            }
            counter = FrameCounter(
                arv_camera_is_gv_device(camera) != 0 ? .sixteenBitsWithoutZero : .sixtyFourBits)
        }

        /// What an open camera consists of.
        private struct Opened {
            var camera: UnsafeMutablePointer<ArvCamera>
            var stream: UnsafeMutablePointer<ArvStream>
            var identity: String
        }

        /// Opens and sets up a camera, or releases it again.
        private static func opened(
            _ name: String?, _ settings: Settings
        ) throws(AravisError) -> Opened {
            let camera = try open(name)
            do throws(AravisError) {
                try set(camera, settings)
                let identity = try identity(of: camera)
                return Opened(camera: camera, stream: try openStream(camera), identity: identity)
            } catch {
                g_object_unref(UnsafeMutableRawPointer(camera))
                throw error
            }
        }

        private static func open(_ name: String?) throws(AravisError) -> UnsafeMutablePointer<
            ArvCamera
        > {
            var found: UnsafeMutablePointer<ArvCamera>?
            try checking("open \(name ?? "the first camera")") { error in
                found =
                    name.map { $0.withCString { arv_camera_new($0, error) } }
                    ?? arv_camera_new(nil, error)
            }
            guard let found else { throw .unsuitable("there is no camera") }
            return found
        }

        private static func set(
            _ camera: UnsafeMutablePointer<ArvCamera>, _ settings: Settings
        ) throws(AravisError) {
            let formats = [
                8: lodestar_mono_8, 10: lodestar_mono_10, 12: lodestar_mono_12,
                16: lodestar_mono_16,
            ]
            guard let pixels = formats[settings.bits] else {
                throw .unsuitable("pixels of \(settings.bits) bits; 8, 10, 12 and 16 are possible")
            }
            try checking("set the region") {
                arv_camera_set_region(
                    camera, gint(settings.x), gint(settings.y), gint(settings.width),
                    gint(settings.height), $0)
            }
            try checking("set the pixels") { arv_camera_set_pixel_format(camera, pixels, $0) }
            try checking("set the frame rate") {
                arv_camera_set_frame_rate(camera, settings.framesPerSecond, $0)
            }
            try checking("set the exposure") {
                arv_camera_set_exposure_time(camera, Double(settings.exposure.count) * 1e-6, $0)
            }
            try checking("set continuous acquisition") {
                arv_camera_set_acquisition_mode(camera, ARV_ACQUISITION_MODE_CONTINUOUS, $0)
            }
            var (x, y, width, height): (gint, gint, gint, gint) = (0, 0, 0, 0)
            try checking("read the region") {
                arv_camera_get_region(camera, &x, &y, &width, &height, $0)
            }
            guard width == gint(settings.width), height == gint(settings.height) else {
                throw .unsuitable(
                    "asked for \(settings.width)x\(settings.height), got \(width)x\(height)")
            }
        }

        private static func openStream(
            _ camera: UnsafeMutablePointer<ArvCamera>
        ) throws(AravisError) -> UnsafeMutablePointer<ArvStream> {
            var payload: guint = 0
            try checking("read the payload") { payload = arv_camera_get_payload(camera, $0) }
            guard 1...(64 << 20) ~= payload else {
                throw .unsuitable("frames of \(payload) bytes")
            }
            if arv_camera_is_gv_device(camera) != 0 { lodestar_disable_packet_socket(camera) }
            var found: UnsafeMutablePointer<ArvStream>?
            try checking("open the stream") {
                found = arv_camera_create_stream(camera, nil, nil, $0)
            }
            guard let found else { throw .unsuitable("the camera has no stream") }
            for _ in 0..<bufferCount {
                arv_stream_push_buffer(found, arv_buffer_new_allocate(Int(payload)))
            }
            return found
        }

        private static func identity(
            of camera: UnsafeMutablePointer<ArvCamera>
        ) throws(AravisError) -> String {
            var parts: [String] = []
            try checking("read the model") { error in
                for text in [
                    arv_camera_get_vendor_name(camera, error),
                    arv_camera_get_model_name(camera, error),
                    arv_camera_get_device_serial_number(camera, error),
                ] where error.pointee == nil {
                    if let text { parts.append(String(cString: text)) }
                }
            }
            return parts.joined(separator: " ")
        }

        /// Calls Aravis and turns its error into ours.
        private static func checking(
            _ doing: String,
            _ body: (UnsafeMutablePointer<UnsafeMutablePointer<GError>?>) -> Void
        ) throws(AravisError) {
            var error: UnsafeMutablePointer<GError>?
            body(&error)
            guard let error else { return }
            var text = [CChar](repeating: 0, count: 200)
            let code = lodestar_take_error(error, &text, Int32(text.count))
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw .library(
                code: Int(code), text: String(decoding: bytes, as: UTF8.self), doing: doing)
        }
    }
#endif
