public import BoardFile
public import GateDrivers
public import PayloadHAL
import Quantities
import TagFiles
public import TimeTags

/// A bench of real drivers: any tagger, gates and shutter; whoever moves lamp, filters and plates is
/// told what is needed.
///
/// The detectors' guard looks at every tag before anybody else does and blanks what counts too
/// much. Thresholds are set through the tagger where it can. Spans of tags begin after the bench
/// has been brought to its setting, and follow one another without gaps in ``time``.
public final class LiveDetectorBench<
    Tagger: TimeTagger & ~Copyable, Gate: DetectorGate & ~Copyable, Shutter: OutputLine & ~Copyable
>: DetectorBench {
    /// Without a tag for so long the tagger is taken for dead, ps.
    private static var silence: Int64 { 5_000_000_000_000 }
    /// Tags of so long after the gates were opened are not counted: all is still by then, ps.
    private static var settling: Int64 { 10_000_000_000 }
    /// A span without a tag at its end is over by the host's clock when none came for so long, ps.
    private static var lateness: Int64 { 500_000_000_000 }

    let stream: LiveTagStream<Tagger>
    var bank: GateBank<Gate, Shutter>
    var rates: RateGuard
    let hands: any BenchHands
    /// How the bench stands; `nil` if nobody knows.
    var last: BenchSetting?
    /// When the gates were opened last, on the host's clock.
    var opened = Picoseconds.zero
    private let settings: TaggerSettings
    private var threshold: Double?
    private let shifted = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 8_192)
    private let sensors: () -> [String: Double]

    /// As the board says.
    public let isSimulated: Bool
    /// Which tagger.
    public let summary: String
    /// Tagger inputs of H, V, D and A.
    public let channels: SIMD4<UInt8>
    /// Tagger input of the beacon and of the laser's sync output.
    public let syncChannel: UInt8
    /// Time for which tags were handed out, ps.
    public internal(set) var time: Int64 = 0
    /// Where the light goes on an order.
    public var marksLightEnd: Bool { hands.isOrdered }

    /// Takes over tagger, gates and shutter; the tagger is configured by `settings`.
    ///
    /// - Parameters:
    ///   - rates: The guard that blanks detectors.
    ///   - sensors: Temperatures by detector, degrees Celsius.
    ///   - hands: Whoever moves what no line moves.
    public init(
        board: Board, tagger: consuming Tagger, settings: TaggerSettings,
        bank: consuming GateBank<Gate, Shutter>, rates: consuming RateGuard,
        sensors: @escaping () -> [String: Double], hands: any BenchHands
    ) throws(ProcedureFailure) {
        let inputs = try BoardInputs(board)
        channels = inputs.detectors
        syncChannel = inputs.beacon
        isSimulated = board.isSimulated
        guard let format = TagFormat(rawValue: board.tagger.format) else {
            throw .board("tagger.format \(board.tagger.format) is not known")
        }
        summary = "\(tagger.identity.model) \(tagger.identity.serial)"
        stream = LiveTagStream(tagger, format: format)
        self.bank = bank
        self.rates = rates
        self.settings = settings
        self.sensors = sensors
        self.hands = hands
        try stream.configure(settings)
    }

    deinit { shifted.deallocate() }

    // MARK: Setting

    /// Sets what the station can set, and has the rest done.
    public func set(
        _ setting: BenchSetting, isCancelled: () -> Bool
    ) throws(ProcedureFailure) {
        var asked = setting
        asked.threshold = nil
        if asked != last {
            try bring(to: asked, isSoon: false, isCancelled: isCancelled)
            // Whoever set the light has looked at it.
            rates.rearm(.all)
        }
        try setThreshold(setting.threshold)
        guard !isCancelled() else { throw .cancelled }
        try open(shutter: setting.light != .dark)
    }

    /// Has lamp, filters and plates moved, blind meanwhile: bright light and hands before the
    /// receiver.
    @discardableResult func bring(
        to setting: BenchSetting, isSoon: Bool, isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Int64? {
        try close()
        // Nobody reads while a person works.
        if !hands.isOrdered { stream.stop() }
        last = nil
        let done = try hands.bring(to: setting, isSoon: isSoon, isCancelled: isCancelled)
        guard !isCancelled() else { throw .cancelled }
        last = setting
        return done
    }

    /// Lets tags come, and opens shutter and gates but for those that the guard holds.
    func open(shutter isOpen: Bool) throws(ProcedureFailure) {
        try stream.start()
        do throws(GateBank<Gate, Shutter>.Failure) {
            try bank.setShutter(isOpen: isOpen)
            try bank.open(DetectorSet.all.subtracting(rates.latched))
        } catch {
            throw .bench("a gate or the shutter does not obey: \(error)")
        }
        opened = stream.now
    }

    /// Blanks all and closes the shutter.
    func close() throws(ProcedureFailure) {
        do throws(GateBank<Gate, Shutter>.Failure) {
            try bank.close()
        } catch {
            throw .bench("a gate or the shutter cannot be closed: \(error)")
        }
    }

    private func setThreshold(_ wanted: Double?) throws(ProcedureFailure) {
        guard wanted != threshold else { return }
        let identity = stream.identity
        guard identity.thresholds != nil, !identity.sharesThreshold else {
            throw .bench("this tagger's thresholds cannot be set one by one: \(summary)")
        }
        var changed = settings
        if let wanted {
            changed.thresholds.removeAll { entry in
                (0..<4).contains { Int(channels[$0]) == entry.channel }
            }
            for lane in 0..<4 {
                changed.thresholds.append(
                    ChannelThreshold(channel: Int(channels[lane]), volts: wanted * 1e-3))
            }
        }
        try stream.configure(changed)
        threshold = wanted
    }

    // MARK: Tags

    /// Hands out the tags of `seconds` on the tagger's clock.
    public func take(
        seconds: Double, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        try stream.start()
        let span = Int64((seconds * 1e12).rounded())
        let base = time
        var begin: Int64?
        var goesOn = true
        // Ends with the span, on the body's word, or when the tagger is silent.
        while goesOn {
            try read { batch in
                guard goesOn, let begin else { return }
                goesOn = hand(batch, of: begin..<begin + span, shiftedBy: base - begin, to: body)
            }
            // A stop is heard even when no tag comes.
            if goesOn { goesOn = body(UnsafeBufferPointer(start: nil, count: 0)) }
            if begin == nil { begin = settled() }
            if goesOn, let begin, isOver(begin + span) {
                time = base + span
                return
            }
        }
    }

    /// The time from which tags count: the bench stood still by then; `nil` as long as it does not.
    private func settled() -> Int64? {
        guard let lead = stream.lead, stream.now.count >= opened.count + Self.settling else {
            return nil
        }
        return max(opened.count + lead + Self.settling, (stream.newest ?? .min) + 1)
    }

    /// Whether no more tags before `end` are to come.
    func isOver(_ end: Int64) -> Bool {
        if let newest = stream.newest, newest >= end { return true }
        // Tags that are on their way for long are waited for.
        guard stream.now.count - stream.heard.count >= Self.lateness else { return false }
        return stream.time.map { $0 >= end } ?? false
    }

    /// Reads for 20 ms at most; the guard sees the tags first.
    func read(
        _ body: (UnsafeBufferPointer<TimeTag>) -> Void
    ) throws(ProcedureFailure) {
        try stream.read { batch in
            watch(batch)
            body(batch)
        }
        let quiet = stream.now.count - stream.heard.count
        guard quiet < Self.silence else {
            throw .bench(
                "no tag came within \(Text.number(Double(quiet) * 1e-12, 3)) s: look at the "
                    + "tagger's cable and its inputs. Nothing was recorded")
        }
    }

    /// Blanks what counts more than allowed, before anybody else sees the tags.
    private func watch(_ batch: UnsafeBufferPointer<TimeTag>) {
        let tripped = rates.take(batch)
        guard !tripped.isEmpty else { return }
        // A gate that does not obey is stuck soon: ordered again, and the shutter is the way out.
        try? bank.blank(tripped)
        if !rates.stuck.isEmpty { try? bank.setShutter(isOpen: false) }
    }

    /// Hands out those of `batch` whose time is in `range`, with `shift` added to it.
    func hand(
        _ batch: UnsafeBufferPointer<TimeTag>, of range: Range<Int64>, shiftedBy shift: Int64,
        to body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) -> Bool {
        var count = 0
        for var tag in batch where range.contains(tag.time) {
            tag.time += shift
            shifted[count] = tag
            count += 1
        }
        guard count > 0 else { return true }
        time = max(time, shifted[count - 1].time)
        return body(UnsafeBufferPointer(rebasing: shifted[..<count]))
    }

    /// What the sensors read now.
    public func temperatures() -> [String: Double] { sensors() }

    /// Closes the shutter, blanks all gates, stops the tagger.
    public func makeSafe() {
        try? close()
        stream.stop()
        last = nil
    }
}
