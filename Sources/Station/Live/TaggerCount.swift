public import BoardFile
import GateDrivers
public import PayloadHAL
import Quantities
public import RealTime
import TagFiles
import TimeTags

/// Counts what a tagger sends while no pass does: dark counts, a lamp, a first signal.
///
/// Nothing is recorded, and nothing is driven: gates and shutter stay as they are. Whoever opened a
/// gate by hand is told of too much light, and closes it.
public struct TaggerCount: Sendable {
    /// How long a read waits: an end is seen at least so often.
    private static let patience = Picoseconds.milliseconds(20)

    private let board: Board
    private let counts: LiveCounts

    /// Counts of `board`'s tagger, into `counts`, which nobody else feeds meanwhile.
    public init(board: Board, counts: LiveCounts) {
        self.board = board
        self.counts = counts
    }

    /// Starts the tagger, counts until told to end, and stops it.
    ///
    /// - Parameters:
    ///   - tagger: Configured.
    ///   - isOver: Asked some fifty times a second.
    ///   - onExcess: Called on this thread when detectors count more than `detectors.rate_limit`.
    /// - Throws: What the tagger does; it is not looked for again.
    public func run<Tagger: TimeTagger & ~Copyable>(
        _ tagger: consuming Tagger, isOver: () -> Bool, onExcess: () -> Void
    ) throws(Tagger.Failure) {
        let channels = board.channels
        let detectors = [
            channels.horizontal, channels.vertical, channels.diagonal, channels.antidiagonal,
        ].map { $0?.channel }
        var feed = LiveFeed(
            counts, detectors: detectors, slotPeriod: board.transmitter.slotPeriod)
        var rates = guardOfRates(detectors)
        var decoder = StreamDecoder(TagFormat(rawValue: board.tagger.format) ?? .reference)
        var gaps = tagger.gaps
        try tagger.start()
        while !isOver() {
            var hasExcess = false
            let deadline = tagger.now.later(by: Self.patience)
            _ = try tagger.read(by: deadline) { bytes in
                decoder.take(bytes) { tags in
                    let batch = UnsafeBufferPointer(tags)
                    feed.take(batch)
                    if rates?.take(batch).isEmpty == false { hasExcess = true }
                }
            }
            if hasExcess {
                onExcess()
                rates = guardOfRates(detectors)
            }
            guard tagger.gaps != gaps else { continue }
            gaps = tagger.gaps
            _ = decoder.breakStream()
        }
        try tagger.stop()
    }

    /// What watches for too much light; `nil` where the board gives no limit that can be kept.
    private func guardOfRates(_ detectors: [UInt8?]) -> RateGuard? {
        let inputs = detectors.compactMap { $0 }
        guard inputs.count == 4, let wanted = board.detectors,
            let rule = RateGuard.Rule(
                limit: wanted.rateLimit, window: Picoseconds(wanted.rateWindow))
        else { return nil }
        return RateGuard(channels: [inputs[0], inputs[1], inputs[2], inputs[3]], rule: rule)
    }
}
