public import PayloadHAL
public import Quantities

/// A tagger whose bytes can be spoilt on order; chosen by the board in place of the tagger itself.
///
/// Kinds: off, stuck, garbage, delayed, intermittent; others do nothing.
public struct FaultyTagger<Tagger: TimeTagger & ~Copyable>: TimeTagger, ~Copyable {
    private var tagger: Tagger
    private let orders: FaultOrders
    private var bytes = FaultyBytes()

    /// Takes over `tagger`, and spoils what it says as `orders` say.
    public init(_ tagger: consuming Tagger, orders: FaultOrders) {
        self.tagger = tagger
        self.orders = orders
    }

    /// What the tagger is.
    public var identity: TaggerIdentity { tagger.identity }
    /// Time on the clock of the deadlines.
    public var now: Picoseconds { tagger.now }
    /// Gaps that the tagger itself had.
    public var gaps: Int64 { tagger.gaps }

    /// Sets the tagger.
    public mutating func configure(_ settings: TaggerSettings) throws(Tagger.Failure) {
        try tagger.configure(settings)
    }

    /// Lets the tagger send.
    public mutating func start() throws(Tagger.Failure) { try tagger.start() }

    /// Reads as the tagger does; what was spoilt away is not counted.
    public mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Tagger.Failure) -> Int {
        guard let kind = orders[.tagger] else {
            var late = 0
            // What was late when the fault was taken back.
            bytes.pass(UnsafeRawBufferPointer(start: nil, count: 0), nil, at: now.count) {
                guard !$0.isEmpty else { return }
                late += $0.count
                body($0)
            }
            return try tagger.read(by: deadline, body) + late
        }
        return try Self.read(&tagger, &bytes, kind, by: deadline, body)
    }

    private static func read(
        _ tagger: inout Tagger, _ bytes: inout FaultyBytes, _ kind: FaultKind,
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Tagger.Failure) -> Int {
        let time = tagger.now.count
        var said = 0
        _ = try tagger.read(by: deadline) { piece in
            bytes.pass(piece, kind, at: time) {
                said += $0.count
                body($0)
            }
        }
        return said
    }

    /// Stops the tagger.
    public mutating func stop() throws(Tagger.Failure) { try tagger.stop() }

    /// Finds the tagger again.
    public mutating func recover(by deadline: Picoseconds) throws(Tagger.Failure) {
        try tagger.recover(by: deadline)
    }
}
