import CUSB
import Foundation
import LinuxIO

/// A reader of libusb's that does nothing but count bytes.
struct BareReader {
    var bytes = 0
    var pending = 0
    var isEnding = false

    /// Counts a transfer and asks for it anew.
    static let complete: libusb_transfer_cb_fn = { transfer in
        guard let transfer, let context = transfer.pointee.user_data else { return }
        let reader = context.assumingMemoryBound(to: BareReader.self)
        reader.pointee.bytes += Int(transfer.pointee.actual_length)
        if reader.pointee.isEnding || libusb_submit_transfer(transfer) != 0 {
            reader.pointee.pending -= 1
        }
    }

    /// MB/s of a reference tagger that was set before, counted for so many seconds.
    static func rate(
        of name: USBName, seconds length: Double, transfers: Int, transferBytes: Int
    ) throws -> Double {
        var context: OpaquePointer?
        guard libusb_init(&context) == 0 else { throw RateError(description: "no libusb") }
        defer { libusb_exit(context) }
        guard
            let handle = libusb_open_device_with_vid_pid(context, name.vendor, name.product),
            libusb_claim_interface(handle, 0) == 0
        else { throw RateError(description: "the bare reader cannot open \(name)") }
        defer { libusb_close(handle) }
        let reader = UnsafeMutablePointer<BareReader>.allocate(capacity: 1)
        reader.initialize(to: BareReader())
        defer { reader.deallocate() }
        var made: [UnsafeMutablePointer<libusb_transfer>] = []
        for _ in 0..<transfers {
            guard let transfer = libusb_alloc_transfer(0) else { continue }
            libusb_fill_bulk_transfer(
                transfer, handle, 0x81, .allocate(capacity: transferBytes), Int32(transferBytes),
                complete, reader, 0)
            made.append(transfer)
            guard libusb_submit_transfer(transfer) == 0 else {
                throw RateError(description: "the bare reader cannot read \(name)")
            }
            reader.pointee.pending += 1
        }
        libusb_control_transfer(handle, 0x40, 0x20, 0, 0, nil, 0, 1000)
        handleEvents(context, for: 0.2)
        let before = reader.pointee.bytes
        let start = DispatchTime.now().uptimeNanoseconds
        handleEvents(context, for: length)
        let span = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        let bytes = reader.pointee.bytes - before
        libusb_control_transfer(handle, 0x40, 0x21, 0, 0, nil, 0, 1000)
        reader.pointee.isEnding = true
        for transfer in made { libusb_cancel_transfer(transfer) }
        for _ in 0..<100 where reader.pointee.pending > 0 { handleEvents(context, for: 0.01) }
        guard reader.pointee.pending == 0 else {
            throw RateError(description: "the kernel keeps the bare reader's transfers")
        }
        for transfer in made {
            transfer.pointee.buffer.deallocate()
            libusb_free_transfer(transfer)
        }
        return Double(bytes) / span * 1e-6
    }

    /// Handles libusb's events for so many seconds.
    private static func handleEvents(_ context: OpaquePointer?, for seconds: Double) {
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(seconds * 1e9)
        while DispatchTime.now().uptimeNanoseconds < end {
            var time = timeval(tv_sec: 0, tv_usec: 10_000)
            libusb_handle_events_timeout_completed(context, &time, nil)
        }
    }
}
