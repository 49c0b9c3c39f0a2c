import Glibc
import Synchronization

/// Waits for devices that somebody may end before their deadlines: Ctrl-C at whoever gave the order.
///
/// Serial lines, sockets, requests to USB devices, cameras of V4L2 and of Aravis listen to it. What cannot
/// is done ``apart(_:)``.
public enum DeviceWait {
    /// Whether the waits of this thread should end now; `nil` while nobody can say so.
    @TaskLocal private static var isOver: (@Sendable () -> Bool)?

    /// The longest that a wait goes on before it looks: a fifth of what a person takes for at once.
    static let slice: Int64 = 20

    /// Whether the wait under way should end now.
    public static var shouldEnd: Bool { isOver?() ?? false }

    /// Most milliseconds to wait before ``shouldEnd`` is asked again, of the `milliseconds` left.
    public static func part(of milliseconds: Int64) -> Int64 {
        isOver == nil ? milliseconds : min(milliseconds, slice)
    }

    /// Runs `body`, in which a wait throws ``LinuxIOError/interrupted`` soon after `isOver` says so.
    public static func ending<Value, Failure: Error>(
        when isOver: @escaping @Sendable () -> Bool, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try $isOver.withValue(isOver) { Result(catching: body) }.get()
    }

    /// Runs `body` on a thread of its own where somebody may end the wait for it; `nil` if it was ended.
    /// What `body` finds after that is let go.
    public static func apart<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) -> Value? {
        guard isOver != nil else { return body() }
        let found = Found<Value>()
        let stack = 1 << 21
        do throws(LinuxIOError) {
            // Left to itself: nobody may be there any more when it ends.
            _ = try SystemThread(stackByteCount: stack) {
                let value = body()
                found.value.withLock { $0 = value }
            }
        } catch { return body() }
        while true {
            if let value = found.value.withLock({ $0 }) { return value }
            if shouldEnd { return nil }
            usleep(2_000)
        }
    }

    private final class Found<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Runs `body`, whose waits last as long as they need: what leaves an instrument safe.
    public static func whole<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try $isOver.withValue(nil) { Result(catching: body) }.get()
    }
}
