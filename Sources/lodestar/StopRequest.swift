import Synchronization

/// Whether somebody asked to stop; one thread asks and another looks.
final class StopRequest: Sendable {
    private let flag = Atomic<Bool>(false)

    var isAsked: Bool { flag.load(ordering: .acquiring) }
    var ask: @Sendable () -> Void {
        { [self] in flag.store(true, ordering: .releasing) }
    }
}
