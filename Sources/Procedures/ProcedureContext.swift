import BoardFile
public import Calibration
import Synchronization
import TimeTags

/// What is known of the detectors from calibrations before, by detector.
public struct DetectorPriors: Equatable, Sendable {
    /// Corrected dark rates, counts per second.
    public var dark: [Estimate]?
    /// Dead times, ps.
    public var deadTime: [Double]?
    /// After-pulsing probabilities.
    public var afterpulsing: [Double]?

    /// Nothing is known.
    public init() {}

    /// Keeps what `outcome` found.
    mutating func learn(_ outcome: CalibrationOutcome) {
        func all(_ name: String) -> [Estimate]? {
            let found = DetectorRoles.names.compactMap { outcome.value(name, $0)?.estimate }
            return found.count == 4 ? found : nil
        }
        if let rates = all("dark_rate") { dark = rates }
        if let times = all("dead_time") { deadTime = times.map(\.value) }
        if let chances = all("afterpulsing") {
            afterpulsing = chances.map { min(max($0.value, 0), 0.5) }
        }
    }
}

/// What a procedure works with: bench, board, arguments, and whoever watches.
final class ProcedureContext {
    let board: Board
    let bench: any DetectorBench
    let pointing: (any PointingBench)?
    let inputs: BoardInputs
    private let arguments: [String: Double]
    private let report: (Double, String) -> Void
    private let isCancelledOutside: () -> Bool
    /// What was found before, or on the way.
    var priors: DetectorPriors
    /// What this procedure found so far.
    var outcome: CalibrationOutcome

    private var guardian: RateLimit
    /// The part of the work that is done when the span under way is, 0 to 1.
    private var done = 0.0
    /// Detector time of the whole procedure, s.
    private let planned: Double

    init(
        _ procedure: CalibrationProcedure, board: Board, bench: any DetectorBench,
        pointing: (any PointingBench)?, arguments: [String: Double], priors: DetectorPriors,
        progress: @escaping (Double, String) -> Void, isCancelled: @escaping () -> Bool
    ) throws(ProcedureFailure) {
        self.board = board
        self.bench = bench
        self.pointing = pointing
        self.arguments = arguments
        self.priors = priors
        report = progress
        isCancelledOutside = isCancelled
        inputs = try BoardInputs(board)
        outcome = CalibrationOutcome(procedure.item)
        outcome.isSimulated = bench.isSimulated
        planned = max(procedure.detectorSeconds, 0.001)
        guardian = RateLimit(
            channels: bench.channels, limit: board.detectors?.rateLimit ?? 5e6)
    }

    var limits: Board.Calibration.Limits { board.calibration.limits }
    var isCancelled: Bool { isCancelledOutside() }

    /// The argument called `name`, which the procedure declares.
    func argument(_ name: String) -> Double { arguments[name] ?? 0 }

    func tell(_ share: Double, _ text: String) { report(min(max(share, 0), 1), text) }

    func checkCancelled() throws(ProcedureFailure) {
        if isCancelled { throw .cancelled }
    }

    /// Sets the bench and hands the tags of `seconds` to `body`, watching rates and stops.
    func expose(
        _ setting: BenchSetting, for seconds: Double, _ text: String,
        _ body: (UnsafeBufferPointer<TimeTag>) -> Void
    ) throws(ProcedureFailure) {
        try checkCancelled()
        try bench.set(setting, isCancelled: isCancelledOutside)
        tell(done, text)
        let start = bench.time
        guardian.begin()
        var isStopped = false
        var taken: Int64 = 0
        try bench.take(seconds: seconds) { tags in
            guardian.take(tags)
            if isCancelledOutside() {
                isStopped = true
                return false
            }
            guard guardian.broken == nil else { return false }
            body(tags)
            for tag in tags where tag.kind == .detection && tag.channel != bench.syncChannel {
                taken += 1
            }
            let part = Double(bench.time - start) * 1e-12
            tell(done + min(part, seconds) / planned, text)
            return true
        }
        outcome.counts += taken
        outcome.detectorSeconds += Double(bench.time - start) * 1e-12
        done = min(done + seconds / planned, 1)
        if isStopped { throw .cancelled }
        if let broken = guardian.broken {
            bench.makeSafe()
            throw .saturated(
                detector: DetectorRoles.names[broken.lane], channel: bench.channels[broken.lane],
                rate: broken.rate, limit: guardian.limit)
        }
    }

    /// Over-exposes one detector, for the interlock; its rate is not limited meanwhile.
    func overExpose(
        _ lane: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Void
    ) throws(ProcedureFailure) {
        try checkCancelled()
        let text = "over-exposing \(DetectorRoles.names[lane])"
        tell(done, text)
        let start = bench.time
        var isStopped = false
        try bench.overExpose(detector: lane, cycles: cycles) { tags in
            if isCancelledOutside() {
                isStopped = true
                return false
            }
            body(tags)
            outcome.counts += Int64(tags.count)
            return true
        }
        let seconds = Double(bench.time - start) * 1e-12
        outcome.detectorSeconds += seconds
        done = min(done + seconds / planned, 1)
        if isStopped { throw .cancelled }
    }

    /// The bench of mirror and camera, with `light` before it.
    func pointingBench(_ light: PointingLight) throws(ProcedureFailure) -> any PointingBench {
        guard let pointing else {
            throw .board(
                board.pointing == nil
                    ? "board \(board.name) has no [pointing]: nobody aims here"
                    : "there is no bench for mirror and camera here")
        }
        outcome.isSimulated = pointing.isSimulated
        try pointing.await(light, isCancelled: isCancelledOutside) { tell(done, $0) }
        return pointing
    }

    /// Looks for a stop, and tells how far frame `index` of `count` has come within `share`.
    func watch(
        _ index: Int, of count: Int, _ share: ClosedRange<Double>, _ text: String
    ) throws(ProcedureFailure) {
        if index % 32 == 0 || index == count || count < 100 {
            try checkCancelled()
            let width = share.upperBound - share.lowerBound
            tell(share.lowerBound + width * Double(index) / Double(max(count, 1)), text)
        }
    }

    /// Counts of the four detectors at one setting.
    func count(
        _ setting: BenchSetting, for seconds: Double, _ text: String
    ) throws(ProcedureFailure) -> StepCounts {
        let start = bench.time
        let closest = Int64((priors.deadTime?.min() ?? 20_000) / 2)
        var counter = RateCounter(channels: bench.channels, start: start, closest: closest)
        try expose(setting, for: seconds, text) { counter.take($0) }
        return counter.counts(until: bench.time)
    }

    /// Refuses a detector that gave hardly anything of the light that was due.
    func checkAlive(_ counts: SIMD4<Double>, due: Double, lanes: [Int]) throws(ProcedureFailure) {
        for lane in lanes where counts[lane] < 0.05 * due {
            // Where another one answers in its place, the two are swapped.
            if lanes.count == 1, let other = (0..<4).first(where: { counts[$0] > 0.3 * due }) {
                throw .swapped(
                    detector: DetectorRoles.names[lane], other: DetectorRoles.names[other])
            }
            throw .dead(
                detector: DetectorRoles.names[lane], channel: bench.channels[lane],
                counts: Int64(counts[lane]), due: Int64(due))
        }
    }

    /// Runs an estimator; its error becomes one that names the detector.
    func estimating<Result>(
        _ lane: Int?, _ body: () throws(CalibrationError) -> Result
    ) throws(ProcedureFailure) -> Result {
        do throws(CalibrationError) {
            return try body()
        } catch {
            throw .estimate(error, detector: lane.map { DetectorRoles.names[$0] })
        }
    }

    /// Dead times, ps: from before, or measured now in half a second.
    func deadTimes() throws(ProcedureFailure) -> [Double] {
        if let known = priors.deadTime { return known }
        let found = try DeadTimeProcedure.measure(self, rate: 1e6, seconds: 0.5)
        let times = found.map(\.deadTime.value)
        priors.deadTime = times
        outcome.notes.append("dead times were measured on the way")
        return times
    }

    /// After-pulsing probabilities: from before, or the usual half per cent.
    func afterpulsing() -> [Double] {
        if let known = priors.afterpulsing { return known }
        let usual = board.calibration.limits.afterpulsing / 2
        outcome.notes.append(
            "after-pulsing was taken as \(Text.number(usual)): calibrate afterpulse before")
        priors.afterpulsing = [Double](repeating: usual, count: 4)
        return priors.afterpulsing ?? []
    }

    /// From counts to light for detector `lane`.
    func correction(_ lane: Int) throws(ProcedureFailure) -> RateCorrection {
        let (time, chance) = (try deadTimes()[lane], afterpulsing()[lane])
        return try estimating(lane) { () throws(CalibrationError) in
            try RateCorrection(deadTime: time, afterpulsing: chance)
        }
    }

    /// Corrected dark rates: from before, or measured now in ten seconds.
    func darkRates() throws(ProcedureFailure) -> [Estimate] {
        if let known = priors.dark { return known }
        let dark = try count(BenchSetting(.dark), for: 10, "dark counts")
        var rates: [Estimate] = []
        for lane in 0..<4 {
            rates.append(
                try estimating(lane) { () throws(CalibrationError) in
                    try RateCorrection.none.rate(of: dark.counts[lane], in: dark.seconds)
                })
        }
        priors.dark = rates
        outcome.notes.append("dark rates were measured on the way")
        return rates
    }
}

/// The highest rate that a detector may have, over a millisecond.
private struct RateLimit {
    private static let window: Int64 = 1_000_000_000
    let limit: Double
    private let channels: SIMD4<UInt8>
    private var start: Int64?
    private var counts = SIMD4<Int64>(repeating: 0)
    private(set) var broken: (lane: Int, rate: Double)?

    init(channels: SIMD4<UInt8>, limit: Double) {
        self.channels = channels
        self.limit = limit
    }

    mutating func begin() {
        start = nil
        counts = SIMD4(repeating: 0)
        broken = nil
    }

    mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.kind == .detection {
            if tag.time &- (start ?? (tag.time &- Self.window)) >= Self.window {
                start = tag.time
                counts = SIMD4(repeating: 0)
            }
            for lane in 0..<4 where channels[lane] == tag.channel {
                counts[lane] += 1
                if Double(counts[lane]) > limit * 1e-3, broken == nil {
                    let span = max(Double(tag.time &- (start ?? 0)) * 1e-12, 1e-4)
                    broken = (lane, Double(counts[lane]) / span)
                }
            }
        }
    }
}
