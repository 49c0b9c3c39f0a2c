internal import Quantities
public import TimeTags

/// What four detectors counted at one setting of a scan.
public struct StepCounts: Equatable, Sendable, BitwiseCopyable {
    /// Counts by detector.
    public var counts: SIMD4<Double>
    /// Those of them that came sooner after the one before than ``RateCounter`` allows.
    public var doubleEdges: SIMD4<Double>
    /// Time in which nothing was missing, s.
    public var seconds: Double

    /// Counts with every field given.
    public init(
        counts: SIMD4<Double>, doubleEdges: SIMD4<Double> = SIMD4(repeating: 0), seconds: Double
    ) {
        self.counts = counts
        self.doubleEdges = doubleEdges
        self.seconds = seconds
    }
}

/// Counts the tags of up to four channels while a scan rests at one setting.
public struct RateCounter: Sendable {
    private let channels: SIMD4<UInt8>
    private let closest: Int64
    private let start: Int64
    private var last = SIMD4<Int64>(repeating: .min / 4)
    private var step = StepCounts(counts: SIMD4(repeating: 0), seconds: 0)
    /// Where tags began to be missing.
    private var lossStart: Int64?
    private var lost: Int64 = 0

    /// A counter from `start` ps on.
    ///
    /// - Parameters:
    ///   - channels: Of the detectors; 0 for one that is not there.
    ///   - closest: Intervals below this, ps, are double edges: half the dead time.
    public init(channels: SIMD4<UInt8>, start: Int64, closest: Int64 = 0) {
        self.channels = channels
        self.start = start
        self.closest = closest
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.time >= start {
            guard tag.kind == .detection else {
                note(tag)
                continue
            }
            guard lossStart == nil, tag.channel != 0 else { continue }
            for lane in 0..<4 where channels[lane] == tag.channel {
                step.counts[lane] += 1
                if tag.time &- last[lane] < closest { step.doubleEdges[lane] += 1 }
                last[lane] = tag.time
            }
        }
    }

    private mutating func note(_ tag: TimeTag) {
        if tag.kind == .lossBegin, lossStart == nil { lossStart = tag.time }
        if tag.kind == .lossEnd, let begin = lossStart {
            lost &+= max(tag.time &- begin, 0)
            lossStart = nil
        }
    }

    /// What was counted until `end` ps, up to which every tag has been taken in.
    public func counts(until end: Int64) -> StepCounts {
        var open: Int64 = 0
        if let lossStart { open = max(end &- lossStart, 0) }
        var step = step
        step.seconds = Double(max(end &- start &- lost &- open, 0)) * 1e-12
        return step
    }
}
