import LinuxIO
public import Quantities

/// The clock that a rate group lives by: monotonic, and able to sleep until a time of its own.
public protocol RateClock: Sendable {
    /// Now. Never goes back.
    var now: Picoseconds { get }
    /// Returns at `time` or later, at once if it has passed.
    func sleep(until time: Picoseconds)
}

/// The kernel's monotonic clock, on the time base of ``HostClock``; steps of the date do not move it.
public struct MonotonicClock: RateClock {
    /// The clock; there is one.
    public init() {}

    /// Time since the process first read the clock.
    public var now: Picoseconds { HostClock.now }

    /// Sleeps by an absolute time, so that lateness does not add up.
    public func sleep(until time: Picoseconds) { HostClock.sleepThrough(until: time) }
}
