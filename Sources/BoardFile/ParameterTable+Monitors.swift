// What the security monitors expect and do, and the attacks of the simulated world.
extension Parameter {
    static let monitors: [Parameter] = [
        flag("monitors.watch", \.monitors.isOn, .text("true"), "Whether the monitors watch a pass"),
        number(
            "monitors.false_alarms", \.monitors.falseAlarms, Range("1e-9", "1000"), .text("0.02"),
            "False alarms allowed on average in 1,000 passes of 450 s; fixes every threshold"),
        whole(
            "monitors.window", .time, \.monitors.window, Range("1 ms", "1 s"), .text("10 ms"),
            "Short windows of an epoch, in which rates are taken; shorter than the light's changes"),
        optionalReal(
            "monitors.highest_rate", .frequency, \.monitors.highestRate, Range("100 Hz", "20 MHz"),
            "Most counts of one detector that satellite, sky and detector make together"),
        optionalReal(
            "monitors.dark_rate", .frequency, \.monitors.darkRate, Range("0 Hz", "10 MHz"),
            "Calibrated dark counts per detector"),
        numbers(
            "monitors.dark_rates_hz", count: 4, \.monitors.darkRates, Range("0", "1e7"), .absent,
            "The same of H, V, D, A, counts per second; goes before dark_rate"),
        real(
            "monitors.sky_rate", .frequency, \.monitors.skyRate, Range("0 Hz", "10 MHz"),
            .text("0 Hz"), "Sky light per detector, if it was measured just before the pass"),
        number(
            "monitors.dark_share", \.monitors.darkShare, Range("0", "1"), .text("0.8"),
            "Least share of both that must be there: detectors cool down"),
        optionalWhole(
            "monitors.jitter", .time, \.monitors.jitter, Range("1 ps", "10 ns"),
            "Calibrated rms jitter of a click with the satellite's pulse"),
        numbers(
            "monitors.least_jitters_ps", count: 4, \.monitors.leastJitters, Range("0", "10000"),
            .absent, "Least rms jitter of H, V, D, A by themselves; without it, jitter"),
        numbers(
            "monitors.phases_ps", count: 4, \.monitors.phases, Range("-10000", "10000"),
            .text("[0, 0, 0, 0]"), "Calibrated place of the clicks of H, V, D, A in the slot"),
        whole(
            "monitors.phase_tolerance", .time, \.monitors.phaseTolerance, Range("0 ps", "10 ns"),
            .text("20 ps"), "By how much these places may drift"),
        number(
            "monitors.spread_tolerance", \.monitors.spreadTolerance, Range("0", "10"),
            .text("0.15"), "By how much the variance of the places may be wrong, as a fraction"),
        optionalNumber(
            "monitors.port_error", \.monitors.portError, Range("0", "0.5"),
            "Chance that a photon leaves by the wrong port of its basis"),
        number(
            "monitors.coincidence_tolerance", \.monitors.coincidenceTolerance, Range("0", "10"),
            .text("0.25"), "By how much the coincidences to expect may be wrong, as a fraction"),
        optionalWhole(
            "monitors.dead_time", .time, \.monitors.deadTime, Range("0 ps", "60 us"),
            "Calibrated dead time of one detector"),
        whole(
            "monitors.dead_time_tolerance", .time, \.monitors.deadTimeTolerance,
            Range("0 ps", "1 us"), .text("3 ns"), "By how much shorter an interval may be"),
        number(
            "monitors.short_share", \.monitors.shortShare, Range("0", "1"), .text("1e-4"),
            "Share of tags that may come sooner: calibrated double edges"),
        number(
            "monitors.afterpulse_share", \.monitors.afterpulseShare, Range("0", "1"),
            .text("0.01"), "Share of clicks that after-pulses may follow within gate.dead_time"),
        number(
            "monitors.crosstalk_share", \.monitors.crosstalkShare, Range("0", "1"), .text("0"),
            "Chance that a click makes another one in one other detector"),
        numbers(
            "monitors.one_shares", count: 2, \.monitors.oneShares, Range("0.01", "0.99"),
            .text("[0.5, 0.5]"), "Share of ones to expect: rectilinear, diagonal"),
        number(
            "monitors.rectilinear_share", \.monitors.rectilinearShare, Range("0.01", "0.99"),
            .text("0.5"), "Share of clicks to expect in the rectilinear basis"),
        number(
            "monitors.share_tolerance", \.monitors.shareTolerance, Range("0", "1"), .text("0.02"),
            "By how much these shares may be wrong"),
        whole(
            "monitors.blank_period", .time, \.monitors.blankPeriod, Range("0 s", "1000 s"),
            .text("0 s"), "Time between two stretches with all detectors gated off; 0 s: never"),
        whole(
            "monitors.blank_time", .time, \.monitors.blankTime, Range("0 s", "1 s"),
            .text("500 us"), "Length of such a stretch"),
        whole(
            "monitors.blank_margin", .time, \.monitors.blankMargin, Range("0 s", "100 ms"),
            .text("50 us"), "What of either end of it is not counted: gates need their time"),
        real(
            "monitors.blanked_rate", .frequency, \.monitors.blankedRate, Range("0 Hz", "1 MHz"),
            .text("1 Hz"), "Counts that a detector may make while it is gated off"),
    ]

    static let monitorLimits: [Parameter] = [
        integer(
            "monitors.most_excluded", \.monitors.mostExcluded, Range("0", "65536"), .text("3"),
            "Epochs that monitors may exclude; one more is no accident and ends key making"),
        optionalText(
            "monitors.records", \.monitors.records,
            "Calibration records that gave these values; a pass writes it into its recording"),
    ]

    static let monitorEffects: [Parameter] = [
        effect("rate_ceiling", \.monitors.effects.rateCeiling, "abort", "bright light"),
        effect(
            "dark_counts_missing", \.monitors.effects.darkCountsMissing, "abort",
            "detectors held blind"),
        effect(
            "double_clicks_many", \.monitors.effects.doubleClicksMany, "exclude",
            "too many double clicks"),
        effect(
            "double_clicks_few", \.monitors.effects.doubleClicksFew, "exclude",
            "too few double clicks"),
        effect(
            "cross_clicks_many", \.monitors.effects.crossClicksMany, "exclude",
            "too many cross clicks"),
        effect(
            "cross_clicks_few", \.monitors.effects.crossClicksFew, "exclude", "too few cross clicks"
        ),
        effect(
            "phase_shift", \.monitors.effects.phaseShift, "abort",
            "a detector's clicks moved in the slot"),
        effect(
            "phase_spread", \.monitors.effects.phaseSpread, "exclude",
            "clicks spread wider in the slot"),
        effect(
            "phase_sharp", \.monitors.effects.phaseSharp, "abort",
            "clicks sharper than the jitter allows"),
        effect("dead_time", \.monitors.effects.deadTime, "exclude", "clicks within the dead time"),
        effect(
            "blanked_counts", \.monitors.effects.blankedCounts, "abort", "clicks while gated off"),
        effect(
            "bit_bias", \.monitors.effects.bitBias, "abort", "ones and zeros out of balance",
            isOfBits: true),
        effect(
            "basis_bias", \.monitors.effects.basisBias, "flag", "the bases out of balance",
            isOfBits: true),
    ]

    static let attack: [Parameter] = [
        text(
            "world.attack.kind",
            as: .choice([
                "none", "blinding", "time_shift", "dead_time", "after_gate", "bright_light",
            ]),
            \.writableWorld.attack.kind, .text("none"),
            "Simulated attack on the detectors that the world plays"),
        whole(
            "world.attack.begin", .time, \.writableWorld.attack.begin, Range("0 s", "10000 s"),
            .text("200 s"), "When it begins, from the start of the pass"),
        whole(
            "world.attack.end", .time, \.writableWorld.attack.end, Range("0 s", "10000 s"),
            .text("10000 s"), "When it ends"),
        number(
            "world.attack.strength", \.writableWorld.attack.strength, Range("0", "1"),
            .text("1"), "Share of the satellite's photons that the attacker acts on"),
        whole(
            "world.attack.shift", .time, \.writableWorld.attack.shift, Range("0 ps", "10 ns"),
            .text("200 ps"), "By how much a time shift moves them, either way"),
        real(
            "world.attack.rate", .frequency, \.writableWorld.attack.rate,
            Range("0 Hz", "20 MHz"), .text("50 kHz"),
            "Bright pulses per second and detector: after the gate, or of bright light"),
    ]

    /// What an alarm does; where it tells of key bits, leaving out epochs would choose the key.
    private static func effect(
        _ name: String, _ field: Field<String>, _ usual: String, _ what: String,
        isOfBits: Bool = false
    ) -> Parameter {
        let words = isOfBits ? ["flag", "abort"] : ["flag", "exclude", "abort"]
        return Parameter(
            path: "monitors.effects.\(name)", kind: .choice(words), range: nil,
            fallback: .text(usual), help: "What is done on \(what)",
            set: { if case .text(let value) = $1 { $0[keyPath: field] = value } },
            get: { .text($0[keyPath: field]) })
    }

    private static func optionalNumber(
        _ path: String, _ field: Field<Double?>, _ range: Range, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .number, range: range, fallback: .absent, help: help,
            set: { if case .number(let value) = $1 { $0[keyPath: field] = value } },
            get: { $0[keyPath: field].map(Value.number) })
    }
}
