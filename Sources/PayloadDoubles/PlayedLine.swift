public import PayloadHAL
public import Quantities

/// What a ``PlayedLine`` shows; shared with the test that plays it.
public final class LineScore: @unchecked Sendable {
    /// Edges to come, by time.
    public internal(set) var edges: [LineEdge] = []
    /// The level now.
    public internal(set) var level = false
    /// Time that passed, by waiting only.
    public internal(set) var now = Picoseconds.zero
    /// Whether calls fail, as on a chip that was unplugged.
    public var isBroken = false

    /// An inactive line on which nothing happens.
    public init() {}

    /// Lets the line take a level now.
    public func play(_ level: Bool) { play(level, at: now) }

    /// Lets the line take a level at a time that has come or is to come.
    public func play(_ level: Bool, at time: Picoseconds) {
        guard level != (edges.last?.isActive ?? self.level) else { return }
        edges.append(LineEdge(time: time, isActive: level))
        if time <= now { self.level = level }
    }
}

/// An input line whose edges a test has written, with a clock of its own.
public struct PlayedLine: InputLine, ~Copyable {
    /// Why a call failed.
    public enum Failure: InstrumentError {
        /// The score says that the line is broken.
        case broken
        /// The coarse meaning of this error.
        public var fault: InstrumentFault { .unreachable }
    }

    /// What the line shows.
    public let score: LineScore
    /// Which edges are told.
    public let edges: EdgeSelection

    /// A line that plays `score`.
    public init(_ score: LineScore, edges: EdgeSelection = .both) {
        self.score = score
        self.edges = edges
    }

    /// Time that passed, by waiting only.
    public var now: Picoseconds { score.now }

    /// The level now.
    public func isActive() throws(Failure) -> Bool {
        guard !score.isBroken else { throw .broken }
        return score.level
    }

    /// The oldest edge not yet fetched; waits for one by moving the clock.
    public mutating func nextEdge(by deadline: Picoseconds) throws(Failure) -> LineEdge? {
        guard !score.isBroken else { throw .broken }
        while let edge = score.edges.first, edge.time <= max(deadline, score.now) {
            score.edges.removeFirst()
            score.now = max(score.now, edge.time)
            score.level = edge.isActive
            switch (edges, edge.isActive) {
            case (.both, _), (.activating, true), (.deactivating, false): return edge
            default: continue
            }
        }
        score.now = max(score.now, deadline)
        return nil
    }
}
