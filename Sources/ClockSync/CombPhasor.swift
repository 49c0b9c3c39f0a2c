internal import Quantities

/// Cosine and sine of phases in 2^-64 turns, from a table.
struct CombPhasor {
    /// Base-2 logarithm of the steps per turn.
    private static let log2Steps: UInt64 = 12
    private static let steps = 4_096
    /// Bytes of storage for the table.
    static let storageBytes = steps * 16

    private let table: UnsafeMutablePointer<SIMD2<Double>>

    /// A table in `storage`, ``storageBytes`` long and 16-byte aligned.
    init(storage: UnsafeMutableRawPointer) {
        table = storage.bindMemory(to: SIMD2<Double>.self, capacity: Self.steps)
        for i in 0..<Self.steps {
            let angle = 2 * Double.pi * (Double(i) + 0.5) / Double(Self.steps)
            table[i] = SIMD2(Elementary.cos(angle), Elementary.sin(angle))
        }
    }

    /// The point of the unit circle at `turns`.
    @inline(__always)
    subscript(turns: UInt64) -> SIMD2<Double> {
        table[Int(truncatingIfNeeded: turns &>> (64 &- Self.log2Steps))]
    }
}

/// Sum of photons' phase vectors, with what the circular mean's variance needs.
struct CombSum: BitwiseCopyable {
    /// Sum of the phase vectors.
    var first = SIMD2<Double>(0, 0)
    /// Sum of the vectors of twice the phase.
    var second = SIMD2<Double>(0, 0)
    /// Sum of the times, s.
    var time = 0.0
    /// Sum of the squared times, s^2.
    var timeSquared = 0.0
    /// Photons.
    var count = 0.0

    /// Sums photons `range` of `times` against a line that begins at `start`.
    init(
        _ times: UnsafeBufferPointer<Int64>, _ range: Range<Int>, start: Int64,
        line: CombBlock.Line, phasor: CombPhasor
    ) {
        for i in range {
            let elapsed = times[i] &- start
            let turns = line.turns(after: elapsed)
            let seconds = Double(elapsed) * 1e-12
            first += phasor[turns]
            second += phasor[turns &+ turns]
            time += seconds
            timeSquared += seconds * seconds
            count += 1
        }
    }

    /// No photons.
    init() {}

    /// Squared length of the sum over the number of photons: 1 on average for noise.
    var power: Double {
        count > 0 ? (first.x * first.x + first.y * first.y) / count : 0
    }

    /// The squared contrast, without bias; may be negative for noise.
    var contrastSquared: Double { count > 1 ? (power - 1) / (count - 1) : 0 }

    /// Circular mean of the phases, turns, -1/2 to 1/2.
    var turns: Double { Elementary.atan2(first.y, first.x) / (2 * Double.pi) }

    /// Mean cosine of twice the distance from the circular mean, without bias.
    var secondHarmonic: Double {
        let squared = first.x * first.x + first.y * first.y
        guard squared > 0, count > 1 else { return 0 }
        let c = (first.x * first.x - first.y * first.y) / squared
        let s = 2 * first.x * first.y / squared
        return (second.x * c + second.y * s) / count
    }

    /// Adds the photons of `other`, whose times are `shift` seconds later on this sum's scale.
    mutating func add(_ other: CombSum, shift: Double) {
        first += other.first
        second += other.second
        timeSquared += other.timeSquared + 2 * shift * other.time + shift * shift * other.count
        time += other.time + shift * other.count
        count += other.count
    }
}

/// Variance of a circular mean, turns^2, of `count` photons with this squared contrast and second
/// harmonic (K. V. Mardia and P. E. Jupp, Directional Statistics, 2000, eq. 4.8.17).
func circularVariance(count: Double, contrastSquared: Double, secondHarmonic: Double) -> Double {
    let spread = max(1 - secondHarmonic, 1e-3)
    return spread / (2 * count * contrastSquared) / (4 * Double.pi * Double.pi)
}

/// The first index of ascending `times` whose time is `bound` or later, from index `from` on.
func firstIndex(
    _ times: UnsafeBufferPointer<Int64>, notBefore bound: Int64, from: Int = 0
) -> Int {
    var low = from
    var high = times.count
    while low < high {
        let middle = low &+ (high &- low) / 2
        if times[middle] < bound { low = middle &+ 1 } else { high = middle }
    }
    return low
}
