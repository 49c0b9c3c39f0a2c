import CAravis
import Quantities

/// What an open camera consists of.
struct OpenedAravis {
    var camera: OpaquePointer
    var stream: OpaquePointer
    var identity: String
}

extension lodestar_aravis {
    /// Opens and sets up a camera, or releases it again.
    func opened(
        _ name: String?, _ settings: AravisCamera.Settings
    ) throws(AravisError) -> OpenedAravis {
        let camera = try open(name)
        do throws(AravisError) {
            try set(camera, settings)
            let identity = try identity(of: camera)
            return OpenedAravis(
                camera: camera, stream: try openStream(camera), identity: identity)
        } catch {
            g_object_unref(UnsafeMutableRawPointer(camera))
            throw error
        }
    }

    private func open(_ name: String?) throws(AravisError) -> OpaquePointer {
        var found: OpaquePointer?
        try checking("open \(name ?? "the first camera")") { found = arv_camera_new(name, $0) }
        guard let found else { throw .unsuitable("there is no camera") }
        return found
    }

    private func set(
        _ camera: OpaquePointer, _ settings: AravisCamera.Settings
    ) throws(AravisError) {
        let formats = [
            8: LODESTAR_ARV_PIXEL_FORMAT_MONO_8, 10: LODESTAR_ARV_PIXEL_FORMAT_MONO_10,
            12: LODESTAR_ARV_PIXEL_FORMAT_MONO_12, 16: LODESTAR_ARV_PIXEL_FORMAT_MONO_16,
        ]
        guard let pixels = formats[settings.bits] else {
            throw .unsuitable("pixels of \(settings.bits) bits; 8, 10, 12 and 16 are possible")
        }
        try checking("set the region") {
            arv_camera_set_region(
                camera, Int32(settings.x), Int32(settings.y), Int32(settings.width),
                Int32(settings.height), $0)
        }
        try checking("set the pixels") { arv_camera_set_pixel_format(camera, pixels, $0) }
        try checking("set the frame rate") {
            arv_camera_set_frame_rate(camera, settings.framesPerSecond, $0)
        }
        try checking("set the exposure") {
            arv_camera_set_exposure_time(camera, Double(settings.exposure.count) * 1e-6, $0)
        }
        try checking("set continuous acquisition") {
            arv_camera_set_acquisition_mode(camera, LODESTAR_ARV_ACQUISITION_MODE_CONTINUOUS, $0)
        }
        var (x, y, width, height): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        try checking("read the region") {
            arv_camera_get_region(camera, &x, &y, &width, &height, $0)
        }
        guard width == Int32(settings.width), height == Int32(settings.height) else {
            throw .unsuitable(
                "asked for \(settings.width)x\(settings.height), got \(width)x\(height)")
        }
    }

    private func openStream(_ camera: OpaquePointer) throws(AravisError) -> OpaquePointer {
        var payload: UInt32 = 0
        try checking("read the payload") { payload = arv_camera_get_payload(camera, $0) }
        guard 1...(64 << 20) ~= payload else {
            throw .unsuitable("frames of \(payload) bytes")
        }
        // No raw sockets: they need rights, and see nothing on the loop-back interface.
        if arv_camera_is_gv_device(camera) != 0 {
            arv_camera_gv_set_stream_options(
                camera, LODESTAR_ARV_GV_STREAM_OPTION_PACKET_SOCKET_DISABLED)
        }
        var found: OpaquePointer?
        try checking("open the stream") {
            found = arv_camera_create_stream(camera, nil, nil, $0)
        }
        guard let found else { throw .unsuitable("the camera has no stream") }
        for _ in 0..<AravisCamera.bufferCount {
            arv_stream_push_buffer(found, arv_buffer_new_allocate(Int(payload)))
        }
        return found
    }

    private func identity(of camera: OpaquePointer) throws(AravisError) -> String {
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
    func checking(
        _ doing: String,
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Void
    ) throws(AravisError) {
        var error: OpaquePointer?
        body(&error)
        guard let error else { return }
        var words = [CChar](repeating: 0, count: 200)
        let code = withUnsafePointer(to: self) {
            lodestar_aravis_take($0, error, &words, words.count)
        }
        throw .library(code: code, text: AravisLibrary.text(words), doing: doing)
    }
}
