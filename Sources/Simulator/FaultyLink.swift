import Quantities

/// The classical link between station and satellite, with everything that goes wrong on one.
///
/// Messages are opaque bytes. Each takes a delay spread evenly between two bounds and normally
/// arrives in the order sent; some are lost, damaged, doubled or overtaken, and none arrives
/// while the light is interrupted. Both directions share the interruptions. Time is virtual and
/// does not run backwards within one direction's sends; the seed fixes everything. Memory stops
/// growing once every place in the queue has held the longest message that it ever will.
public struct FaultyLink: Sendable {
    /// One end of the link.
    public enum End: Sendable {
        case station
        case satellite

        /// The other end.
        public var peer: End { self == .station ? .satellite : .station }
    }

    /// What became of a message handed to the link.
    public enum Acceptance: Equatable, Sendable {
        /// It is under way, or lost without anyone noticing.
        case taken
        /// Too many messages are under way; try again later.
        case full(capacity: Int)
        /// The link does not carry messages of this length.
        case tooLong(length: Int, allowed: Int)
    }

    /// What happened to the messages of one direction.
    public struct Counts: Equatable, Sendable {
        /// Messages taken.
        public var sent: Int64 = 0
        /// Bytes in them.
        public var bytes: Int64 = 0
        /// Taken, but lost by chance.
        public var lost: Int64 = 0
        /// Taken, but lost in a fade.
        public var faded: Int64 = 0
        /// Taken and damaged.
        public var corrupted: Int64 = 0
        /// Taken and doubled.
        public var duplicated: Int64 = 0
        /// Taken and overtaken.
        public var reordered: Int64 = 0
        /// Not taken: queue full or message too long.
        public var refused: Int64 = 0
        /// Handed to the receiver.
        public var delivered: Int64 = 0
    }

    private var up: Direction
    private var down: Direction

    /// A link on which nothing is under way.
    ///
    /// - Parameters:
    ///   - parameters: Within the ranges that ``WorldParameters/faults`` checks.
    ///   - seed: Fixes delays and faults.
    public init(_ parameters: WorldParameters.Link, seed: UInt64) {
        up = Direction(parameters, seed: seed, stream: .linkUp)
        down = Direction(parameters, seed: seed, stream: .linkDown)
    }

    /// Hands a message to the link.
    ///
    /// - Parameters:
    ///   - message: Its bytes; they are copied.
    ///   - end: Who sends it.
    ///   - time: When, UTC in ps since the start of the pass; not before the last one sent from
    ///     this end.
    public mutating func send(
        _ message: UnsafeRawBufferPointer, from end: End, at time: Int64
    ) -> Acceptance {
        end == .station ? up.send(message, at: time) : down.send(message, at: time)
    }

    /// Hands a message to the link; see ``send(_:from:at:)``.
    public mutating func send(
        _ message: [UInt8], from end: End, at time: Int64
    ) -> Acceptance {
        message.withUnsafeBytes { send($0, from: end, at: time) }
    }

    /// Takes the earliest message that has reached `end` by `time`.
    ///
    /// - Parameters:
    ///   - end: Who receives.
    ///   - time: UTC in ps since the start of the pass.
    ///   - message: Becomes the message; its storage is used again.
    /// - Returns: When it arrived, ps; `nil` if nothing has, and `message` is left as it was.
    public mutating func receive(
        at end: End, until time: Int64, into message: inout [UInt8]
    ) -> Int64? {
        end == .station
            ? down.receive(until: time, into: &message)
            : up.receive(until: time, into: &message)
    }

    /// When the next message reaches `end`, ps; `nil` if none is under way.
    public func nextArrival(at end: End) -> Int64? {
        (end == .station ? down : up).nextArrival
    }

    /// What happened to the messages sent from `end`.
    public func counts(from end: End) -> Counts { (end == .station ? up : down).counts }
}

/// The messages under way in one direction.
private struct Direction: Sendable {
    private struct Place: Sendable {
        /// When the message arrives, ps.
        var arrival: Int64 = 0
        var order: Int64 = 0
        var bytes: [UInt8] = []
    }

    private(set) var counts = FaultyLink.Counts()
    private let parameters: WorldParameters.Link
    /// The first ``underWay`` of these are taken, in no order; free ones keep their storage.
    private var places: [Place]
    private var underWay = 0
    private var earliest: Int?
    private var lastArrival = Int64.min
    private var fades: FadeProcess
    private var generator: SeededGenerator

    init(_ parameters: WorldParameters.Link, seed: UInt64, stream: RandomStream) {
        self.parameters = parameters
        places = [Place](repeating: Place(), count: parameters.capacity)
        generator = SeededGenerator(seed: seed, stream: stream.rawValue)
        // The same stream for both directions: one beam path, one interruption.
        fades = FadeProcess(
            fraction: parameters.fadeFraction, shortest: parameters.fadeShortestPicoseconds,
            longest: parameters.fadeLongestPicoseconds, start: 0,
            generator: SeededGenerator(seed: seed, stream: RandomStream.linkFades.rawValue))
    }

    mutating func send(
        _ message: UnsafeRawBufferPointer, at time: Int64
    ) -> FaultyLink.Acceptance {
        guard message.count <= parameters.largestMessage else {
            counts.refused += 1
            return .tooLong(length: message.count, allowed: parameters.largestMessage)
        }
        guard underWay < parameters.capacity else {
            counts.refused += 1
            return .full(capacity: parameters.capacity)
        }
        counts.sent += 1
        counts.bytes += Int64(message.count)
        // Every draw is made for every message, so that one fault does not shift the others.
        let isLost = generator.uniform() < parameters.lossProbability
        let isCorrupted = generator.uniform() < parameters.corruptionProbability
        let isDuplicated = generator.uniform() < parameters.duplicationProbability
        let isReordered = generator.uniform() < parameters.reorderingProbability
        let first = drawDelay()
        let second = drawDelay()
        let damage = SeededGenerator(seed: generator.next(), stream: 0)
        if fades.state(at: time).isFaded {
            counts.faded += 1
            return .taken
        }
        if isLost {
            counts.lost += 1
            return .taken
        }
        var arrival = time + first
        if isReordered {
            counts.reordered += 1
            arrival += second + parameters.delayLongestPicoseconds
        } else {
            arrival = max(arrival, lastArrival)
            lastArrival = arrival
        }
        if isCorrupted { counts.corrupted += 1 }
        put(message, arrival: arrival, damage: isCorrupted ? damage : nil)
        if isDuplicated, underWay < parameters.capacity {
            counts.duplicated += 1
            put(message, arrival: arrival + second, damage: nil)
        }
        return .taken
    }

    private mutating func drawDelay() -> Int64 {
        let spread = parameters.delayLongestPicoseconds - parameters.delayShortestPicoseconds
        return parameters.delayShortestPicoseconds + Int64(generator.below(UInt64(spread) + 1))
    }

    private mutating func put(
        _ message: UnsafeRawBufferPointer, arrival: Int64, damage: SeededGenerator?
    ) {
        let index = underWay
        places[index].arrival = arrival
        places[index].order = counts.sent
        places[index].bytes.removeAll(keepingCapacity: true)
        places[index].bytes.append(contentsOf: message)
        underWay += 1
        if let known = earliest, !isEarlier(index, than: known) {
            // The one that was next still is.
        } else {
            earliest = index
        }
        guard var damage, message.count > 0 else { return }
        let turned = 1 + damage.below(8)
        for _ in 0..<turned {
            let bit = Int(damage.below(UInt64(message.count) * 8))
            places[index].bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }

    private func isEarlier(_ a: Int, than b: Int) -> Bool {
        (places[a].arrival, places[a].order) < (places[b].arrival, places[b].order)
    }

    private mutating func findEarliest() {
        earliest = nil
        for index in 0..<underWay {
            if let known = earliest, !isEarlier(index, than: known) { continue }
            earliest = index
        }
    }

    var nextArrival: Int64? { earliest.map { places[$0].arrival } }

    mutating func receive(until time: Int64, into message: inout [UInt8]) -> Int64? {
        guard let index = earliest, places[index].arrival <= time else { return nil }
        let arrival = places[index].arrival
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: places[index].bytes)
        underWay -= 1
        places.swapAt(index, underWay)
        findEarliest()
        counts.delivered += 1
        return arrival
    }
}
