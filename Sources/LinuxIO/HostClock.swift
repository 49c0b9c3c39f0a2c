import Glibc
public import Quantities

/// The host's monotonic clock, from its first use in this process: 106 days fit.
public enum HostClock {
    private static let start = monotonic()

    /// Time since the clock was first read in this process.
    public static var now: Picoseconds {
        let origin = start
        let time = monotonic()
        let seconds = Int64(time.tv_sec) - Int64(origin.tv_sec)
        let nanoseconds = Int64(time.tv_nsec) - Int64(origin.tv_nsec)
        return Picoseconds(seconds * 1_000_000_000_000 + nanoseconds * 1_000)
    }

    /// This clock's time at a time of the kernel's monotonic clock, within 106 days of its start.
    static func time(seconds: Int64, microseconds: Int64) -> Picoseconds {
        let origin = start
        let whole = (seconds &- Int64(origin.tv_sec)) &* 1_000_000_000_000
        return Picoseconds(
            whole &+ microseconds &* 1_000_000 &- Int64(origin.tv_nsec) &* 1_000)
    }

    /// This clock's time at a time of the kernel's monotonic clock, within 106 days of its start.
    static func time(nanoseconds: Int64) -> Picoseconds {
        let origin = start
        let zero = Int64(origin.tv_sec) &* 1_000_000_000 &+ Int64(origin.tv_nsec)
        return Picoseconds((nanoseconds &- zero) &* 1_000)
    }

    private static func monotonic() -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time
    }

    /// Sleeps until `time`, signals or not: late by what the scheduler takes, never early.
    public static func sleepThrough(until time: Picoseconds) {
        // Rounded up to the next nanosecond.
        let total = Int64(start.tv_nsec) + (time.count + 999) / 1_000
        var instant = timespec(
            tv_sec: start.tv_sec + Int(total / 1_000_000_000), tv_nsec: Int(total % 1_000_000_000))
        // Ends when the time has come: only a signal makes it return before.
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &instant, nil) == EINTR {}
    }

    /// Sleeps until `time` or a signal.
    public static func sleep(until time: Picoseconds) {
        let left = time.count - now.count
        guard left > 0 else { return }
        var span = timespec(
            tv_sec: Int(left / 1_000_000_000_000), tv_nsec: Int(left / 1_000 % 1_000_000_000))
        nanosleep(&span, nil)
    }
}
