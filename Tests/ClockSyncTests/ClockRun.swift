@testable import ClockSync

/// What a clock made of a synthetic pass, measured against the truth.
struct ClockRun {
    var total = 0
    var valid = 0
    var slips = 0
    var largest = 0.0
    var statistics = BeaconClockStatistics()
    /// Tag times at which the clock became valid or lost validity, ps.
    var changes: [(tag: Int64, isValid: Bool)] = []
    private var squares = 0.0
    private var normalised = 0.0

    var validFraction: Double { total == 0 ? 0 : Double(valid) / Double(total) }
    /// Error over valid time, ps rms.
    var rms: Double { (squares / Double(max(valid, 1))).squareRoot() }
    /// Error over published sigma, rms.
    var normalisedError: Double { (normalised / Double(max(valid, 1))).squareRoot() }

    var report: String {
        "valid \(validFraction), rms \(rms) ps, normalised \(normalisedError), largest \(largest) ps, "
            + "slips \(slips), \(statistics)"
    }

    /// Runs a clock over the pass of `scene`.
    ///
    /// - Parameters:
    ///   - change: Adjusts the configuration.
    ///   - rows: Replaces the prediction.
    ///   - disturb: May alter, add or drop the tags of one 10 ms step.
    init(
        _ scene: Scene, lagBlocks: Int = 50, rows: [LightTimeRow]? = nil,
        configure change: (inout BeaconClockConfiguration) -> Void = { _ in },
        disturb: (Double, inout [Event]) -> Void = { _, _ in }
    ) {
        var light = SyntheticLight(scene)
        var configuration = BeaconClockConfiguration()
        if scene.photonRate == 0 {
            configuration.usesDetections = false
            configuration.offsetSigma = 1
        }
        // Known to a fifth of a second, as network time would have it.
        configuration.coarseZero = scene.offset + 200_000_000_000
        change(&configuration)
        let table = rows ?? light.rows
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BeaconClock.storageBytes(lagBlocks: lagBlocks), alignment: 64)
        defer { storage.deallocate() }
        table.withUnsafeBufferPointer { rows in
            guard let prediction = LightTimeTable(rows: rows) else { return }
            var clock = BeaconClock(
                configuration: configuration, prediction: prediction, lagBlocks: lagBlocks,
                storage: storage)
            var start: Int64 = 0
            while Double(start) * 1e-12 < scene.duration {
                var events = light.events(from: start)
                disturb(Double(start) * 1e-12, &events)
                for event in events { take(event, &clock, light) }
                start += 10_000_000_000
            }
            clock.finish()
            drain(&clock, light)
            statistics = clock.statistics
        }
    }

    private mutating func take(_ event: Event, _ clock: inout BeaconClock, _ light: SyntheticLight)
    {
        while !clock.accepts(event.time) {
            let before = clock.openBlock
            clock.advance(to: event.time)
            drain(&clock, light)
            if clock.openBlock == before { break }
        }
        let isOpen = clock.accepts(event.time)
        switch event.kind {
        case .pps: clock.addPulsePerSecond(event.time)
        case .beacon: if isOpen { clock.addBeacon(event.time) } else { clock.countLate() }
        case .photon: if isOpen { clock.addDetection(event.time) }
        }
    }

    private mutating func drain(_ clock: inout BeaconClock, _ light: SyntheticLight) {
        while let segment = clock.nextSegment() {
            total += 1
            if segment.isValid != changes.last?.isValid ?? false {
                changes.append((segment.tagStart, segment.isValid))
            }
            guard segment.isValid else { continue }
            valid += 1
            let truth = light.satellite(
                atTag: segment.tagStart - Int64(light.scene.lateness.rounded()))
            let error = Double(segment.satelliteStart - truth)
            squares += error * error
            let sigma = Double(max(segment.sigma, 1))
            normalised += error * error / (sigma * sigma)
            largest = max(largest, abs(error))
            if abs(error) > 800 { slips += 1 }
        }
    }
}
