import Glibc
import Synchronization

/// Whether Ctrl-C, or the order to end, was given.
enum Interruption {
    private static let wasOrdered = Atomic<Bool>(false)

    /// Listens for it from now on.
    static func listen() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.wasOrdered.store(true, ordering: .relaxed) }
        }
    }

    /// Orders the end from within.
    static func order() { wasOrdered.store(true, ordering: .relaxed) }

    /// Whether to end.
    static var isOrdered: Bool { wasOrdered.load(ordering: .relaxed) }
}
