import Quantities

/// Interruptions of light that come and go, with lengths spread evenly over their logarithm.
///
/// Between them lie exponential gaps whose mean gives the wanted share of time. Asked with times
/// that do not run backwards.
struct FadeProcess: Sendable {
    private let shortest: Double
    private let logarithmicSpan: Double
    private let meanGap: Double
    private let deepShare: Double
    private var begin: Int64
    private var end: Int64
    private var isDeep = false
    private var generator: SeededGenerator

    /// Fades that began long before `start`, so that the share holds from the first moment on.
    ///
    /// - Parameters:
    ///   - fraction: Share of time that is faded, 0 up to and without 1.
    ///   - shortest: Length of the shortest fade, ps; more than 0.
    ///   - longest: Length of the longest fade, ps; at least `shortest`.
    ///   - deepShare: Chance that a fade is deep, 0 to 1.
    ///   - start: Earliest time that will be asked, ps.
    init(
        fraction: Double, shortest: Int64, longest: Int64, deepShare: Double = 0, start: Int64,
        generator: SeededGenerator
    ) {
        self.shortest = Double(shortest)
        let span = Elementary.log(Double(longest) / Double(shortest))
        logarithmicSpan = span
        let meanFade = span > 0 ? Double(longest - shortest) / span : Double(shortest)
        meanGap = fraction > 0 ? meanFade * (1 - fraction) / fraction : .infinity
        self.deepShare = deepShare
        self.generator = generator
        begin = .max
        end = .max
        guard meanGap.isFinite else { return }
        end = start - 20 * longest - Int64(meanGap)
        drawNext()
    }

    private mutating func drawNext() {
        begin = end &+ Int64(min(meanGap * generator.exponential(), 1e18))
        let length = shortest * Elementary.exp(logarithmicSpan * generator.uniform())
        end = begin &+ Int64(length)
        isDeep = generator.uniform() < deepShare
    }

    /// Whether light is interrupted at `time` (ps), and whether the fade is a deep one.
    mutating func state(at time: Int64) -> (isFaded: Bool, isDeep: Bool) {
        while time >= end, end < Int64.max { drawNext() }
        let isFaded = time >= begin
        return (isFaded, isFaded && isDeep)
    }
}
