import CUSB
import Quantities

/// The transfers of one bulk endpoint that are under way, in the order in which they were asked
/// for; memory taken once, by ``init(handle:endpoint:transferBytes:count:)``.
///
/// A value is only a view; ``release(from:)`` gives the memory back. libusb itself makes a small
/// block per transfer and frees it again, whoever uses it.
struct USBRing {
    /// One transfer.
    struct Slot {
        /// libusb's record of it.
        var transfer: UnsafeMutablePointer<libusb_transfer>
        /// Not 0 once it is complete, in whatever way; an `int` because libusb watches it.
        var isComplete: Int32
    }

    /// The endpoint, 0x81 to 0x8F.
    let endpoint: UInt8
    /// Most bytes of a transfer.
    let transferBytes: Int
    private let slots: UnsafeMutableBufferPointer<Slot>
    private let memory: UnsafeMutablePointer<UInt8>
    private let isKernelMemory: Bool

    /// Takes memory for `count` transfers; none is under way yet. `nil` if there is none.
    ///
    /// The memory is the kernel's own where it gives some, so that nothing is copied.
    init?(handle: OpaquePointer, endpoint: UInt8, transferBytes: Int, count: Int) {
        let size = transferBytes * count
        let shared = libusb_dev_mem_alloc(handle, size)
        isKernelMemory = shared != nil
        memory = shared ?? .allocate(capacity: size)
        self.endpoint = endpoint
        self.transferBytes = transferBytes
        slots = .allocate(capacity: count)
        for index in 0..<count {
            guard let transfer = libusb_alloc_transfer(0) else {
                for made in 0..<index { libusb_free_transfer(slots[made].transfer) }
                slots.deallocate()
                if shared == nil {
                    memory.deallocate()
                } else {
                    libusb_dev_mem_free(handle, shared, size)
                }
                return nil
            }
            slots.initializeElement(at: index, to: Slot(transfer: transfer, isComplete: 1))
            libusb_fill_bulk_transfer(
                transfer, handle, endpoint, memory + index * transferBytes, Int32(transferBytes),
                Self.complete, slots.baseAddress.map { $0 + index }, 0)
        }
    }

    /// Marks a transfer as complete; called by libusb while this thread handles its events.
    private static let complete: libusb_transfer_cb_fn = { transfer in
        guard let slot = transfer?.pointee.user_data else { return }
        slot.assumingMemoryBound(to: Slot.self).pointee.isComplete = 1
    }

    /// How many transfers there are.
    var count: Int { slots.count }

    /// Whether transfer `index` is complete, or was never asked for.
    func isComplete(_ index: Int) -> Bool { slots[index].isComplete != 0 }

    /// How transfer `index` ended.
    func status(_ index: Int) -> libusb_transfer_status { slots[index].transfer.pointee.status }

    /// What transfer `index` brought; holds until it is asked for again.
    func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let count = Int(max(0, slots[index].transfer.pointee.actual_length))
        return UnsafeRawBufferPointer(
            start: memory + index * transferBytes, count: min(count, transferBytes))
    }

    /// Asks for transfer `index` anew; returns libusb's result.
    func submit(_ index: Int) -> Int32 {
        slots[index].isComplete = 0
        let result = libusb_submit_transfer(slots[index].transfer)
        if result != 0 { slots[index].isComplete = 1 }
        return result
    }

    /// Handles events until transfer `index` is complete or `deadline`; returns libusb's result.
    ///
    /// Handles what is there at once also if the deadline is past.
    func handleEvents(
        _ context: OpaquePointer, until index: Int, by deadline: Picoseconds
    ) -> Int32 {
        var isFirst = true
        while slots[index].isComplete == 0 {
            let left = deadline.count &- HostClock.now.count
            guard left > 0 || isFirst else { return 0 }
            isFirst = false
            // A minute at most, so that the numbers fit whatever the deadline is.
            let span = min(max(left, 0), 60_000_000_000_000)
            var time = timeval(
                tv_sec: Int(span / 1_000_000_000_000), tv_usec: Int(span / 1_000_000 % 1_000_000))
            let result = withUnsafeMutablePointer(to: &slots[index].isComplete) {
                libusb_handle_events_timeout_completed(context, &time, $0)
            }
            guard result == 0 || result == LIBUSB_ERROR_INTERRUPTED.rawValue else { return result }
        }
        return 0
    }

    /// Calls all back that are under way and waits for them until `deadline`; whether all came.
    func cancelAll(_ context: OpaquePointer, by deadline: Picoseconds) -> Bool {
        for slot in slots where slot.isComplete == 0 { libusb_cancel_transfer(slot.transfer) }
        for index in slots.indices {
            _ = handleEvents(context, until: index, by: deadline)
            guard slots[index].isComplete != 0 else { return false }
        }
        return true
    }

    /// Gives the memory back; no transfer may be under way.
    func release(from handle: OpaquePointer) {
        for slot in slots { libusb_free_transfer(slot.transfer) }
        if isKernelMemory {
            libusb_dev_mem_free(handle, memory, transferBytes * count)
        } else {
            memory.deallocate()
        }
        slots.deallocate()
    }
}
