public import BoardFile
import ClockSync
import Foundation
import Gating
public import TagFiles
import TimeTags

/// Runs the tag path over a recording that others made: clock, slots and gate, without a satellite.
///
/// Nothing is in a hurry here, so the clock smooths over a minute ahead, and the noise of both
/// clocks is chosen by likelihood among several.
public struct Analysis {
    /// What to analyse, and with what.
    public struct Request {
        /// The recording.
        public var file: String
        /// Its format; found from the content if `nil`.
        public var format: TagFormat?
        /// The board: channels, skews, slot and beacon rates, gate.
        public var board: Board
        /// The light-time table.
        public var lightTime: String
        /// Start of the pass, UTC seconds since 1970; satellite time zero.
        public var startUTC: Int64
        /// Tag time at the start, ps, to 0.4 s with 1PPS edges and to 20 us without; `nil`: 0.
        public var tagZero: Int64?
        /// Rows of `clock.csv` per second, 1 to 10,000.
        public var rowsPerSecond: Int64
        /// Where the results go.
        public var out: String

        /// A request with every field given.
        public init(
            file: String, format: TagFormat?, board: Board, lightTime: String, startUTC: Int64,
            tagZero: Int64?, rowsPerSecond: Int64, out: String
        ) {
            self.file = file
            self.format = format
            self.board = board
            self.lightTime = lightTime
            self.startUTC = startUTC
            self.tagZero = tagZero
            self.rowsPerSecond = rowsPerSecond
            self.out = out
        }
    }

    /// Blocks that the smoother looks ahead at most: one minute.
    private static let longestLag = 6_000

    private let request: Request
    private let plan: GatePlan
    private let recording: Recording
    private let prediction: LightTimeTable
    private let started = ContinuousClock.now

    /// Checks everything that can be checked before the recording is read.
    public init(_ request: Request) throws {
        guard (1...10_000).contains(request.rowsPerSecond) else {
            throw PassError.argument(
                name: "--rows-per-second", value: "\(request.rowsPerSecond)",
                allowed: "1 to 10000")
        }
        if let zero = request.tagZero, !Recording.times.contains(zero) {
            throw PassError.argument(
                name: "--tag-zero", value: "\(zero)",
                allowed: "\(Recording.times.lowerBound) to \(Recording.times.upperBound)")
        }
        guard request.board.channels.beacon != nil else {
            throw PassError.board(
                name: request.board.name,
                problem: "[channels] names no beacon; without one, try lodestar tags comb")
        }
        self.request = request
        plan = try request.board.gatePlan()
        prediction = try LightTimeTable.lasting(try LightTimeFile.read(request.lightTime))
        recording = Recording(path: request.file, format: request.format, plan: plan)
    }

    /// Analyses the recording and writes `clock.csv`, `clicks.npy` and `summary.json`.
    ///
    /// - Parameter progress: Told what is being done.
    public func run(progress: (String) -> Void = { _ in }) throws -> AnalysisSummary {
        do {
            try FileManager.default.createDirectory(
                atPath: request.out, withIntermediateDirectories: true)
        } catch {
            throw PassError.file(
                path: request.out, problem: "cannot be made: \(error.localizedDescription)")
        }
        progress("reading")
        let survey = try recording.survey()
        try check(survey)
        var summary = AnalysisSummary(survey: survey, request: request, plan: plan)
        let configuration = configure(survey, summary: &summary)
        let tags = try clockTags(survey)
        let chosen = choose(configuration, tags: tags, survey: survey, progress: progress)
        progress("following the clock")
        let segments = try writeClock(chosen, tags: tags, survey: survey, summary: &summary)
        progress("placing the clicks")
        try writeClicks(segments, summary: &summary)
        summary.elapsedS = (ContinuousClock.now - started).seconds
        try summary.write(to: request.out)
        return summary
    }

    private func check(_ survey: Recording.Survey) throws {
        guard let input = request.board.channels.beacon else { return }
        guard survey.perChannel[Int(input.channel)] > 0 else {
            let present = survey.perChannel.indices.filter { survey.perChannel[$0] > 0 }
                .map { "\($0) (\(survey.perChannel[$0]) tags)" }.joined(separator: ", ")
            guard !present.isEmpty else {
                throw PassError.file(
                    path: request.file,
                    problem: "holds no detection" + (survey.damage.map { "; \($0)" } ?? ""))
            }
            throw PassError.board(
                name: request.board.name,
                problem: "the beacon is channel \(input.channel), but \(request.file) has only "
                    + "channels \(present)")
        }
    }

    private func configure(
        _ survey: Recording.Survey, summary: inout AnalysisSummary
    ) -> BeaconClockConfiguration {
        var configuration = request.board.clockConfiguration
        configuration.hasPulsePerSecond = false
        configuration.coarseZero = Recording.coarseZero(survey, given: request.tagZero)
        if let line = Recording.line(
            through: survey.pulsesPerSecond, coarseZero: configuration.coarseZero)
        {
            configuration.coarseZero = line.zero
            configuration.initialFrequency = line.frequency
            summary.pulsePerSecond = "\(survey.pulsesPerSecond.count) edges"
        } else {
            configuration.acquisitionRange = 20e6
            summary.pulsePerSecond = "none: tag time taken for UTC"
        }
        summary.tagZeroPs = configuration.coarseZero
        return configuration
    }

    private func clockTags(_ survey: Recording.Survey) throws -> ClockTags {
        var tags = ClockTags(expecting: survey.records)
        try recording.read { batch in
            for tag in batch { tags.add(tag, plan: plan) }
        }
        tags.sort()
        return tags
    }

    // MARK: Clock

    private func lagBlocks(_ survey: Recording.Survey) -> Int {
        let span = survey.last - (survey.first ?? survey.last)
        return max(2, min(Self.longestLag, Int(span / BeaconClock.block) + 2))
    }

    /// Runs a clock with `configuration` over `tags`.
    private func follow(
        _ configuration: BeaconClockConfiguration, tags: ClockTags, lagBlocks: Int,
        _ body: (ClockSegment, Double, Double) -> Void
    ) -> BeaconClockStatistics {
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BeaconClock.storageBytes(lagBlocks: lagBlocks), alignment: 64)
        defer { storage.deallocate() }
        var clock = BeaconClock(
            configuration: configuration, prediction: prediction, lagBlocks: lagBlocks,
            storage: storage)
        tags.run(&clock, body)
        return clock.statistics
    }

    /// Gain in log likelihood that a departure from the board's noise must bring: well beyond the
    /// 2 to 3 that chance gives one parameter.
    private static let convincing = 8.0

    /// The noise of clocks and prediction under which the innovations are most likely.
    private func choose(
        _ start: BeaconClockConfiguration, tags: ClockTags, survey: Recording.Survey,
        progress: (String) -> Void
    ) -> BeaconClockConfiguration {
        var best = start
        var bestScore = -Double.infinity
        func consider(_ noise: ClockNoise) {
            var candidate = start
            candidate.noise = noise
            let statistics = follow(candidate, tags: tags, lagBlocks: 2) { _, _, _ in }
            // Runs may use a few innovations more or less: their mean compares.
            let score = statistics.meanLogLikelihood
            let gain = (score - bestScore) * Double(statistics.innovations)
            guard gain > Self.convincing else { return }
            best = candidate
            bestScore = score
        }
        progress("choosing the clocks' noise")
        consider(start.noise)
        for stability in [3e-12, 1e-11, 3e-11, 1e-10, 1e-9] {
            consider(ClockNoise(stability: stability))
        }
        let phase = best.noise
        for acceleration in [4.0, 40_000, 4_000_000] {
            var noise = phase
            noise.acceleration = acceleration
            consider(noise)
        }
        return best
    }

    /// Writes `clock.csv`, and keeps the segments for the gate.
    private func writeClock(
        _ configuration: BeaconClockConfiguration, tags: ClockTags, survey: Recording.Survey,
        summary: inout AnalysisSummary
    ) throws -> [ClockSegment] {
        var table = try ClockTable(
            path: request.out + "/clock.csv", rowsPerSecond: request.rowsPerSecond)
        var segments: [ClockSegment] = []
        var sigmas: [Int32] = []
        var failure: (any Error)?
        let statistics = follow(configuration, tags: tags, lagBlocks: lagBlocks(survey)) {
            segment, offset, sigma in
            segments.append(segment)
            if segment.isValid { sigmas.append(Int32(min(sigma.rounded(.up), 1e6))) }
            do {
                try table.add(segment, offset: offset, sigma: sigma)
            } catch  where failure == nil {
                failure = error
            } catch {}
        }
        if let failure { throw failure }
        try table.finish()
        summary.fill(statistics, configuration: configuration, segments: segments, sigmas: sigmas)
        guard statistics.acquisitions > 0 else {
            throw PassError.file(
                path: request.file,
                problem: """
                    holds no beacon that the clock could find: looked for a train of \
                    \(request.board.transmitter.beaconPeriod) ps on channel \
                    \(request.board.channels.beacon?.channel ?? 0) within 50 us of the \
                    prediction. Check --start-utc, --tag-zero, the light-time table and the board
                    """)
        }
        return segments
    }

    // MARK: Clicks

    private func writeClicks(
        _ segments: [ClockSegment], summary: inout AnalysisSummary
    ) throws {
        var table = try ClickTable(path: request.out + "/clicks.npy", plan: plan)
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: GateStage.storageByteCount, alignment: 64)
        defer { storage.deallocate() }
        var gate = GateStage(plan: plan, storage: storage)
        let room = 16_384 + GateStage.heldCapacity
        let placements = UnsafeMutableBufferPointer<Placement>.allocate(capacity: room)
        placements.initialize(
            repeating: Placement(
                time: 0, click: Click(slot: 0, offset: 0, detector: 0), outcome: .outsideGate))
        defer { placements.deallocate() }
        var window = SegmentWindow(segments)
        try recording.read { tags in
            guard let first = tags.first, tags.count <= 16_384 else { return }
            let oldest = min(
                gate.heldSince ?? first.time, tags.reduce(first.time) { min($0, $1.time) })
            let newest = tags.reduce(first.time) { max($0, $1.time) }
            let count = window.covering(oldest...max(oldest, newest)) { clock in
                var out = MutableSpan(_unsafeElements: placements)
                return gate.place(Span(_unsafeElements: tags), clock: clock, into: &out)
            }
            try table.add(UnsafeBufferPointer(rebasing: placements[..<count]))
        }
        let oldest = gate.heldSince ?? 0
        let count = window.covering(oldest...Int64.max / 2) { clock in
            var out = MutableSpan(_unsafeElements: placements)
            return gate.flush(clock: clock, into: &out)
        }
        try table.add(UnsafeBufferPointer(rebasing: placements[..<count]))
        try table.finish()
        summary.fill(gate.tally, rows: table.rows)
    }
}

/// The part of all segments that some tags need.
private struct SegmentWindow {
    private let segments: [ClockSegment]
    private var start = 0

    init(_ segments: [ClockSegment]) { self.segments = segments }

    /// Calls `body` with the segments about `times`, which move forward from call to call.
    mutating func covering(
        _ times: ClosedRange<Int64>, _ body: (Span<ClockSegment>) -> Int
    ) -> Int {
        let margin: Int64 = 4_000_000
        let low = times.lowerBound &- margin
        let high = times.upperBound &+ margin
        while start + 1 < segments.count,
            segments[start].tagStart + segments[start].duration < low
        {
            start += 1
        }
        while start > 0, segments[start].tagStart > low { start -= 1 }
        var end = start
        while end < segments.count, segments[end].tagStart <= high { end += 1 }
        return segments.withUnsafeBufferPointer {
            body(Span(_unsafeElements: UnsafeBufferPointer(rebasing: $0[start..<end])))
        }
    }
}
