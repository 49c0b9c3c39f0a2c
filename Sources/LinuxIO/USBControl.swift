import CUSB
import PayloadHAL

extension USBSession {
    /// Runs one control transfer; returns its length, or libusb's error.
    ///
    /// As `libusb_control_transfer`, but called back when ``DeviceWait`` says that nobody waits for it
    /// any longer.
    ///
    /// - Parameters:
    ///   - type: `bmRequestType` of USB 2.0, table 9-2; its highest bit says that the device answers.
    ///   - data: What is sent, or where the answer goes.
    ///   - milliseconds: How long it may take, more than 0.
    func control(
        _ type: UInt8, _ request: ControlRequest, _ data: UnsafeMutableBufferPointer<UInt8>,
        milliseconds: UInt32
    ) -> Int32 {
        let setup = 8
        guard let transfer = libusb_alloc_transfer(0) else { return LIBUSB_ERROR_NO_MEM.rawValue }
        defer { libusb_free_transfer(transfer) }
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: setup + data.count)
        defer { memory.deallocate() }
        let room = UnsafeMutableBufferPointer(rebasing: memory[setup...])
        libusb_fill_control_setup(
            memory.baseAddress, type, request.request, request.value, request.index,
            UInt16(data.count))
        let isAnswered = type & 0x80 != 0
        if !isAnswered { _ = room.update(fromContentsOf: data) }
        var isComplete: Int32 = 0
        return withUnsafeMutablePointer(to: &isComplete) { isComplete in
            libusb_fill_control_transfer(
                transfer, handle, memory.baseAddress,
                { $0?.pointee.user_data.assumingMemoryBound(to: Int32.self).pointee = 1 },
                isComplete, milliseconds)
            let submitted = libusb_submit_transfer(transfer)
            guard submitted == 0 else { return submitted }
            wait(for: transfer, isComplete)
            let count = Int(transfer.pointee.actual_length)
            if isAnswered, count <= data.count {
                _ = data.update(fromContentsOf: room[..<(room.startIndex + count)])
            }
            return Self.result(transfer.pointee)
        }
    }

    /// Handles events until the transfer is complete: the kernel has its memory until then.
    private func wait(
        for transfer: UnsafeMutablePointer<libusb_transfer>,
        _ isComplete: UnsafeMutablePointer<Int32>
    ) {
        var isCalledBack = false
        while isComplete.pointee == 0 {
            let part = DeviceWait.part(of: 60_000)
            var time = timeval(tv_sec: Int(part / 1_000), tv_usec: Int(part % 1_000) * 1_000)
            let handled = libusb_handle_events_timeout_completed(context, &time, isComplete)
            let isFault = handled != 0 && handled != LIBUSB_ERROR_INTERRUPTED.rawValue
            if isFault || DeviceWait.shouldEnd, !isCalledBack {
                libusb_cancel_transfer(transfer)
                isCalledBack = true
            }
        }
    }

    private static func result(_ transfer: libusb_transfer) -> Int32 {
        switch transfer.status {
        case LIBUSB_TRANSFER_COMPLETED: transfer.actual_length
        // Called back: by libusb at its time, or by us before.
        case LIBUSB_TRANSFER_TIMED_OUT, LIBUSB_TRANSFER_CANCELLED: LIBUSB_ERROR_TIMEOUT.rawValue
        case LIBUSB_TRANSFER_STALL: LIBUSB_ERROR_PIPE.rawValue
        case LIBUSB_TRANSFER_NO_DEVICE: LIBUSB_ERROR_NO_DEVICE.rawValue
        case LIBUSB_TRANSFER_OVERFLOW: LIBUSB_ERROR_OVERFLOW.rawValue
        default: LIBUSB_ERROR_IO.rawValue
        }
    }
}
