import Dispatch
public import LinuxIO
import Synchronization

/// A thread that runs one body once, with the priority, processors and stack that were asked for.
///
/// What the machine refuses is noted and done without. An error that the body throws is told to the
/// supervisor, not lost.
public final class RealTimeThread: Sendable {
    /// How the thread was asked to run.
    public let settings: ThreadSettings
    private let ended = DispatchSemaphore(value: 0)
    private let hasEnded = Atomic<Bool>(false)

    /// Starts the thread; returns once it has its settings and before its body has done much.
    ///
    /// - Throws: `LinuxIOError` if the kernel gives no thread.
    public init(
        _ settings: ThreadSettings, supervisor: ThreadSupervisor, refused: RefusedByMachine,
        _ body: @escaping @Sendable () throws -> Void
    ) throws(LinuxIOError) {
        self.settings = settings
        let ready = DispatchSemaphore(value: 0)
        let thread = try SystemThread(stackByteCount: settings.stackByteCount) { [self] in
            Self.apply(settings, refused)
            ready.signal()
            var failure: String?
            do { try body() } catch { failure = "\(error)" }
            hasEnded.store(true, ordering: .releasing)
            supervisor.note(ThreadEnd(name: settings.name, failure: failure))
            ended.signal()
        }
        ready.wait()
        _ = consume thread
    }

    /// Whether the body has returned or thrown.
    public var isFinished: Bool { hasEnded.load(ordering: .acquiring) }

    /// Waits until the body has returned or thrown, and the supervisor knows.
    public func join() {
        ended.wait()
        // The next who waits goes through as well.
        ended.signal()
    }

    /// As ``join()``, for no more than `milliseconds`; `false` if the body still runs.
    public func join(milliseconds: Int) -> Bool {
        guard ended.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
            return false
        }
        ended.signal()
        return true
    }

    /// What is left of a stack for the frames above when it is touched, bytes.
    private static let stackMargin = 65_536

    private static func apply(_ settings: ThreadSettings, _ refused: RefusedByMachine) {
        ThreadScheduling.setName(settings.name)
        ProcessMemory.touchStack(byteCount: settings.stackByteCount - stackMargin)
        if !settings.processors.isEmpty {
            do throws(LinuxIOError) {
                try ThreadScheduling.pin(to: settings.processors)
            } catch {
                refused.note(refusal(settings, .processors, error))
            }
        }
        guard case .fifo(let priority) = settings.priority else { return }
        do throws(LinuxIOError) {
            try ThreadScheduling.setFIFO(priority: priority)
        } catch {
            refused.note(refusal(settings, .priority, error))
        }
    }

    private static func refusal(
        _ settings: ThreadSettings, _ subject: Refusal.Subject, _ error: LinuxIOError
    ) -> Refusal {
        var reason = "\(error)"
        if case .system(_, let number) = error { reason = Refusal.text(number) }
        let isPriority = subject == .priority
        let list = settings.processors.map(String.init).joined(separator: ", ")
        return Refusal(
            subject: subject, asker: settings.name,
            problem: isPriority
                ? "no \(settings.priority) (\(reason))"
                : "not on processors \(list) of \(ThreadScheduling.processorCount) (\(reason))",
            remedy: isPriority
                ? "Give it LimitRTPRIO=99 in the unit, or rtprio in limits.conf."
                : "Name processors that this machine has.")
    }
}
