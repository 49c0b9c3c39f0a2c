import CUSB
import Glibc
import Quantities

/// One opened USB device with interface 0 claimed, and libusb itself.
///
/// A value is only a view; ``close()`` gives all back.
struct USBSession {
    /// Who was asked for.
    let name: USBName
    /// libusb's handle of the device.
    let handle: OpaquePointer
    /// The device's file.
    let node: String
    /// The device's serial number; empty if it has none.
    let serial: String
    /// libusb's own handle.
    let context: OpaquePointer

    /// Opens the first device that `name` fits, and that this user may have.
    ///
    /// libusb is started anew, so that a device that came since is seen without any daemon.
    init(_ name: USBName) throws(USBError) {
        let context = try USBContext.start()
        var found: (handle: OpaquePointer, entry: USBDeviceEntry)?
        var refusal: USBError?
        USBContext.forEachDevice(of: context) { device in
            guard found == nil, let entry = USBDeviceList.entry(of: device),
                entry.name.isMatched(by: name)
            else { return }
            do throws(USBError) {
                found = (try Self.claim(device, name: name, node: entry.node), entry)
            } catch { refusal = refusal ?? error }
        }
        guard let found else {
            libusb_exit(context)
            throw refusal ?? .notFound(name)
        }
        self.name = name
        handle = found.handle
        node = found.entry.node
        serial = found.entry.name.serial ?? ""
        self.context = context
    }

    /// Gives the device back; no transfer may be under way.
    func close() {
        libusb_release_interface(handle, 0)
        libusb_close(handle)
        libusb_exit(context)
    }

    private static func claim(
        _ device: OpaquePointer, name: USBName, node: String
    ) throws(USBError) -> OpaquePointer {
        var handle: OpaquePointer?
        let opened = libusb_open(device, &handle)
        guard opened == 0, let handle else {
            throw error(opened, name: name, node: node, call: "open \(node)")
        }
        libusb_set_auto_detach_kernel_driver(handle, 1)
        let claimed = libusb_claim_interface(handle, 0)
        guard claimed == 0 else {
            libusb_close(handle)
            throw error(claimed, name: name, node: node, call: "claim interface 0")
        }
        return handle
    }

    /// What a result of libusb that is not 0 means.
    func error(_ result: Int32, call: String) -> USBError {
        Self.error(result, name: name, node: node, call: call)
    }

    private static func error(
        _ result: Int32, name: USBName, node: String, call: String
    ) -> USBError {
        switch result {
        case LIBUSB_ERROR_ACCESS.rawValue: .notPermitted(name, node: node)
        case LIBUSB_ERROR_BUSY.rawValue:
            .busy(name, node: node, holder: OpenFiles.holder(of: node))
        case LIBUSB_ERROR_NO_DEVICE.rawValue: .gone(name)
        case LIBUSB_ERROR_TIMEOUT.rawValue: .timedOut(name, call: call)
        case LIBUSB_ERROR_NOT_FOUND.rawValue:
            .wrongFirmware(name, node: node, reason: "has nothing for `\(call)`")
        default: .system(name, call: call, reason: reason(result))
        }
    }

    /// Whether interface 0 has a bulk endpoint `address`.
    func hasBulkEndpoint(_ address: UInt8) -> Bool {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        let device = libusb_get_device(handle)
        guard libusb_get_active_config_descriptor(device, &configuration) == 0,
            let configuration
        else { return false }
        defer { libusb_free_config_descriptor(configuration) }
        guard configuration.pointee.bNumInterfaces > 0,
            let interface = configuration.pointee.interface?.pointee,
            interface.num_altsetting > 0, let setting = interface.altsetting?.pointee,
            let endpoints = setting.endpoint
        else { return false }
        return UnsafeBufferPointer(start: endpoints, count: Int(setting.bNumEndpoints)).contains {
            $0.bEndpointAddress == address
                && UInt32($0.bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_BULK.rawValue
        }
    }
}
