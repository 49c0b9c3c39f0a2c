internal import Quantities
public import TimeTags

/// Sorts the clicks of four detectors by their time after the last pulse of a laser.
public struct ResponseRecorder: ~Copyable {
    /// Histograms by detector.
    public let histograms: Histograms
    private let channels: SIMD4<UInt8>
    private let sync: UInt8
    private var lastSync: Int64?
    private var lastClick = SIMD4<Int64>(repeating: .min / 4)
    private let longest: Int64
    private let holdOff: Int64
    /// Clicks that no pulse of the laser's sync output came before.
    public private(set) var clicksWithout: Int64 = 0

    /// Four histograms of one period.
    public struct Histograms: BitwiseCopyable {
        /// Of the detectors in order.
        public let first: PhaseHistogram, second: PhaseHistogram
        /// Of the detectors in order.
        public let third: PhaseHistogram, fourth: PhaseHistogram

        /// The histogram of detector `index`, 0 to 3.
        public subscript(index: Int) -> PhaseHistogram {
            switch index {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        }
    }

    /// A recorder that has seen nothing.
    ///
    /// - Parameters:
    ///   - channels: Of the detectors; 0 for one that is not there.
    ///   - sync: Channel of the laser's sync output.
    ///   - period: Of the laser, ps; the sync output may be any whole multiple slower.
    ///   - syncPeriod: Of the sync output, ps; 0 if it is the laser's. Clicks later than two of it
    ///     after a sync edge belong to one that is missing.
    ///   - memory: For the histograms: four times as many bins as each has.
    ///   - holdOff: Clicks that come sooner than this, ps, after one of the same detector are left
    ///     out: those are more often after-pulses than photons.
    public init(
        channels: SIMD4<UInt8>, sync: UInt8, period: Double, syncPeriod: Double = 0,
        memory: UnsafeMutableBufferPointer<Int64>, holdOff: Int64 = 0
    ) throws(CalibrationError) {
        let bins = memory.count / 4
        func part(_ index: Int) -> UnsafeMutableBufferPointer<Int64> {
            UnsafeMutableBufferPointer(rebasing: memory[index * bins..<(index + 1) * bins])
        }
        histograms = Histograms(
            first: try PhaseHistogram(part(0), period: period),
            second: try PhaseHistogram(part(1), period: period),
            third: try PhaseHistogram(part(2), period: period),
            fourth: try PhaseHistogram(part(3), period: period))
        self.channels = channels
        self.sync = sync
        self.holdOff = max(holdOff, 0)
        longest = Int64(min(max(2 * syncPeriod, 2 * period), 2e12))
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags {
            guard tag.kind == .detection else {
                if tag.kind == .lossBegin || tag.kind == .lossEnd { lastSync = nil }
                continue
            }
            if tag.channel == sync {
                lastSync = tag.time
                continue
            }
            for lane in 0..<4 where channels[lane] == tag.channel && tag.channel != 0 {
                click(tag.time, lane)
            }
        }
    }

    private mutating func click(_ time: Int64, _ lane: Int) {
        let before = lastClick[lane]
        lastClick[lane] = time
        guard time &- before >= holdOff else { return }
        guard let lastSync, time &- lastSync <= longest else {
            clicksWithout += 1
            return
        }
        histograms[lane].count(delay: Double(time &- lastSync))
    }
}
