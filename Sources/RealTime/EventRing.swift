import Synchronization

/// What was noted last, for whoever asks: a ring whose numbers go on when old notes are written over.
public final class EventRing: Sendable {
    /// One note.
    public struct Event: Equatable, Sendable {
        /// Which note since the start, from 1.
        public var number: UInt64
        /// When: host time since the start, ps.
        public var time: Int64
        /// How grave: `info`, `warning`, `error`.
        public var level: String
        /// What was noted.
        public var text: String
    }

    /// Notes that are kept: an evening of a quiet station.
    public static let capacity = 256

    private struct State {
        var events: [Event] = []
        var count: UInt64 = 0
    }

    private let state = Mutex(State())

    /// A ring of nothing.
    public init() { state.withLock { $0.events.reserveCapacity(Self.capacity) } }

    /// Adds a note. Not for real-time threads: it takes a lock.
    ///
    /// - Parameter time: Host time since the start, ps.
    public func note(_ level: String, _ text: String, time: Int64) {
        state.withLock { state in
            state.count += 1
            let event = Event(number: state.count, time: time, level: level, text: text)
            if state.events.count < Self.capacity {
                state.events.append(event)
            } else {
                state.events[Int((state.count - 1) % UInt64(Self.capacity))] = event
            }
        }
    }

    /// The newest notes, the oldest of them first.
    public func latest(_ limit: Int = capacity) -> [Event] {
        state.withLock { state in
            state.events.sorted { $0.number < $1.number }.suffix(limit)
        }
    }
}
