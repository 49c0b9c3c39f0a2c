import Quantities
import TimeTags

/// Counts of all four detectors beside the camera's frames, from a tagger that goes on sending while
/// nobody reads.
final class DetectorCounter {
    /// A star: each detector far below what its guard lets pass.
    private static let setting = BenchSetting(.lamp(rate: 50_000))

    private let bench: any DetectorBench
    private let now: () -> Picoseconds
    /// Up to when tags were read, on the host's clock.
    private var read = Picoseconds.zero

    /// - Parameter now: The host's clock.
    init(_ bench: any DetectorBench, now: @escaping () -> Picoseconds) {
        self.bench = bench
        self.now = now
    }

    /// Has the light set, which may ask a person, and opens the detectors.
    func open(isCancelled: () -> Bool) throws(ProcedureFailure) {
        try bench.set(Self.setting, isCancelled: isCancelled)
        read = now()
    }

    /// Counts of `seconds` from now on: what was before is not counted.
    func count(seconds: Double) throws(ProcedureFailure) -> Double {
        // What has waited since is read first, or the count would be of the past.
        let waited = min(Double(now().count - read.count) * 1e-12, 5)
        if waited > 0 { try bench.take(seconds: waited) { _ in true } }
        // The same setting again asks nobody, but says from when tags count.
        try bench.set(Self.setting, isCancelled: { false })
        var counts = 0
        try bench.take(seconds: seconds) { tags in
            for tag in tags where tag.kind == .detection {
                for lane in 0..<4 where bench.channels[lane] == tag.channel { counts += 1 }
            }
            return true
        }
        read = now()
        return Double(counts)
    }
}
