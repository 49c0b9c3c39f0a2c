import FaultyDrivers

/// The link of a simulated pass with faults on order: off loses all, intermittent for half of each
/// second; others do nothing.
struct FaultyStationLink<Link: StationLink & ~Copyable>: StationLink, ~Copyable {
    var link: Link
    private let orders: FaultOrders?

    init(_ link: consuming Link, orders: FaultOrders?) {
        self.link = link
        self.orders = orders
    }

    private func isOff(at time: Int64) -> Bool {
        switch orders?[.link] {
        case .off: true
        case .intermittent: FaultyBytes.isOff(at: time)
        default: false
        }
    }

    mutating func exchange(
        until now: Int64, deliver: (UnsafeRawBufferPointer, Int64) throws -> Void
    ) throws {
        let isLost = isOff(at: now)
        try link.exchange(until: now) { message, time in
            if !isLost { try deliver(message, time) }
        }
    }

    mutating func send(_ message: UnsafeRawBufferPointer, at now: Int64) {
        if !isOff(at: now) { link.send(message, at: now) }
    }
}
