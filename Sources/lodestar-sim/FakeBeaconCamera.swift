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

#if Aravis
    import ArgumentParser
    import CAravis

    /// Aravis's own fake GigE Vision camera with our scene in it.
    final class FakeBeaconCamera {
        private let camera: UnsafeMutableRawPointer
        private let scene: Unmanaged<Shown>

        /// A scene on its way through C.
        private final class Shown {
            let scene: any CameraScene
            init(_ scene: any CameraScene) { self.scene = scene }
        }

        /// Begins to serve; the scene is drawn on a thread of Aravis's.
        init(interface: String, serial: String, scene: any CameraScene) throws {
            guard let camera = arv_gv_fake_camera_new(interface, serial) else {
                throw ValidationError("Aravis could not make a camera on \(interface).")
            }
            guard arv_gv_fake_camera_is_running(camera) != 0,
                let inner = arv_gv_fake_camera_get_fake_camera(camera)
            else {
                throw ValidationError(
                    "no camera on --interface \(interface): it is no address of this machine, "
                        + "or another camera is served there.")
            }
            self.camera = UnsafeMutableRawPointer(camera)
            self.scene = Unmanaged.passRetained(Shown(scene))
            arv_fake_camera_set_fill_pattern(
                inner,
                { buffer, scene, exposure, _, format in
                    guard let buffer, let scene else { return }
                    let shown = Unmanaged<Shown>.fromOpaque(scene).takeUnretainedValue()
                    FakeBeaconCamera.fill(
                        buffer, shown.scene, format, exposure: Int64(exposure) * 1_000_000)
                }, self.scene.toOpaque())
        }

        /// Ends the service.
        func end() {
            g_object_unref(camera)
            scene.release()
        }

        private static func fill(
            _ buffer: OpaquePointer, _ scene: any CameraScene, _ format: ArvPixelFormat,
            exposure: Int64
        ) {
            let width = Int(arv_buffer_get_image_width(buffer))
            let height = Int(arv_buffer_get_image_height(buffer))
            let isByte = format == lodestar_mono_8
            // Aravis has checked that a frame of this format fits; the size it tells is set later.
            guard let data = arv_buffer_get_data(buffer, nil), width > 0, height > 0 else { return }
            let memory = UnsafeMutableRawPointer(mutating: data)
            let bits = [lodestar_mono_10: 10, lodestar_mono_12: 12, lodestar_mono_16: 16][format]
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
                let now = Int64(g_get_real_time()) * 1_000
                arv_buffer_set_timestamp(buffer, guint64(now - age / 1_000))
            }
        }
    }
#endif
