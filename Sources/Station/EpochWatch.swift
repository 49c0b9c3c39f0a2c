import Gating
import Monitors
import Sifting

/// The security monitors in the tag path: windows in, verdicts on epochs out.
///
/// No allocation, no time of its own, nothing learnt: the same tags give the same alarms, live and
/// in a replay.
struct EpochWatch {
    /// What the sifter is told to do.
    enum Order: Equatable {
        /// The epoch gives no key.
        case exclude(UInt32)
        /// No epoch from this one on gives key.
        case stop(UInt32)
    }

    /// Told of each epoch that was judged: its number, the verdict, what follows.
    typealias Listener = (UInt32, EpochVerdict, Order?) -> Void

    /// Epochs after the one that stopped the pass that are excluded with it: 51 s of 200 ms, more
    /// than any clock lets pass in one step.
    static let epochsAfterStop: UInt32 = 256

    /// The epoch that stopped the pass, if one did.
    private(set) var stoppedAt: UInt32?
    private(set) var monitors: SecurityMonitors
    var onVerdict: Listener?
    private let mostExcluded: Int64
    private var excluded: Int64 = 0
    private var counter: EpochCounter
    private var doubles = SIMD2<Double>(repeating: 0)
    private var crosses = 0.0

    init(
        plan: MonitorPlan, mostExcluded: Int64, windowsPerEpoch: Int64, windowSeconds: Double
    ) {
        self.mostExcluded = mostExcluded
        monitors = SecurityMonitors(plan: plan)
        counter = EpochCounter(windowsPerEpoch: windowsPerEpoch, windowSeconds: windowSeconds)
    }

    /// Takes what a window counted, and what the squasher has by now.
    mutating func take(
        _ window: WindowCounts, window number: Int64, next: Int64, squasher: Squasher
    ) -> Order? {
        var window = window
        let doublesNow = SIMD2(Double(squasher.doubles[0]), Double(squasher.doubles[1]))
        let crossesNow = Double(squasher.crosses)
        window.doubles = doublesNow - doubles
        window.crosses = crossesNow - crosses
        (doubles, crosses) = (doublesNow, crossesNow)
        guard stoppedAt == nil,
            let (epoch, counts) = counter.take(window, index: number, next: next),
            let epoch = UInt32(exactly: epoch)
        else { return nil }
        let verdict = monitors.take(counts, number: Int64(epoch))
        let order = order(verdict, epoch)
        onVerdict?(epoch, verdict, order)
        return order
    }

    private mutating func order(_ verdict: EpochVerdict, _ epoch: UInt32) -> Order? {
        switch verdict.effect {
        case .flag, nil: return nil
        case .exclude:
            excluded += 1
            // Chance does not do that so often: the epochs between, in which an attack hides in
            // dim light, are not safe either.
            guard excluded > mostExcluded else { return .exclude(epoch) }
        case .abort: break
        }
        stoppedAt = epoch
        return .stop(epoch)
    }
}
