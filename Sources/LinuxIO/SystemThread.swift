import CLinuxIO
import Glibc

/// How the kernel schedules the calling thread.
public enum ThreadScheduling {
    /// Runs this thread before all of lower `priority`, 1 to 99, until it sleeps.
    public static func setFIFO(priority: Int) throws(LinuxIOError) {
        var parameters = sched_param()
        parameters.sched_priority = Int32(clamping: priority)
        let error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
        guard error == 0 else { throw .system(call: "pthread_setschedparam", number: error) }
    }

    /// Lets this thread run on `processors` only, numbered from 0.
    public static func pin(to processors: [Int]) throws(LinuxIOError) {
        let numbers = processors.map { Int32(clamping: $0) }
        let error = lodestar_pin_thread(numbers, numbers.count)
        guard error == 0 else { throw .system(call: "pthread_setaffinity_np", number: error) }
    }

    /// Names this thread in what the system lists; cut to 15 bytes.
    public static func setName(_ name: String) {
        var bytes = name.utf8.prefix(15).map { CChar(bitPattern: $0) }
        bytes.append(0)
        lodestar_name_thread(bytes)
    }

    /// How many processors this thread may run on; at least 1.
    public static var processorCount: Int { max(1, Int(lodestar_processor_count())) }
}

/// A thread of the kernel's; left to run by itself when the value goes away without being joined.
public struct SystemThread: ~Copyable, @unchecked Sendable {
    private let thread: pthread_t

    /// Starts a thread that runs `body` once.
    ///
    /// - Parameter stackByteCount: Rounded up to whole pages; 64 KiB at least.
    public init(
        stackByteCount: Int, _ body: @escaping @Sendable () -> Void
    ) throws(LinuxIOError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        let size = (max(stackByteCount, 65_536) + 4_095) / 4_096 * 4_096
        pthread_attr_setstacksize(&attributes, size)
        let box = Unmanaged.passRetained(ThreadBody(body))
        var started = pthread_t()
        let error = pthread_create(
            &started, &attributes,
            { raw in
                if let raw { Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        guard error == 0 else {
            box.release()
            throw .system(call: "pthread_create", number: error)
        }
        thread = started
    }

    deinit { pthread_detach(thread) }

    /// Waits until the body has returned.
    public consuming func join() {
        pthread_join(thread, nil)
        discard self
    }
}

/// What a thread runs, carried through the C library.
private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
