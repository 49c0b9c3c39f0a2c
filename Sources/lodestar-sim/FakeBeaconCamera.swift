#if Aravis
    import ArgumentParser
    import CAravis

    /// Aravis's own fake GigE Vision camera with our scene in it.
    final class FakeBeaconCamera {
        private let camera: UnsafeMutableRawPointer
        private let scene: Unmanaged<BeaconScene>

        /// Begins to serve; the scene is drawn on a thread of Aravis's.
        init(interface: String, serial: String, scene: BeaconScene) throws {
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
            self.scene = Unmanaged.passRetained(scene)
            arv_fake_camera_set_fill_pattern(
                inner,
                { buffer, scene, _, _, format in
                    guard let buffer, let scene else { return }
                    FakeBeaconCamera.fill(
                        buffer, Unmanaged<BeaconScene>.fromOpaque(scene).takeUnretainedValue(),
                        format)
                }, self.scene.toOpaque())
        }

        /// Ends the service.
        func end() {
            g_object_unref(camera)
            scene.release()
        }

        private static func fill(
            _ buffer: OpaquePointer, _ scene: BeaconScene, _ format: ArvPixelFormat
        ) {
            let width = Int(arv_buffer_get_image_width(buffer))
            let height = Int(arv_buffer_get_image_height(buffer))
            let isByte = format == lodestar_mono_8
            // Aravis has checked that a frame of this format fits; the size it tells is set later.
            guard let data = arv_buffer_get_data(buffer, nil), width > 0, height > 0 else { return }
            let memory = UnsafeMutableRawPointer(mutating: data)
            let bits = [lodestar_mono_10: 10, lodestar_mono_12: 12, lodestar_mono_16: 16][format]
            let fullScale = isByte ? 255 : Double(1 << (bits ?? 16)) - 1
            scene.draw(width: width, height: height, fullScale: fullScale) { index, value in
                if isByte {
                    memory.storeBytes(
                        of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
                } else {
                    memory.storeBytes(
                        of: value.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
                }
            }
        }
    }
#endif
