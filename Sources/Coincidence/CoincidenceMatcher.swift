import Quantities
public import Wire

/// Finds which clicks of two stations are pairs, from what both announced and nothing else.
///
/// Two clicks may be a pair if their slots are at most the tolerance apart; a click is of at most
/// one pair. Where a click has several possible partners, the pair of the least distance is made
/// first, and among equal distances the one that lies earlier, by the sum of its slots. That
/// orders all possible pairs of different clicks without a tie: two with the same distance and sum
/// would have all four slots filled at both stations, which pairs of distance 0 take first. The
/// rule knows neither bits nor bases, so that it cannot choose data by its outcomes, and it does
/// not change if the stations are exchanged. It is all in whole numbers: both ends find the same.
///
/// With a software dead time longer than twice the tolerance no click has two possible partners.
public enum CoincidenceMatcher {
    /// Matches the clicks of one epoch.
    ///
    /// - Parameters:
    ///   - first: The first station's clicks, ascending by slot, each slot once.
    ///   - second: The second station's, alike.
    ///   - tolerance: Up to ``CoincidenceParameters/largestTolerance``, in slots.
    ///   - partners: Room for one number per click of both stations.
    ///   - pairs: Room for as many pairs as the station with fewer clicks has clicks.
    /// - Returns: How many pairs were made; they ascend by ``CoincidencePair/first``.
    public static func match(
        _ first: UnsafeBufferPointer<ClickWord>, _ second: UnsafeBufferPointer<ClickWord>,
        tolerance: UInt32, partners: UnsafeMutableBufferPointer<UInt32>,
        into pairs: UnsafeMutableBufferPointer<CoincidencePair>
    ) -> Int {
        precondition(tolerance <= CoincidenceParameters.largestTolerance)
        precondition(partners.count >= first.count + second.count)
        precondition(pairs.count >= min(first.count, second.count))
        for index in 0..<(first.count + second.count) { partners[index] = none }
        var distance: UInt32 = 0
        while distance <= tolerance {
            matchAt(distance, first, second, partners)
            distance &+= 1
        }
        var count = 0
        for index in 0..<first.count where partners[index] != none {
            pairs[count] = CoincidencePair(
                first: UInt32(truncatingIfNeeded: index), second: partners[index])
            count += 1
        }
        return count
    }

    /// How many of `clicks` have more than one possible partner among `others`.
    public static func contested(
        _ clicks: UnsafeBufferPointer<ClickWord>, _ others: UnsafeBufferPointer<ClickWord>,
        tolerance: UInt32
    ) -> Int {
        var count = 0
        var start = 0
        for click in clicks {
            while start < others.count, others[start].slot &+ tolerance < click.slot { start += 1 }
            if start + 1 < others.count, others[start + 1].slot <= click.slot &+ tolerance {
                count += 1
            }
        }
        return count
    }

    /// No partner; there are fewer clicks in an epoch than that.
    private static let none = UInt32.max

    /// Makes the pairs whose slots are `distance` apart, the earlier first.
    private static func matchAt(
        _ distance: UInt32, _ first: UnsafeBufferPointer<ClickWord>,
        _ second: UnsafeBufferPointer<ClickWord>, _ partners: UnsafeMutableBufferPointer<UInt32>
    ) {
        // Where the later click of a pair is sought, at either station.
        var (laterFirst, laterSecond) = (0, 0)
        var (i, j) = (0, 0)
        // The earlier click of a pair goes through the slots of both stations in order.
        while i < first.count || j < second.count {
            if j == second.count || (i < first.count && first[i].slot <= second[j].slot) {
                let wanted = first[i].slot &+ distance
                advance(&laterSecond, to: wanted, in: second)
                if partners[i] == none, laterSecond < second.count,
                    second[laterSecond].slot == wanted,
                    partners[first.count + laterSecond] == none
                {
                    join(i, laterSecond, firstCount: first.count, partners)
                }
                i += 1
            } else {
                let wanted = second[j].slot &+ distance
                advance(&laterFirst, to: wanted, in: first)
                if partners[first.count + j] == none, laterFirst < first.count,
                    first[laterFirst].slot == wanted, partners[laterFirst] == none
                {
                    join(laterFirst, j, firstCount: first.count, partners)
                }
                j += 1
            }
        }
    }

    private static func join(
        _ i: Int, _ j: Int, firstCount: Int, _ partners: UnsafeMutableBufferPointer<UInt32>
    ) {
        partners[i] = UInt32(truncatingIfNeeded: j)
        partners[firstCount + j] = UInt32(truncatingIfNeeded: i)
    }

    private static func advance(
        _ index: inout Int, to slot: UInt32, in clicks: UnsafeBufferPointer<ClickWord>
    ) {
        while index < clicks.count, clicks[index].slot < slot { index += 1 }
    }
}
