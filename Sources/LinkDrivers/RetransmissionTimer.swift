import Quantities

/// How long an acknowledgement may take: a mean and a spread of what it took, RFC 6298.
struct RetransmissionTimer {
    /// Time-out before anything was measured, and its bounds: an acknowledgement may wait 100 ms
    /// for the line, 44 ms behind a part and 50 ms for an end that looks twenty times a second;
    /// longer than 1 s a link that comes back would wait.
    static var first: Int64 { 500_000_000_000 }
    static var shortest: Int64 { 250_000_000_000 }
    static var longest: Int64 { 1_000_000_000_000 }

    /// The time-out, ps.
    private(set) var timeout = Picoseconds(first)
    /// Mean and spread, ps; mean 0 before the first measurement.
    private var mean: Int64 = 0
    private var spread: Int64 = 0

    /// Takes what one acknowledgement took, if its part was sent only once (Karn's algorithm).
    mutating func take(_ span: Picoseconds) {
        let span = min(max(span.count, 1), 60_000_000_000_000)
        if mean == 0 {
            mean = span
            spread = span / 2
        } else {
            spread = (3 * spread + abs(mean - span)) / 4
            mean = (7 * mean + span) / 8
        }
        settle()
    }

    /// Doubles the time-out after one passed.
    mutating func backOff() { timeout = Picoseconds(min(2 * timeout.count, Self.longest)) }

    /// Ends the doubling, because something was acknowledged.
    mutating func settle() {
        guard mean > 0 else { return }
        timeout = Picoseconds(min(max(mean + 4 * spread, Self.shortest), Self.longest))
    }

    /// Forgets all, for another line.
    mutating func reset() { self = RetransmissionTimer() }
}
