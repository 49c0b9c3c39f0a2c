import CLinuxIO
import Glibc
public import PayloadHAL
public import Quantities

/// A digital input of the kernel, held under the name `lodestar`, with edges stamped by the
/// kernel on its monotonic clock.
///
/// Edges are counted by the kernel, so that lost ones are known, with libgpiod 2 only; with 1.x a
/// repeated direction shows at least one.
public struct GPIOInput: InputLine, ~Copyable {
    private let line: GPIOLine
    /// Which edges are told.
    public let edges: EdgeSelection
    /// Direction and time of the last edge that was fetched.
    private var lastIsActive: Bool?
    private var lastTime = Picoseconds(.min)

    /// Takes the line at `address`.
    ///
    /// - Parameter isActiveLow: Whether active is the low voltage.
    public init(
        _ address: GPIOLineAddress, isActiveLow: Bool = false, bias: GPIOBias = .asIs,
        edges: EdgeSelection = .both
    ) throws(GPIOError) {
        line = try GPIOLine(
            address,
            lodestar_gpio_request(
                offset: 0, is_output: 0, active: 0, is_active_low: isActiveLow ? 1 : 0,
                bias: bias.code, edges: edges.code))
        self.edges = edges
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// The level now.
    public func isActive() throws(GPIOError) -> Bool { try line.isActive() }

    /// The oldest edge not yet fetched; `nil` if none came by `deadline`.
    public mutating func nextEdge(by deadline: Picoseconds) throws(GPIOError) -> LineEdge? {
        let descriptor = lodestar_gpio_descriptor(line.handle)
        guard descriptor >= 0 else {
            HostClock.sleep(until: deadline)
            return nil
        }
        guard try isReadable(descriptor, by: deadline) else { return nil }
        var found = lodestar_gpio_edge()
        let error = lodestar_gpio_next_edge(line.handle, &found)
        guard error == 0 else { throw .of(error, line: line.address) }
        let isActive = found.is_active != 0
        // Two edges the same way have one between them.
        let isRepeated = edges == .both && lastIsActive == isActive
        let lost = max(Int64(found.lost), isRepeated ? 1 : 0)
        // Kernels before 5.7 stamp by the wall clock, which may step.
        lastTime = max(lastTime, HostClock.time(nanoseconds: found.time))
        lastIsActive = isActive
        return LineEdge(time: lastTime, isActive: isActive, lost: lost)
    }

    private func isReadable(
        _ descriptor: Int32, by deadline: Picoseconds
    ) throws(GPIOError) -> Bool {
        while true {
            let left = max(deadline.count - HostClock.now.count, 0)
            let milliseconds = min((left + 999_999_999) / 1_000_000_000, 3_600_000)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN | POLLPRI), revents: 0)
            let ready = poll(&entry, 1, Int32(milliseconds))
            if ready > 0 {
                // A chip that was unplugged.
                if entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
                    throw .gone(line.address)
                }
                return true
            }
            if ready < 0 && errno != EINTR { throw .system(what: "poll", number: errno) }
            if left == 0 { return false }
        }
    }
}

extension EdgeSelection {
    fileprivate var code: lodestar_gpio_edges {
        switch self {
        case .none: LODESTAR_GPIO_EDGES_NONE
        case .activating: LODESTAR_GPIO_EDGES_RISING
        case .deactivating: LODESTAR_GPIO_EDGES_FALLING
        case .both: LODESTAR_GPIO_EDGES_BOTH
        }
    }
}
