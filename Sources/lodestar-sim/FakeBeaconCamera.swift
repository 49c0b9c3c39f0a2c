import ArgumentParser
import AravisCamera
import CAravis

/// What a served camera sees.
protocol CameraScene: AnyObject, Sendable {
    /// Draws the picture of an exposure that ends now, one count an electron or level, cut at
    /// `fullScale`.
    ///
    /// - Parameters:
    ///   - picture: Takes `width` times `height` pixels, row by row.
    ///   - exposure: Of the picture, ps.
    /// - Returns: How long ago the exposure began, ps; `nil` where it has no length.
    func draw(
        into picture: UnsafeMutableBufferPointer<UInt16>, width: Int, height: Int,
        fullScale: Double, exposure: Int64
    ) -> Int64?
}

/// Aravis's own fake GigE Vision camera with our scene in it.
final class FakeBeaconCamera {
    private let camera: OpaquePointer
    private let shown: Unmanaged<Shown>

    /// A scene on its way through C, and what draws it into buffers.
    fileprivate final class Shown {
        let scene: any CameraScene
        let aravis: lodestar_aravis
        init(_ scene: any CameraScene, _ aravis: lodestar_aravis) {
            (self.scene, self.aravis) = (scene, aravis)
        }
    }

    /// The camera library is not on this machine: one line, exit code 1.
    struct MissingLibrary: Error, CustomStringConvertible {
        let description: String
    }

    /// Begins to serve; the scene is drawn on a thread of Aravis's.
    init(interface: String, serial: String, scene: any CameraScene) throws {
        if let problem = AravisLibrary.absence() {
            throw MissingLibrary(description: "no camera: \(problem); try: \(AravisLibrary.remedy)")
        }
        let aravis = try AravisLibrary.functions()
        guard let camera = aravis.arv_gv_fake_camera_new(interface, serial) else {
            throw ValidationError("Aravis could not make a camera on \(interface).")
        }
        guard aravis.arv_gv_fake_camera_is_running(camera) != 0,
            let inner = aravis.arv_gv_fake_camera_get_fake_camera(camera)
        else {
            throw ValidationError(
                "no camera on --interface \(interface): it is no address of this machine, "
                    + "or another camera is served there.")
        }
        self.camera = camera
        shown = Unmanaged.passRetained(Shown(scene, aravis))
        aravis.arv_fake_camera_set_fill_pattern(
            inner,
            { buffer, shown, exposure, _, format in
                guard let buffer, let shown else { return }
                Unmanaged<Shown>.fromOpaque(shown).takeUnretainedValue()
                    .fill(buffer, format, exposure: Int64(exposure) * 1_000_000)
            }, shown.toOpaque())
    }

    /// Ends the service.
    func end() {
        shown.takeUnretainedValue().aravis.g_object_unref(UnsafeMutableRawPointer(camera))
        shown.release()
    }
}

extension FakeBeaconCamera.Shown {
    fileprivate func fill(_ buffer: OpaquePointer, _ format: UInt32, exposure: Int64) {
        let width = Int(aravis.arv_buffer_get_image_width(buffer))
        let height = Int(aravis.arv_buffer_get_image_height(buffer))
        let isByte = format == LODESTAR_ARV_PIXEL_FORMAT_MONO_8
        // Aravis has checked that a frame of this format fits; the size it tells is set later.
        guard let data = aravis.arv_buffer_get_data(buffer, nil), width > 0, height > 0 else {
            return
        }
        let memory = UnsafeMutableRawPointer(mutating: data)
        let bits = [
            LODESTAR_ARV_PIXEL_FORMAT_MONO_10: 10, LODESTAR_ARV_PIXEL_FORMAT_MONO_12: 12,
            LODESTAR_ARV_PIXEL_FORMAT_MONO_16: 16,
        ][format]
        let fullScale = isByte ? 255 : Double(1 << (bits ?? 16)) - 1
        let age = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width * height) {
            picture in
            picture.initialize(repeating: 0)
            let age = scene.draw(
                into: picture, width: width, height: height, fullScale: fullScale,
                exposure: exposure)
            if isByte {
                for index in 0..<width * height {
                    memory.storeBytes(
                        of: UInt8(truncatingIfNeeded: picture[index]), toByteOffset: index,
                        as: UInt8.self)
                }
            } else {
                // Little end first, as the processors that this runs on.
                memory.copyMemory(
                    from: UnsafeRawPointer(picture.baseAddress!), byteCount: 2 * picture.count)
            }
            return age
        }
        // Stamped at the exposure's start, as cameras do.
        if let age {
            let now = aravis.g_get_real_time() * 1_000
            aravis.arv_buffer_set_timestamp(buffer, UInt64(now - age / 1_000))
        }
    }
}
