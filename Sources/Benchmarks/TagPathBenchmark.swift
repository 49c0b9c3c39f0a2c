import ClockSync
import Gating
import Monitors
import Simulator
import Station
import TimeTags

/// Bytes of the reference format to gated, slotted clicks on one core.
///
/// Three measures in one run: the decoder alone; decoder and gate with the clock given; the whole
/// tag path, whose clock follows the beacon while the tags wait for it.
struct TagPathBenchmark {
    private let rate: Double
    private let length: Int
    private let repeats: Int
    private let batch: Int
    private let interval: Int

    init(_ options: Options) {
        rate = options.number("rate", 8e6)
        length = options.count("seconds", 3)
        repeats = options.count("repeats", 9)
        interval = options.count("interval", 27_000)
        batch = max(options.count("batch", 1_024), ReferenceDecoder.smallestOutput)
    }

    func run() throws {
        let material = try Material(rate: rate, milliseconds: 500)
        let decoded = median(try (0..<repeats).map { _ in try decode(material) })
        var clicks = 0
        let times = try (0..<repeats).map { _ in try gate(material, clicks: &clicks) }
        let given = median(times)
        let whole = try WholePath(rate: rate, interval: Int64(interval)).run(seconds: length)
        let count = Double(material.count)
        print(
            "tagpath tags=\(material.count) clicks=\(clicks)",
            "accepted=\(fixed(Double(clicks) / count, 3))",
            "decode_mtags=\(fixed(count / decoded * 1e-6, 1))",
            "given_mtags=\(fixed(count / given * 1e-6, 1))",
            "given_best_mtags=\(fixed(count / (times.min() ?? given) * 1e-6, 1))",
            "whole_mtags=\(fixed(whole.speed * 1e-6, 1))",
            "watched_mtags=\(fixed(whole.watched * 1e-6, 1))",
            "watch_cost_percent=\(fixed(100 * (whole.speed / whole.watched - 1), 1))",
            "whole_accepted=\(fixed(whole.accepted, 3))", "repeats=\(repeats)")
    }

    /// Seconds for the decoder alone.
    private func decode(_ material: Material) throws -> Double {
        var decoder = ReferenceDecoder()
        let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: batch)
        defer { tags.deallocate() }
        let time = seconds {
            material.feed {
                decoder.decode($0, into: tags)
            } then: { _ in
            }
        }
        guard decoder.counters.detections == Int64(material.count) else {
            throw BenchmarkError(description: "\(decoder.counters) for \(material.count) tags")
        }
        return time
    }

    /// Seconds for decoder and gate.
    private func gate(_ material: Material, clicks total: inout Int) throws -> Double {
        var decoder = ReferenceDecoder()
        let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: batch)
        let clicks = UnsafeMutableBufferPointer<Click>.allocate(
            capacity: batch + GateStage.heldCapacity)
        clicks.initialize(repeating: Click(slot: 0, offset: 0, detector: 0))
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: GateStage.storageByteCount, alignment: 64)
        defer {
            tags.deallocate()
            clicks.deallocate()
            storage.deallocate()
        }
        var stage = GateStage(plan: try simulatedPlan(), storage: storage)
        var count = 0
        let time = material.segments.withUnsafeBufferPointer { segments in
            seconds {
                material.feed {
                    decoder.decode($0, into: tags)
                } then: { written in
                    let clock = Span(_unsafeElements: segments)
                    var out = MutableSpan(_unsafeElements: clicks)
                    let batch = UnsafeBufferPointer(rebasing: tags[..<written])
                    count += stage.process(
                        Span(_unsafeElements: batch), clock: clock, into: &out)
                }
            }
        }
        total = count
        return time
    }
}

/// The wiring of the simulated station.
func simulatedPlan() throws -> GatePlan {
    let channels = WorldParameters().channels
    var plan = try GatePlan(slotPeriod: 1_600, gateWidth: 800, deadTime: 50_000)
    let wiring: [(WorldParameters.Channel, ChannelRole)] = [
        (channels.pps, .pps), (channels.beacon, .beacon), (channels.horizontal, .horizontal),
        (channels.vertical, .vertical), (channels.diagonal, .diagonal),
        (channels.antidiagonal, .antidiagonal),
    ]
    for (input, role) in wiring {
        try plan.connect(channel: input.number, to: role, skew: input.skewPicoseconds)
    }
    return plan
}

/// Frames and their true clock, made before anything is timed.
private struct Material {
    private(set) var bytes: [UInt8] = []
    private(set) var segments: [ClockSegment] = []
    private(set) var count = 0

    init(rate: Double, milliseconds: Int) throws {
        // 30 s into the pass: 20 ppm of Doppler.
        var pass = SyntheticPass(rate: rate, start: 30_000_000_000_000)
        var encoder = ReferenceEncoder()
        for _ in 0..<milliseconds {
            pass.advance()
            segments.append(pass.segment)
            count += pass.tags.count
            try encode(pass.tags, with: &encoder, into: &bytes)
        }
    }

    /// Decodes everything in reads of 64 KiB; hands on after each call how many tags there are.
    @inline(__always)
    func feed(
        _ decode: (UnsafeRawBufferPointer) -> DecodeProgress, then use: (Int) -> Void
    ) {
        bytes.withUnsafeBytes { all in
            var start = 0
            while start < all.count {
                let end = min(start + 65_536, all.count)
                let progress = decode(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                if progress.bytesConsumed == 0 { return }
                use(progress.tagsWritten)
                start += progress.bytesConsumed
            }
        }
    }
}

/// Appends whole frames of `tags` to `bytes`.
func encode(
    _ tags: [TimeTag], with encoder: inout ReferenceEncoder, into bytes: inout [UInt8]
) throws {
    let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 16 * ReferenceEncoder.smallestOutput, alignment: 16)
    defer { room.deallocate() }
    var next = 0
    while next < tags.count {
        let progress = try tags.withUnsafeBufferPointer {
            try encoder.finish(UnsafeBufferPointer(rebasing: $0[next...]), into: room)
        }
        bytes.append(contentsOf: room[..<progress.bytesWritten])
        next += progress.tagsConsumed
    }
}

/// The whole tag path, timed over steps of 10 ms that are made between the measurements.
private struct WholePath {
    let rate: Double
    /// Intervals of one detector shorter than this are counted, ps.
    let interval: Int64

    /// One second through the path as it is, one through a path that the security monitors watch,
    /// and so on: what else the machine does falls on both.
    func run(
        seconds length: Int
    ) throws -> (speed: Double, watched: Double, accepted: Double) {
        var plain = try path(isWatched: false)
        var watched = try path(isWatched: true)
        var passes = [0, 1].map { _ in SyntheticPass(rate: rate, start: 30_000_000_000_000) }
        var sink = CountingSink()
        var speeds: [[Double]] = [[], []]
        var (clicks, detections) = (0, 0)
        // The first seconds find UTC and the pulse train and are not counted.
        for second in 0..<(length + 4) {
            let before = sink.clicks
            let (time, count) = try oneSecond(of: &passes[0], through: &plain, into: &sink)
            let counted = sink.clicks - before
            let other = try oneSecond(of: &passes[1], through: &watched, into: &sink)
            guard second >= 4 else { continue }
            speeds[0].append(Double(count) / time)
            speeds[1].append(Double(other.count) / other.time)
            clicks += counted
            detections += count
        }
        guard sink.windows > 0 else { throw BenchmarkError(description: "nothing was watched") }
        return (median(speeds[0]), median(speeds[1]), Double(clicks) / Double(detections))
    }

    private func path(isWatched: Bool) throws -> TagPath {
        let rows = SyntheticPass.prediction()
        let kept = UnsafeMutableBufferPointer<LightTimeRow>.allocate(capacity: rows.count)
        _ = kept.initialize(fromContentsOf: rows)
        guard let prediction = LightTimeTable(rows: UnsafeBufferPointer(kept)) else {
            throw BenchmarkError(description: "no light time")
        }
        var plan = try simulatedPlan()
        if isWatched { plan.shortestInterval = interval }
        var path = TagPath(
            plan: plan, clock: BeaconClockConfiguration(), prediction: prediction,
            lagBlocks: 50, waitingCapacity: 1 << 23)
        if isWatched { path.cutWindows(slots: 6_250_000, from: 0) }
        return path
    }

    private func oneSecond(
        of pass: inout SyntheticPass, through path: inout TagPath, into sink: inout CountingSink
    ) throws -> (time: Double, count: Int) {
        var encoder = ReferenceEncoder()
        var decoder = ReferenceDecoder()
        let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 8_192)
        defer { tags.deallocate() }
        var (time, count) = (0.0, 0)
        var bytes: [UInt8] = []
        for _ in 0..<100 {
            bytes.removeAll(keepingCapacity: true)
            for _ in 0..<10 {
                pass.advance()
                count += pass.tags.count
                try encode(pass.tags, with: &encoder, into: &bytes)
            }
            time += bytes.withUnsafeBytes { all in
                seconds {
                    var start = 0
                    while start < all.count {
                        let progress = decoder.decode(
                            UnsafeRawBufferPointer(rebasing: all[start...]), into: tags)
                        path.take(
                            UnsafeBufferPointer(rebasing: tags[..<progress.tagsWritten]),
                            into: &sink)
                        start += progress.bytesConsumed
                        if progress.bytesConsumed == 0 { return }
                    }
                }
            }
        }
        return (time, count)
    }
}

/// Counts clicks.
private struct CountingSink: ClickSink {
    var clicks = 0
    var windows = 0
    mutating func accept(_ counts: WindowCounts, window: Int64, next: Int64) { windows += 1 }
    mutating func accept(_ clicks: UnsafeMutableBufferPointer<Click>) {
        self.clicks += clicks.count
    }
    mutating func complete(before slot: Int64) {}
    mutating func accept(_ segment: ClockSegment, offset: Double, beaconSigma: Double) {}
}
