import PassControl

/// Turns a ``KeyGate``'s stretches into verdicts that each hold until the next.
struct VerdictWriter {
    private var from: Int64?
    private var isOpen = false
    /// Verdicts that nobody has taken yet.
    private(set) var verdicts: [AimTimeline.Verdict] = []

    /// Until a gate says otherwise, aim is not good.
    init() { verdicts = [AimTimeline.Verdict(time: .min, isGood: false)] }

    /// Looks at `gate` after each of its samples.
    mutating func follow(_ gate: borrowing KeyGate) {
        let last = gate.count > 0 ? gate.span(gate.count - 1) : nil
        if isOpen, !gate.isOpen || last?.from != from {
            // The stretch that was open ended, or was too short after its margin was taken away.
            let end = spanEnd(gate) ?? from ?? .min
            verdicts.append(AimTimeline.Verdict(time: end, isGood: false))
            isOpen = false
        }
        if gate.isOpen, !isOpen, let last {
            verdicts.append(AimTimeline.Verdict(time: last.from, isGood: true))
            from = last.from
            isOpen = true
        }
    }

    /// End of the stretch that was open, if it is still there.
    private func spanEnd(_ gate: borrowing KeyGate) -> Int64? {
        for index in 0..<gate.count {
            let span = gate.span(gate.count - 1 - index)
            if span.from == from { return span.until }
        }
        return nil
    }

    /// Hands out what is there.
    mutating func take() -> [AimTimeline.Verdict] {
        defer { verdicts.removeAll(keepingCapacity: true) }
        return verdicts
    }
}
