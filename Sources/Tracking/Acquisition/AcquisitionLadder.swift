public import Quantities

/// Climbs from the prediction to the fine loop and falls back step by step: open loop, coarse
/// camera, spiral, fine loop.
///
/// The command to the mount is prediction(t + time bias) + cross-track bias + ``LadderOutput``'s
/// offset. The first coarse sighting sets the biases at once, later ones move the offset by a
/// slow loop. Losing the fine camera falls back to the coarse one if that still sees the beacon,
/// else the telescope coasts on what was learnt, first still, then in a growing search.
public struct AcquisitionLadder: Sendable {
    /// The numbers.
    public let parameters: LadderParameters
    /// The step it stands on.
    public private(set) var mode = LadderMode.openLoop
    /// What was learnt of the prediction's error.
    public private(set) var bias: TrackBias
    /// Where the middle of the fine field stands in the coarse camera, rad.
    public private(set) var boresight: FieldAngle
    /// Rms of the error while a loop is closed, over about a second, rad.
    public private(set) var rms = 0.0

    private let firstBias: TrackBias
    private var base = FieldAngle.zero
    private var scanOffset = FieldAngle.zero
    private var integral = FieldAngle.zero
    private var wide: ScanPattern
    private var spiral: ScanPattern
    private var time: Int64?
    private var modeTime: Int64 = 0
    private var coarseTime: Int64?
    private var fineTime: Int64?
    private var settledTime: Int64?
    private var coarseStep: Int64 = 0
    private var fineStep: Int64?
    /// Sightings that taught the boresight in this pass; a `Double`, as it only divides.
    private var boresightCount = 0.0
    private var isCoastSearching = false
    private var event: LadderEvent?

    /// A ladder at its foot.
    ///
    /// - Parameters:
    ///   - parameters: The numbers; the scans must leave no holes.
    ///   - bias: What is known of the prediction's error beforehand.
    ///   - boresight: Where the fine field stands in the coarse camera, from the last pass, rad.
    public init(
        _ parameters: LadderParameters, bias: TrackBias = TrackBias(),
        boresight: FieldAngle = .zero
    ) throws(ScanParameters.Fault) {
        self.parameters = parameters
        self.bias = bias
        firstBias = bias
        self.boresight = boresight
        wide = try ScanPattern(parameters.wideScan)
        spiral = try ScanPattern(parameters.fineScan)
    }

    /// Begins again at the foot, after the telescope was elsewhere; keeps what was learnt of the
    /// prediction, of the mount and of the boresight.
    public mutating func restart(at now: Int64) {
        scanOffset = .zero
        coarseTime = nil
        fineTime = nil
        enter(.openLoop, now, nil)
    }

    /// One tick: what was seen in, what to do out.
    ///
    /// Sightings that are not finite count as none.
    public mutating func step(_ given: LadderInput) -> LadderOutput {
        let input = given.finite
        event = nil
        let seconds = time.map { min(max(Double(input.time &- $0) * 1e-12, 0), 1) } ?? 0
        if time == nil { modeTime = input.time }
        time = input.time
        if input.coarse != nil { coarseTime = input.time }
        if input.fine != nil { fineTime = input.time }
        switch mode {
        case .openLoop, .wideSearch: search(input, seconds)
        case .coarse, .fineSearch: holdCoarse(input, seconds)
        case .fine: holdFine(input, seconds)
        case .coast: coast(input, seconds)
        }
        giveUpIfAstray(input.time)
        return LadderOutput(
            mode: mode, offset: base + scanOffset, isFineLoopClosed: mode == .fine, event: event)
    }

    /// Seconds since `past`, infinite if there is none.
    private func age(_ past: Int64?, _ now: Int64) -> Double {
        past.map { Double(now &- $0) * 1e-12 } ?? .infinity
    }

    private mutating func enter(_ next: LadderMode, _ now: Int64, _ what: LadderEvent?) {
        mode = next
        modeTime = now
        event = what ?? event
        integral = .zero
        settledTime = nil
        fineStep = nil
        isCoastSearching = false
    }

    /// Drops what leads further off than any prediction errs: a star, an aircraft.
    private mutating func giveUpIfAstray(_ now: Int64) {
        guard base.length > parameters.offsetLimit else { return }
        base = .zero
        bias = firstBias
        scanOffset = .zero
        enter(.openLoop, now, mode == .fine ? .fineLost : .coarseLost)
    }

    // MARK: Open loop and search

    private mutating func search(_ input: LadderInput, _ seconds: Double) {
        if takeSighting(input) { return }
        let now = input.time
        if mode == .openLoop {
            guard age(modeTime, now) > parameters.searchDelay else { return }
            wide.restart()
            enter(.wideSearch, now, .searchStarted)
        }
        wide.advance(by: seconds)
        if wide.isExhausted {
            // What was learnt did not help: it may have been learnt from something else.
            base = .zero
            bias = firstBias
            wide.restart()
            event = .searchExhausted
        }
        scanOffset = wide.offset(trackRate: input.trackRate)
    }

    /// Goes to the camera that sees the beacon, the fine one first.
    private mutating func takeSighting(_ input: LadderInput) -> Bool {
        if let fine = input.fine, acquireFine(fine, input) { return true }
        guard let coarse = input.coarse else { return false }
        let place = base + scanOffset + coarse - boresight + input.mountError
        guard place.length <= parameters.offsetLimit else { return false }
        base = place
        scanOffset = .zero
        teachBias(input)
        rms = parameters.unsettledRms
        coarseStep = input.time
        enter(.coarse, input.time, .coarseAcquired)
        return true
    }

    /// Explains as much of the offset as it can by errors of the prediction.
    private mutating func teachBias(_ input: LadderInput) {
        let before = bias.offset(rate: input.trackRate)
        bias.take(base, rate: input.trackRate, sigma: parameters.sightingSigma)
        // What the bias now covers must not be covered twice.
        base = base - (bias.offset(rate: input.trackRate) - before)
    }

    // MARK: Coarse loop and spiral

    private mutating func holdCoarse(_ input: LadderInput, _ seconds: Double) {
        let now = input.time
        if let fine = input.fine, acquireFine(fine, input) { return }
        guard age(coarseTime, now) <= parameters.coarseLoss else {
            scanOffset = .zero
            enter(.coast, now, .coarseLost)
            return
        }
        if let coarse = input.coarse {
            let error = coarse - boresight + input.mountError + scanOffset
            let span = min(Double(now &- coarseStep) * 1e-12, 0.2)
            coarseStep = now
            correct(error, gain: parameters.coarseGain, span)
            noteSettling(now)
        }
        if mode == .fineSearch {
            searchFine(input, seconds)
        } else if settledTime != nil, age(settledTime, now) > parameters.spiralDelay {
            let settled = settledTime
            spiral.restart()
            enter(.fineSearch, now, .searchStarted)
            settledTime = settled
        }
    }

    private mutating func noteSettling(_ now: Int64) {
        if settledTime == nil, rms < parameters.settledRms {
            settledTime = now
            event = .coarseSettled
        } else if settledTime != nil, rms > parameters.unsettledRms {
            settledTime = nil
        }
    }

    private mutating func searchFine(_ input: LadderInput, _ seconds: Double) {
        guard settledTime != nil else {
            scanOffset = .zero
            enter(.coarse, input.time, nil)
            return
        }
        spiral.advance(by: seconds)
        if spiral.isExhausted {
            spiral.restart()
            event = .searchExhausted
        }
        scanOffset = spiral.offset(trackRate: input.trackRate)
    }

    /// Moves the offset after an error by a slow loop, and keeps the error's rms.
    private mutating func correct(_ error: FieldAngle, gain: Double, _ seconds: Double) {
        // Half a second of memory: long against the air, short against the loop.
        let fresh = min(seconds / 0.5, 1)
        let square = error.x * error.x + error.y * error.y
        rms = (rms * rms + fresh * (square - rms * rms)).squareRoot()
        integral = integral + (gain / parameters.integralTime * seconds) * error
        var rate = gain * error + integral
        let speed = rate.length
        if speed > parameters.rateLimit {
            rate = (parameters.rateLimit / speed) * rate
            // At the limit the integral would only wind up.
            integral = integral - (gain / parameters.integralTime * seconds) * error
        }
        base = base + seconds * rate
    }

    // MARK: Fine loop

    /// Goes to the fine camera, unless what it sees stands where no satellite can.
    private mutating func acquireFine(_ fine: FieldAngle, _ input: LadderInput) -> Bool {
        let place = base + scanOffset + fine + input.mountError
        guard place.length <= parameters.offsetLimit else { return false }
        if let coarse = input.coarse { boresight = coarse - fine }
        base = place
        scanOffset = .zero
        if mode != .coast { teachBias(input) }
        rms = parameters.boresightRms
        enter(.fine, input.time, .fineAcquired)
        return true
    }

    private mutating func holdFine(_ input: LadderInput, _ seconds: Double) {
        let now = input.time
        guard age(fineTime, now) <= parameters.fineLoss else {
            coarseStep = now
            rms = parameters.unsettledRms
            let isSeen = age(coarseTime, now) <= parameters.coarseLoss
            enter(isSeen ? .coarse : .coast, now, .fineLost)
            return
        }
        guard let fine = input.fine else { return }
        let span = fineStep.map { min(max(Double(now &- $0) * 1e-12, 0), 0.2) } ?? 0
        fineStep = now
        correct(fine + input.mountError, gain: parameters.fineGain, span)
        guard let coarse = input.coarse, age(modeTime, now) > parameters.boresightDelay,
            rms < parameters.boresightRms
        else { return }
        let frame = min(max(Double(now &- coarseStep) * 1e-12, 0), 1)
        coarseStep = now
        // The mean of the first sightings of the pass, then a memory of the time constant.
        boresightCount += 1
        let share = max(min(frame / parameters.boresightTime, 1), 1 / boresightCount)
        boresight = boresight + share * (coarse - fine - boresight)
    }

    // MARK: Coasting

    private mutating func coast(_ input: LadderInput, _ seconds: Double) {
        if takeSighting(input) { return }
        let now = input.time
        let waited = age(modeTime, now)
        if waited > parameters.coastLimit {
            scanOffset = .zero
            enter(.openLoop, now, nil)
            return
        }
        guard waited > parameters.coastHold else { return }
        if !isCoastSearching {
            isCoastSearching = true
            spiral.restart()
            event = .searchStarted
        }
        spiral.advance(by: seconds)
        if spiral.isExhausted {
            spiral.restart()
            event = .searchExhausted
        }
        scanOffset = spiral.offset(trackRate: input.trackRate)
    }
}
