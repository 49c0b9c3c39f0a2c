/// The beacon pulses of one block, as residuals from what the clock predicts.
struct PulseBlock {
    /// Beacon tags looked at in one block: 100 true ones and four times as many false ones.
    static let capacity = 512
    /// Bytes of storage for a block's pulses.
    static var storageBytes: Int { capacity * MemoryLayout<Pulse>.stride }

    /// One beacon tag.
    struct Pulse: BitwiseCopyable {
        /// Tag time after the block's middle, s.
        var elapsed: Double
        /// Satellite time less that of the nearest pulse of the train, ps.
        var residual: Double
        /// That pulse's number.
        var number: Int64
    }

    /// Sums over the pulses of one block that fit.
    struct Sum {
        /// Pulses.
        var count: UInt64 = 0
        /// The same as a floating-point number.
        var weight = 0.0
        /// Sum of their times after the block's middle, s.
        var elapsed = 0.0
        /// Sum of their residuals, ps.
        var residual = 0.0
        /// Sum of the squares of their residuals, ps^2.
        var squares = 0.0
    }

    private let pulses: UnsafeMutablePointer<Pulse>
    /// Pulses held.
    private(set) var count = 0

    /// No pulses, in ``storageBytes`` of `storage`, 8-byte aligned.
    init(storage: UnsafeMutableRawPointer) {
        pulses = storage.bindMemory(to: Pulse.self, capacity: Self.capacity)
    }

    /// Whether another pulse finds room.
    var hasRoom: Bool { count < Self.capacity }

    /// Pulse number `index`, 0 up to ``count``.
    subscript(index: Int) -> Pulse { pulses[index] }

    /// Adds a pulse; there must be room.
    mutating func add(_ pulse: Pulse) {
        precondition(hasRoom)
        pulses[count] = pulse
        count += 1
    }

    /// Forgets all pulses.
    mutating func clear() { count = 0 }

    /// Sums over the pulses within `gate` of `centre`, the first of each number only.
    func gather(about centre: Double, gate: Double) -> Sum {
        var sum = Sum()
        var last = Int64.min
        for i in 0..<count {
            let pulse = pulses[i]
            guard abs(pulse.residual - centre) < gate, pulse.number != last else { continue }
            last = pulse.number
            sum.count += 1
            sum.weight += 1
            sum.elapsed += pulse.elapsed
            sum.residual += pulse.residual
            sum.squares += pulse.residual * pulse.residual
        }
        return sum
    }

    /// Where pulses crowd within `reach` of the prediction, if more than chance would crowd them.
    ///
    /// - Parameters:
    ///   - reach: At most half the beacon's period, ps.
    ///   - jitter: Scatter of true pulses, ps.
    func densestCluster(within reach: Double, jitter: Double) -> (count: Int, centre: Double)? {
        let halfWidth = 4 * jitter
        var candidates = 0
        var best = (count: 0, centre: 0.0)
        for i in 0..<count where abs(pulses[i].residual) < reach {
            candidates += 1
            var crowd = 0
            var sum = 0.0
            for j in 0..<count {
                guard abs(pulses[j].residual - pulses[i].residual) < halfWidth else { continue }
                crowd += 1
                sum += pulses[j].residual
            }
            if crowd > best.count { best = (crowd, sum / Double(crowd)) }
        }
        let expected = Double(candidates) * min(1, halfWidth / reach)
        let chance = halfWidth / reach > 0.2 ? 0 : expected
        guard Double(best.count) >= max(6, chance + 6 * chance.squareRoot()) else { return nil }
        return best
    }
}
