import Quantities
import Sifting

extension WorldParameters {
    /// What an attacker does to the detectors, from the side of the telescope. Simulated, so that
    /// the station's monitors can be shown to see it; `docs/monitors.md` says what is modelled.
    public struct Attack: Equatable, Sendable {
        /// Which attack.
        public enum Kind: String, CaseIterable, Sendable {
            /// Bright light holds all detectors in their linear mode, where no single photon and no
            /// thermal carrier makes a click; bright pulses in the state that the attacker measured
            /// make one, in the attacker's basis alone (Lydersen et al., Nat. Photonics 4, 686,
            /// 2010).
            case blinding
            /// Pulses come early or late, where one detector of a basis sees them worse (Qi et al.,
            /// Quantum Inf. Comput. 7, 73, 2007; Zhao et al., Phys. Rev. A 78, 042333, 2008).
            case timeShift = "time_shift"
            /// A pulse between the gates puts three of four detectors into their dead time just
            /// before the slot (Weier et al., New J. Phys. 13, 073024, 2011).
            case deadTime = "dead_time"
            /// Bright pulses after the gate, which click while the detector is gated off too
            /// (Wiechers et al., New J. Phys. 13, 013043, 2011).
            case afterGate = "after_gate"
            /// Steady bright light: clicks at any time.
            case brightLight = "bright_light"
        }

        /// Which attack; `nil` for none.
        public var kind: Kind?
        /// When it begins, UTC since the start of the pass.
        public var beginPicoseconds: Int64 = 0
        /// When it ends.
        public var endPicoseconds: Int64 = .max / 4
        /// Share of the satellite's photons that the attacker acts on.
        public var strength = 1.0
        /// By how much pulses come early or late.
        public var shiftPicoseconds: Int64 = 200
        /// Bright pulses per second and detector.
        public var rateHertz = 50_000.0

        /// No attack.
        public init() {}
    }
}

// What the attacker sends.
extension SimulatedWorld {
    /// Jitter of a click that a bright pulse makes, rms, ps: a pulse of many photons crosses the
    /// comparator's threshold always alike. Assumed; an attacker can spread the pulses as a photon
    /// would be.
    static let brightJitter = 50.0
    /// What a detector sees of a pulse that comes at its bad time, over the good one. Assumed.
    private static let worseEfficiency = 0.2
    /// How long before the slot's centre the pulses of the dead-time attack come, ps.
    private static let deadTimeLead: Int64 = 700
    /// Detected photons of such a pulse, on average in each detector but the one that is spared.
    private static let deadTimePhotons = 4.0

    /// The attack that is under way at tag time `time`.
    func attack(at time: Int64) -> WorldParameters.Attack.Kind? {
        let attack = parameters.attack
        guard let kind = attack.kind else { return nil }
        let utc = time - parameters.clocks.stationOffsetPicoseconds
        return utc >= attack.beginPicoseconds && utc < attack.endPicoseconds ? kind : nil
    }

    /// Whether no photon makes a click at tag time `time`, because the detectors are held blind or
    /// gated off. Counts the event.
    mutating func isDisabled(at time: Int64) -> Bool {
        if attack(at: time) == .blinding {
            counts.blinded += 1
            return true
        }
        let detectors = parameters.detectors
        guard detectors.blankPeriodPicoseconds > 0 else { return false }
        let phase = time % detectors.blankPeriodPicoseconds
        guard phase >= 0, phase < detectors.blankTimePicoseconds else { return false }
        counts.gatedOff += 1
        return true
    }

    /// What the detectors get instead of a pulse of which `photons` photons would have been seen.
    ///
    /// - Parameter centre: Tag time at which the pulse would come, without jitter and skew, ps.
    mutating func play(
        _ attack: WorldParameters.Attack.Kind, state: PulseState, photons: Int, at centre: Int64
    ) {
        switch attack {
        case .blinding:
            // The attacker measures as the station would; one detector gets all of the pulse.
            let input = analyser.detector(of: state, random.attack.next())
            let jitter = Self.brightJitter * random.attack.normal()
            counts.attackPulses += 1
            add(input, at: centre + Int64(jitter.rounded()), isBright: true)
        case .timeShift:
            let isEarly = random.attack.next() & 1 == 0
            let shift = parameters.attack.shiftPicoseconds
            for _ in 0..<photons {
                let input = analyser.detector(of: state, random.attack.next())
                let isGood = (input & 1 == 0) == isEarly
                guard isGood || random.attack.uniform() < Self.worseEfficiency else { continue }
                addPhoton(input, at: centre + (isEarly ? -shift : shift))
            }
        case .deadTime:
            let spared = UInt8(random.attack.next() & 3)
            for input in UInt8(0)..<4 where input != spared {
                let isSeen = random.attack.exponential() < Self.deadTimePhotons
                counts.attackPulses += 1
                if isSeen { add(input, at: centre - Self.deadTimeLead) }
            }
            addPhotons(photons, of: state, at: centre)
        case .afterGate, .brightLight: addPhotons(photons, of: state, at: centre)
        }
    }

    private mutating func addPhotons(_ photons: Int, of state: PulseState, at centre: Int64) {
        for _ in 0..<photons {
            addPhoton(analyser.detector(of: state, random.attack.next()), at: centre)
        }
    }

    private mutating func addPhoton(_ input: UInt8, at time: Int64) {
        let jitter = parameters.detectors.jitterPicoseconds * random.attack.normal()
        add(input, at: time + Int64(jitter.rounded()))
    }

    private mutating func add(_ input: UInt8, at time: Int64, isBright: Bool = false) {
        light.insertSorted(
            PendingEvent(
                time: time + inputs[Int(input)].skewPicoseconds, input: input,
                isBright: isBright))
    }

    /// Adds the pulses that come at a rate of their own, whatever the satellite sends.
    mutating func addAttackPulses(from first: Knot) {
        let kind = attack(at: first.tag)
        guard kind == .afterGate || kind == .brightLight else { return nextAttack = .min }
        let rate = 4 * parameters.attack.rateHertz
        if nextAttack < first.tag {
            nextAttack = Self.next(after: first.tag, rate: rate, &random.attack)
        }
        // Bounded by the rate, at most 80 million a second.
        while nextAttack < knot.tag {
            let input = UInt8(random.attack.next() & 3)
            var time = nextAttack
            if kind == .afterGate { time += afterGateDelay(at: time, from: first) }
            counts.attackPulses += 1
            others.insertSorted(
                PendingEvent(
                    time: time + inputs[Int(input)].skewPicoseconds, input: input,
                    isBright: kind == .afterGate))
            nextAttack = Self.next(after: nextAttack, rate: rate, &random.attack)
        }
    }

    /// From tag time `time` to the middle between two gates, ps.
    private func afterGateDelay(at time: Int64, from first: Knot) -> Int64 {
        let stretch = Self.stretch(from: first, to: knot)
        let elapsed = Double(time - first.tag) / (1 + stretch)
        let satellite = first.satellite + Int64(elapsed.rounded())
        let slot = Self.firstMultiple(of: slotPeriod, from: satellite)
        return slot * slotPeriod + slotPeriod / 2 - satellite
    }
}
