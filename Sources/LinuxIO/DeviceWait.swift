/// Waits for devices that somebody may end before their deadlines: Ctrl-C at whoever gave the order.
///
/// Serial lines, sockets, requests to USB devices, cameras of V4L2 and of Aravis listen to it. What the
/// camera library does while it looks for a camera does not.
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

    /// Runs `body`, whose waits last as long as they need: what leaves an instrument safe.
    public static func whole<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try $isOver.withValue(nil) { Result(catching: body) }.get()
    }
}
