import Quantities

/// The commands under way to a mirror and those it has lately carried out.
///
/// A command acts from its own start until that of the next one; before the first the mirror is at
/// rest.
struct CommandHistory: Sendable {
    /// Commands that are remembered: more than are ever between a frame and its command's effect.
    static let capacity = 32

    private var starts: InlineArray<32, Int64> = InlineArray(repeating: .min)
    private var tilts: InlineArray<32, MirrorTilt> = InlineArray(repeating: .centre)
    private var newest = 0

    /// The last command.
    var last: MirrorTilt { tilts[newest] }

    /// Takes in a command that acts from `start` on, ps; it replaces the last one if that does
    /// not start earlier.
    mutating func append(_ tilt: MirrorTilt, from start: Int64) {
        if start > starts[newest] {
            newest = newest + 1 == Self.capacity ? 0 : newest + 1
            starts[newest] = start
        }
        tilts[newest] = tilt
    }

    /// Mean tilt from time `from` to `to`, ps, or the tilt at `from` if `to` is not later.
    func mean(from: Int64, to: Int64) -> MirrorTilt {
        var sum = MirrorTilt.centre
        var covered: Int64 = 0
        var end = max(to, from &+ 1)
        var index = newest
        for _ in 0..<Self.capacity {
            let start = starts[index]
            let begin = max(start, from)
            if begin < end {
                sum = sum + Double(end &- begin) * tilts[index]
                covered &+= end &- begin
                end = begin
            }
            if start <= from { break }
            index = index == 0 ? Self.capacity - 1 : index - 1
        }
        return covered > 0 ? (1 / Double(covered)) * sum : tilts[index]
    }
}
