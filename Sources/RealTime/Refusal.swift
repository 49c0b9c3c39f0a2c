import Glibc
import Synchronization

/// Something that the machine would not give, that is done without.
public struct Refusal: Equatable, Sendable, CustomStringConvertible {
    /// What was asked for.
    public enum Subject: String, Equatable, Sendable, CaseIterable {
        /// Running before other programs (SCHED_FIFO).
        case priority
        /// Running on processors of its own.
        case processors
        /// Memory that is never swapped or dropped.
        case lockedMemory
        /// Processors that do not sleep deeply.
        case wakefulness
        /// An allocator that keeps what it has.
        case heap
    }

    /// What was asked for.
    public var subject: Subject
    /// Who asked: a thread's name, or `process`.
    public var asker: String
    /// What was said.
    public var problem: String
    /// What to do, if it is wanted.
    public var remedy: String

    /// One line for people.
    public var description: String { "\(asker): \(problem); going on without. \(remedy)" }

    /// The text of an error number.
    static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// What the machine refused so far: each thing is kept once, in the order of asking.
public final class RefusedByMachine: Sendable {
    private let kept = Mutex<[Refusal]>([])

    /// Nothing refused yet.
    public init() {}

    /// All refusals so far.
    public var all: [Refusal] { kept.withLock { $0 } }

    /// Keeps a refusal; one of the same subject by the same asker is kept already.
    public func note(_ refusal: Refusal) {
        kept.withLock { list in
            let isKnown = list.contains {
                $0.subject == refusal.subject && $0.asker == refusal.asker
            }
            if !isKnown { list.append(refusal) }
        }
    }
}
