/// The memory behind an endpoint to the host: bytes in packets, of which short ones end transfers.
public struct BulkQueue: Sendable {
    /// Bytes that it holds at most.
    public let capacity: Int
    /// Bytes in it.
    public private(set) var count = 0

    /// Where a short packet ends, in bytes since the queue was made.
    private struct End: Sendable {
        var position: Int64
        /// Whether the packet is empty, and comes after one that was full.
        var isEmpty: Bool
    }

    private var bytes: [UInt8]
    private var head = 0
    private var taken: Int64 = 0
    private var ends: [End] = []
    private var firstEnd = 0

    /// An empty queue.
    ///
    /// - Parameter capacity: At least 1 byte.
    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        bytes = [UInt8](repeating: 0, count: capacity)
    }

    /// Bytes that still fit.
    public var space: Int { capacity - count }

    /// Puts in one transfer of the device's, or nothing and returns `false` if it does not fit.
    ///
    /// - Parameters:
    ///   - packetSize: Of the endpoint; a last packet that is not full is short and ends it.
    ///   - endsEmpty: Whether an empty packet ends it otherwise.
    public mutating func append(
        _ transfer: UnsafeRawBufferPointer, packetSize: Int, endsEmpty: Bool
    ) -> Bool {
        guard transfer.count <= space else { return false }
        let tail = (head + count) % capacity
        let straight = min(transfer.count, capacity - tail)
        bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[tail...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: transfer[..<straight]))
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: transfer[straight...]))
        }
        count += transfer.count
        let isShort = transfer.count % packetSize != 0
        let position = taken + Int64(count)
        // Two ends in one place would be two empty packets, which say no more than one.
        if isShort || endsEmpty, ends.last?.position != position {
            ends.append(End(position: position, isEmpty: !isShort))
        }
        return true
    }

    /// Forgets all.
    public mutating func removeAll() {
        taken += Int64(count)
        count = 0
        ends.removeAll(keepingCapacity: true)
        firstEnd = 0
    }

    /// Fills a transfer of `length` bytes as packets would: see ``USBFunction/transmit``.
    public mutating func transmit(
        _ length: Int, packetSize: Int, into output: inout [UInt8]
    ) -> TransmitAnswer {
        let end = firstEnd < ends.count ? ends[firstEnd] : nil
        let untilEnd = end.map { Int($0.position - taken) }
        if let end, let untilEnd {
            // An empty packet behind exactly what was asked for ends the transfer after this one.
            if untilEnd < length || (untilEnd == length && !end.isEmpty) {
                move(untilEnd, into: &output)
                dropEnd()
                return .complete
            }
        }
        let inPackets = length - length % packetSize
        if inPackets == length {
            guard count >= length, length > 0 else { return .wait }
            move(length, into: &output)
            return .complete
        }
        guard count >= inPackets else { return .wait }
        let next = min(packetSize, (untilEnd ?? count) - inPackets)
        guard next == packetSize || untilEnd != nil else { return .wait }
        // The packet that did not fit is gone, as on a bus.
        move(length, into: &output)
        drop(next - (length - inPackets))
        if let end, end.position == taken, !end.isEmpty { dropEnd() }
        return .overflow
    }

    private mutating func move(_ length: Int, into output: inout [UInt8]) {
        let straight = min(length, capacity - head)
        output.append(contentsOf: bytes[head..<head + straight])
        output.append(contentsOf: bytes[0..<length - straight])
        drop(length)
    }

    private mutating func drop(_ length: Int) {
        head = (head + length) % capacity
        count -= length
        taken += Int64(length)
    }

    private mutating func dropEnd() {
        firstEnd += 1
        guard firstEnd >= 256 || firstEnd == ends.count else { return }
        ends.removeFirst(firstEnd)
        firstEnd = 0
    }
}
