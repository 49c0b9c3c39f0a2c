public import PayloadHAL
public import Quantities

/// What a tagger's driver does against its protocol; empty if nothing.
///
/// The tagger has to send something while it runs, if only signs of life or test pulses. Real
/// taggers, emulated ones and doubles pass alike.
///
/// - Parameters:
///   - settings: Rightful settings that make it send something.
///   - patience: Within which something comes once it runs, and a recovery is done.
public func taggerFaults<Tagger: TimeTagger & ~Copyable>(
    of tagger: inout Tagger, settings: TaggerSettings, patience: Picoseconds
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    let identity = tagger.identity
    check(1...32 ~= identity.channels, "it has \(identity.channels) channels")
    check(
        identity.tick.numerator > 0 && identity.tick.denominator > 0, "its tick is \(identity.tick)"
    )
    check(!identity.model.isEmpty, "it has no model")
    var gaps = tagger.gaps
    func checkGaps(_ now: Int64) {
        check(now >= gaps, "the gaps step back from \(gaps) to \(now)")
        gaps = now
    }
    do throws(Tagger.Failure) {
        try tagger.configure(settings)
        check(try bytes(of: &tagger, patience) == 0, "it sends before it is started")
        for _ in 0..<2 { try tagger.start() }
        check(try bytes(of: &tagger, patience) > 0, "nothing comes after the start")
        checkGaps(tagger.gaps)
        for _ in 0..<2 { try tagger.stop() }
        check(try bytes(of: &tagger, patience) == 0, "it sends after it was stopped")
        try tagger.start()
        check(try bytes(of: &tagger, patience) > 0, "nothing comes after the second start")
        try tagger.recover(by: tagger.now.later(by: patience))
        checkGaps(tagger.gaps)
        check(try bytes(of: &tagger, patience) > 0, "nothing comes after a recovery")
        try tagger.configure(settings)
        check(try bytes(of: &tagger, patience) > 0, "nothing comes after setting it anew")
        try tagger.stop()
        checkGaps(tagger.gaps)
    } catch { faults.append("a rightful order failed: \(error)") }
    check(tagger.identity == identity, "it is another one after all that")
    return faults + refusalFaults(of: &tagger)
}

/// How many bytes a tagger gives: the first that come within `patience`.
private func bytes<Tagger: TimeTagger & ~Copyable>(
    of tagger: inout Tagger, _ patience: Picoseconds
) throws(Tagger.Failure) -> Int {
    let deadline = tagger.now.later(by: patience)
    // A read may end early with nothing, as after a stall; how often is bounded.
    for _ in 0..<100 {
        var seen = 0
        let count = try tagger.read(by: deadline) { seen += $0.count }
        if seen != count { return -1 }
        if count > 0 { return count }
        if tagger.now >= deadline { return 0 }
    }
    return 0
}

/// What a tagger takes that its identity says it cannot.
private func refusalFaults<Tagger: TimeTagger & ~Copyable>(
    of tagger: inout Tagger
) -> [String] {
    let identity = tagger.identity
    var wrong: [(String, TaggerSettings)] = []
    func add(_ what: String, _ change: (inout TaggerSettings) -> Void) {
        var settings = TaggerSettings()
        change(&settings)
        wrong.append((what, settings))
    }
    let range = identity.thresholds ?? 0...0
    add("a threshold beyond its channels") {
        $0.thresholds = [ChannelThreshold(channel: identity.channels, volts: range.lowerBound)]
    }
    for volts in [range.upperBound + 0.1, range.lowerBound - 0.1, .nan, .infinity] {
        add("a threshold of \(volts) V") {
            $0.thresholds = (0..<identity.channels).map {
                ChannelThreshold(channel: $0, volts: volts)
            }
        }
    }
    if identity.channels < 32 {
        add("a channel that it does not have") {
            $0.enabledChannels = 1 << UInt32(identity.channels)
        }
    }
    if !identity.enablesChannels, identity.channels > 1 {
        add("single channels") { $0.enabledChannels = 1 }
    }
    if !identity.takesExternalClock { add("a clock from outside") { $0.clockSource = .external } }
    add("a test pulse without period") { $0.testPulse = TestPulse(channels: 1, period: .zero) }
    if !identity.hasTestPulse {
        add("a test pulse") {
            $0.testPulse = TestPulse(channels: 1, period: .milliseconds(1))
        }
    }

    var faults: [String] = []
    for (what, settings) in wrong {
        do throws(Tagger.Failure) {
            try tagger.configure(settings)
            faults.append("it took \(what)")
        } catch {
            if error.fault != .outOfRange {
                faults.append("\(what): \(error) is no fault of range")
            }
        }
    }
    return faults
}

/// What a USB device's driver does against its protocol; empty if nothing.
///
/// - Parameters:
///   - question: A request that the device answers.
///   - nonsense: A request that it stalls.
///   - endpoint: One on which something comes by itself or after `start`.
///   - patience: Within which everything is done.
///   - start: Makes the device send, by its own requests.
public func bulkDeviceFaults<Device: BulkDevice & ~Copyable>(
    of device: inout Device, question: ControlRequest, nonsense: ControlRequest, endpoint: UInt8,
    patience: Picoseconds, start: (borrowing Device) -> Void
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    var memory = InlineArray<64, UInt8>(repeating: 0)
    do throws(Device.Failure) {
        for round in 1...2 {
            var span = memory.mutableSpan
            var room = span.mutableBytes
            let answered = try device.ask(
                question, into: &room, by: device.now.later(by: patience))
            check(answered > 0, "the question is not answered")
            for _ in 0..<2 {
                try device.startStream(endpoint: endpoint, transferBytes: 4096, transfers: 4)
            }
            start(device)
            let before = device.events
            let end = device.now.later(by: patience)
            var handed = 0
            var seen = 0
            while handed == 0, device.now < end {
                handed += try device.read(by: end) { seen += $0.count }
            }
            check(handed > 0, "nothing came in round \(round)")
            check(handed == seen, "\(handed) bytes were said to come, \(seen) came")
            check(
                device.events.bytes - before.bytes == Int64(handed), "the bytes are not counted")
            for _ in 0..<2 { device.stopStream() }
            try device.reopen(by: device.now.later(by: patience))
        }
    } catch { faults.append("a rightful call failed: \(error)") }
    do throws(Device.Failure) {
        var span = memory.mutableSpan
        var room = span.mutableBytes
        _ = try device.ask(nonsense, into: &room, by: device.now.later(by: patience))
        faults.append("a senseless request was answered")
    } catch { check(error.fault == .refused, "a senseless request: \(error) is no refusal") }
    do throws(Device.Failure) {
        _ = try device.read(by: device.now) { _ in }
        faults.append("a stream that was not started was read")
    } catch { check(error.fault == .unreachable, "without a stream: \(error)") }
    return faults
}
