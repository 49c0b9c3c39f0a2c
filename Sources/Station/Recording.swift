import ClockSync
import Gating
import TagFiles
import TimeTags

/// A foreign recording as the analysis goes through it: more than once, in fixed memory.
struct Recording {
    /// Tags read at once.
    private static let batchCapacity = 16_384
    /// A first tag later than this on the tagger's clock means that the clock did not start with
    /// the recording, ps: 10 s.
    private static let latestStart: Int64 = 10_000_000_000_000
    /// Tag times that the analysis covers, ps: 26 days either way. Sums and differences of two, and
    /// twice any, stay within 64 bits.
    static let times: ClosedRange<Int64> = -(1 << 61)...1 << 61
    /// The steepest line through the 1PPS edges, ps/s: 0.1 %, beyond what any clock is off.
    private static let steepest = 1e9

    let path: String
    let format: TagFormat?
    let plan: GatePlan

    /// What one reading of the whole file found.
    struct Survey {
        var format = TagFormat.reference
        var perChannel = [Int64](repeating: 0, count: 256)
        var pulsesPerSecond: [Int64] = []
        var first: Int64?
        var last: Int64 = .min
        var records: Int64 = 0
        var losses: Int64 = 0
        var tagsLost: Int64 = 0
        var damage: String?
    }

    /// Calls `body` with every batch of tags in order; all lie in ``times``.
    ///
    /// - Throws: ``PassError`` for a tag that does not, `TagFileError`, and what `body` throws.
    @discardableResult
    func read(_ body: (UnsafeBufferPointer<TimeTag>) throws -> Void) throws -> (TagFormat, String?)
    {
        let batch = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: Self.batchCapacity)
        defer { batch.deallocate() }
        var reader = try TagFileReader(path: path, format: format)
        var damage: String?
        var records: Int64 = 0
        do {
            while true {
                let count = try reader.nextBatch(into: batch)
                if count == 0 { break }
                if let index = batch[..<count].firstIndex(where: { !Self.times.contains($0.time) })
                {
                    throw outOfRange(batch[index].time, record: records + Int64(index))
                }
                records += Int64(count)
                try body(UnsafeBufferPointer(rebasing: batch[..<count]))
            }
        } catch let error as TagFileError {
            // What came before a fault that ends the decoding is good; nothing at all is an error.
            guard reader.counters.detections > 0 else { throw error }
            damage = error.description
        }
        return (reader.format, damage ?? reader.damage?.description)
    }

    /// Counts everything and gathers the 1PPS edges.
    func survey() throws -> Survey {
        var survey = Survey()
        let result = try read { tags in
            for tag in tags {
                survey.records += 1
                if tag.kind == .lossBegin {
                    survey.losses += 1
                    survey.tagsLost += Int64(tag.count)
                }
                guard tag.kind == .detection else { continue }
                survey.perChannel[Int(tag.channel)] += 1
                if survey.first == nil { survey.first = tag.time }
                survey.last = max(survey.last, tag.time)
                if Int(tag.channel) < GatePlan.channelCount,
                    plan.roles[Int(tag.channel)] == .pps
                {
                    survey.pulsesPerSecond.append(tag.time - plan.skews[Int(tag.channel)])
                }
            }
        }
        survey.format = result.0
        survey.damage = result.1
        return survey
    }

    private func outOfRange(_ time: Int64, record: Int64) -> PassError {
        PassError.file(
            path: path,
            problem: """
                has record \(record), from 0, at \(time) ps; allowed are \(Self.times.lowerBound) to \
                \(Self.times.upperBound) ps, 26 days either way. The file is damaged, or \
                --format is not its format
                """)
    }

    /// Tag time at the start of the pass as the recording itself suggests it, ps.
    static func coarseZero(_ survey: Survey, given: Int64?) -> Int64 {
        if let given { return given }
        guard let first = survey.first, abs(first) > latestStart else { return 0 }
        return first
    }

    /// Tag time of UTC zero and the tagger's frequency against UTC, from the 1PPS edges.
    ///
    /// The median of all pairwise slopes over at least half the span resists stray edges (Sen, J.
    /// Am. Stat. Assoc. 63, 1379, 1968).
    static func line(
        through edges: [Int64], coarseZero: Int64
    ) -> (zero: Int64, frequency: Double)? {
        let second: Int64 = 1_000_000_000_000
        let numbered = edges.map { edge -> (n: Int64, rest: Double) in
            let span = edge - coarseZero
            let n = (span + (span < 0 ? -second / 2 : second / 2)) / second
            return (n, Double(span - n * second))
        }.filter { abs($0.rest) < 0.4e12 }
        guard numbered.count >= 3 else { return nil }
        let step = max(1, numbered.count / 400)
        let some = stride(from: 0, to: numbered.count, by: step).map { numbered[$0] }
        let span = (some.last?.n ?? 0) - (some.first?.n ?? 0)
        var slopes: [Double] = []
        for (index, a) in some.enumerated() {
            for b in some[(index + 1)...] where b.n - a.n >= max(1, span / 2) {
                slopes.append((b.rest - a.rest) / Double(b.n - a.n))
            }
        }
        guard !slopes.isEmpty else { return nil }
        slopes.sort()
        let slope = slopes[slopes.count / 2]
        guard abs(slope) <= steepest else { return nil }
        let offsets = numbered.map { $0.rest - slope * Double($0.n) }.sorted()
        return (coarseZero + Int64(offsets[offsets.count / 2].rounded()), slope)
    }
}
