import Quantities
import TimeTags

/// What fills a block: each function adds the edges of one cause between `first` and ``knot``.
extension SimulatedWorld {
    mutating func addPhotons(from first: Knot, transmittance: Double) {
        let source = QuantumLight(parameters.transmitter, transmittance: transmittance)
        // Below one photon in 10^5 years of slots there is no light to speak of.
        guard source.brightest > 1e-22 else { return }
        let perPhoton = 1 / source.brightest
        let period = slotPeriod
        let jitter = parameters.detectors.jitterPicoseconds
        let lastSlot = Self.firstMultiple(of: period, from: knot.satellite)
        let stretch = Self.stretch(from: first, to: knot)
        let attack = attack(at: first.tag)
        var slot = Self.firstMultiple(of: period, from: first.satellite) - 1
        while true {
            slot += 1 + Int64(min(random.photons.exponential() * perPhoton, 1e15))
            if slot >= lastSlot { return }
            let state = sequence.state(ofSlot: slot)
            let number = source.photons(intensity: state.intensity, &random.photons)
            guard number > 0 else { continue }
            let elapsed = slot * period - first.satellite
            if let attack, random.attack.uniform() < parameters.attack.strength {
                let centre = first.tag + elapsed + Int64((Double(elapsed) * stretch).rounded())
                play(attack, state: state, photons: number, at: centre)
                continue
            }
            for _ in 0..<number {
                let input = analyser.detector(of: state, random.photons.next())
                let shift = Double(elapsed) * stretch + jitter * random.photons.normal()
                light.insertSorted(
                    PendingEvent(
                        time: first.tag + elapsed + Int64(shift.rounded())
                            + inputs[Int(input)].skewPicoseconds, input: input))
            }
            count(photons: Int64(number), intensity: state.intensity)
        }
    }

    private mutating func count(photons: Int64, intensity: UInt8) {
        switch intensity {
        case 0: counts.signalPhotons += photons
        case 1: counts.decoyPhotons += photons
        default: counts.vacuumPhotons += photons
        }
    }

    mutating func addBeacon(from first: Knot, _ sample: OpticalChannel.Sample) {
        let period = parameters.transmitter.beaconPeriodPicoseconds
        let beacon = parameters.beacon
        let stretch = Self.stretch(from: first, to: knot)
        let skew = inputs[Int(PendingEvent.beaconInput)].skewPicoseconds
        let last = Self.firstMultiple(of: period, from: knot.satellite)
        var pulse = max(Self.firstMultiple(of: period, from: first.satellite), 0)
        while pulse < last {
            let elapsed = pulse * period - first.satellite
            pulse += 1
            // Drawn for every pulse, so that fades do not shift the others' numbers.
            let isMissed = random.beacon.uniform() < beacon.missedProbability
            let jitter = beacon.jitterPicoseconds * random.beacon.normal()
            guard !sample.isBeaconFaded else {
                counts.beaconFaded += 1
                continue
            }
            guard !isMissed else {
                counts.beaconMissed += 1
                continue
            }
            counts.beaconPulses += 1
            let shift = Double(elapsed) * stretch + jitter + sample.beaconWalk
            others.insertSorted(
                PendingEvent(
                    time: first.tag + elapsed + Int64(shift.rounded()) + skew,
                    input: PendingEvent.beaconInput))
        }
    }

    /// - Parameter isDark: Whether the shutters are closed, so that only dark counts are left.
    mutating func addBackground(isDark: Bool) {
        let rate = parameters.optics.backgroundHertz + parameters.detectors.darkRateHertz
        let share = isDark && rate > 0 ? parameters.detectors.darkRateHertz / rate : 1
        while nextBackground < knot.tag {
            if share < 1, random.background.uniform() >= share {
                drawNextBackground()
                continue
            }
            let detector = UInt8(random.background.next() >> 62)
            others.insertSorted(
                PendingEvent(
                    time: nextBackground + inputs[Int(detector)].skewPicoseconds, input: detector))
            counts.background += 1
            drawNextBackground()
        }
    }

    mutating func drawNextBackground() {
        let rate = 4 * (parameters.optics.backgroundHertz + parameters.detectors.darkRateHertz)
        nextBackground = Self.next(after: nextBackground, rate: rate, &random.background)
    }

    mutating func addFalseBeacon() {
        while nextFalseBeacon < knot.tag {
            others.insertSorted(
                PendingEvent(
                    time: nextFalseBeacon + inputs[Int(PendingEvent.beaconInput)].skewPicoseconds,
                    input: PendingEvent.beaconInput))
            counts.beaconFalse += 1
            drawNextFalseBeacon()
        }
    }

    mutating func drawNextFalseBeacon() {
        nextFalseBeacon = Self.next(
            after: nextFalseBeacon, rate: parameters.beacon.falseRateHertz, &random.falseBeacon)
    }

    /// Adds the edge of the UTC second that falls between the knots, if one does.
    mutating func addSecond(from first: Knot) {
        let second = nextSecond * 1_000_000_000_000
        guard second < knot.arrival else { return }
        nextSecond += 1
        let jitter = parameters.clocks.ppsJitterPicoseconds * random.pps.normal()
        let onTagger = TruthMap.scale(
            second - first.arrival, by: knot.tag - first.tag, over: knot.arrival - first.arrival)
        counts.pps += 1
        others.insertSorted(
            PendingEvent(
                time: first.tag + onTagger + Int64(jitter.rounded())
                    + inputs[Int(PendingEvent.ppsInput)].skewPicoseconds,
                input: PendingEvent.ppsInput))
    }

    /// Gives out the pending edges before `limit` that their detectors were awake for.
    mutating func release(before limit: Int64) {
        let detectors = parameters.detectors
        var index = 0
        while index < pending.count, pending[index].time < limit {
            let event = pending[index]
            index += 1
            if event.input < PendingEvent.beaconInput {
                if !event.isBright, isDisabled(at: event.time) { continue }
                guard event.time >= blindUntil[Int(event.input)] else {
                    counts.deadTimeLosses += 1
                    continue
                }
                let awake = event.time + detectors.deadTimePicoseconds
                blindUntil[Int(event.input)] = awake
                let isBlind = attack(at: event.time) == .blinding
                if !isBlind, random.detectors.uniform() < detectors.afterpulseProbability {
                    let wait = detectors.afterpulseTimePicoseconds * random.detectors.exponential()
                    counts.afterpulses += 1
                    pending.insertSorted(
                        PendingEvent(time: awake + Int64(wait.rounded()), input: event.input),
                        from: index)
                }
            }
            if event.input < PendingEvent.beaconInput { clicks[Int(event.input)] &+= 1 }
            guard event.time >= 0 else {
                counts.beforeZero += 1
                continue
            }
            counts.tags += 1
            tags.append(TimeTag(time: event.time, channel: inputs[Int(event.input)].number))
        }
        pending.removeFirst(index)
    }

    /// Tagger time gained per satellite time between two knots.
    static func stretch(from first: Knot, to last: Knot) -> Double {
        let satellite = last.satellite - first.satellite
        return Double(last.tag - first.tag - satellite) / Double(satellite)
    }

    /// The smallest n for which n * `period` is not before `time`.
    static func firstMultiple(of period: Int64, from time: Int64) -> Int64 {
        floorDivision(time + period - 1, by: period).quotient
    }

    static func next(
        after time: Int64, rate: Double, _ generator: inout SeededGenerator
    ) -> Int64 {
        guard rate > 0 else { return .max }
        return time &+ Int64(min(generator.exponential() * 1e12 / rate, 1e18))
    }
}
