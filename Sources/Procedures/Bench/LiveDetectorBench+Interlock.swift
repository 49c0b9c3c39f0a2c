import Calibration
import GateDrivers
import PayloadHAL
import Quantities
public import TimeTags

extension LiveDetectorBench where Tagger: ~Copyable, Gate: ~Copyable, Shutter: ~Copyable {
    /// Light of each half of a cycle, counts per second.
    private static var usualRate: Double { 100_000 }
    private static var brightRate: Double { 10_000_000 }
    /// How long each half is looked at, ps.
    private static var half: Int64 { 30_000_000_000 }
    /// The light has come when so many clicks in a row are faster than the guard's limit.
    private static var excessClicks: Int { 10 }
    /// Tags of one exposure that are kept: far more than come before a gate is given up.
    private static var mostTags: Int { 4_000_000 }

    /// Over-exposes one detector; the guard of the pass blanks it, by the gate alone.
    ///
    /// The first marker is at the first tag of the excess. The reaction, from there to the last
    /// click, thus holds the tagger, the way to the host, the guard, the order and the gate.
    /// - Throws: ``ProcedureFailure/bench(_:)`` if the light does not trip the guard, or the gate
    ///   does not blank; the shutter is closed then.
    public func overExpose(
        detector: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        let isCancelled = { !body(UnsafeBufferPointer(start: nil, count: 0)) }
        var dim = BenchSetting(.lamp(rate: Self.usualRate))
        dim.only = detector
        try set(dim, isCancelled: isCancelled)
        try take(seconds: Double(Self.half) * 1e-12, body)
        // Ends after so many cycles, on the body's word, or with an error.
        for _ in 0..<cycles {
            guard
                try expose(detector, body, isCancelled),
                try recover(detector, dim, body, isCancelled)
            else { return }
        }
        _ = mark(InterlockResponse.lightOn, at: time, body)
    }

    /// Bright light until the guard has blanked the detector, and some time beyond.
    private func expose(
        _ detector: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool,
        _ isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Bool {
        try brighten(detector, isCancelled)
        let began = stream.now
        let patience: Int64 = (hands.isOrdered ? 5 : 30) * 1_000_000_000_000
        let one = DetectorSet(detector)
        var seen: [TimeTag] = []
        // Ends when the guard has blanked it and time has gone on, or in vain.
        while true {
            try read { batch in
                if seen.count < Self.mostTags { seen += batch }
            }
            guard !isCancelled() else { throw .cancelled }
            if rates.latched.contains(one) {
                if isOver(rates.trips[detector].time.count + Self.half) { break }
            } else if stream.now.count - began.count > patience {
                throw .bench(
                    "the guard saw no more than detectors.rate_limit of detector "
                        + "\(DetectorRoles.names[detector]) within "
                        + "\(Text.number(Double(patience) * 1e-12)) s: more light is needed, about "
                        + "\(Text.number(Self.brightRate * 1e-6)) Mcps. Nothing was recorded")
            }
        }
        guard rates.stuck.isEmpty else {
            try? close()
            throw .bench(
                "the gate of detector \(DetectorRoles.names[detector]) does not blank it: it went "
                    + "on counting after the order, so the shutter was closed. Look at its gate "
                    + "line. Nothing was recorded")
        }
        return handExposure(seen, detector, body)
    }

    /// Has the bright light switched on, with the gate of `detector` open.
    private func brighten(
        _ detector: Int, _ isCancelled: () -> Bool
    ) throws(ProcedureFailure) {
        var bright = BenchSetting(.lamp(rate: Self.brightRate))
        bright.only = detector
        if hands.isOrdered {
            // Nothing is closed: the guard alone stands between light and detector.
            last = bright
            _ = try hands.bring(to: bright, isSoon: true, isCancelled: isCancelled)
        } else {
            try bring(to: bright, isSoon: true, isCancelled: isCancelled)
            try open(shutter: true)
        }
    }

    /// Hands out an exposure from its first tag on, with the marker there.
    private func handExposure(
        _ seen: [TimeTag], _ detector: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) -> Bool {
        let trip = rates.trips[detector]
        let first = firstExcess(seen, detector) ?? trip.since.count
        let shift = time - first
        guard mark(InterlockResponse.lightOn, at: time, body) else { return false }
        return seen.withUnsafeBufferPointer { all in
            var start = 0
            // In parts as large as the memory for them.
            while start < all.count {
                let end = min(start + 4_096, all.count)
                let part = UnsafeBufferPointer(rebasing: all[start..<end])
                guard hand(part, of: first..<Int64.max, shiftedBy: shift, to: body) else {
                    return false
                }
                start = end
            }
            return true
        }
    }

    /// The first of ten clicks that came faster than the guard's limit.
    private func firstExcess(_ seen: [TimeTag], _ detector: Int) -> Int64? {
        let times = seen.lazy.filter {
            $0.kind == .detection && $0.channel == self.channels[detector]
        }.map(\.time)
        let clicks = Array(times)
        let limit = Double(rates.rule.counts) / Double(rates.rule.window.count)
        let span = Int64(Double(Self.excessClicks) / limit)
        guard clicks.count > Self.excessClicks else { return nil }
        for index in 0..<clicks.count - Self.excessClicks
        where clicks[index + Self.excessClicks] - clicks[index] <= span {
            return clicks[index]
        }
        return nil
    }

    /// Usual light again, the guard cleared and the gate open, with the marker where the light went.
    private func recover(
        _ detector: Int, _ dim: BenchSetting, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool,
        _ isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Bool {
        var gone: Int64?
        if hands.isOrdered {
            last = dim
            gone = try hands.bring(to: dim, isSoon: false, isCancelled: isCancelled)
        } else {
            try bring(to: dim, isSoon: false, isCancelled: isCancelled)
        }
        rates.rearm(.all)
        try open(shutter: true)
        let base = time + 1
        guard mark(InterlockResponse.cleared, at: base, body) else { return false }
        var begin = gone
        var goesOn = true
        // Ends with the span, on the body's word, or when the tagger is silent.
        while goesOn {
            try read { batch in
                guard goesOn, let begin else { return }
                goesOn = hand(
                    batch, of: begin..<begin + Self.half, shiftedBy: base - begin, to: body)
            }
            if isCancelled() { throw .cancelled }
            if begin == nil, let lead = stream.lead { begin = opened.count + lead }
            if goesOn, let begin, isOver(begin + Self.half) {
                time = base + Self.half
                return true
            }
        }
        return false
    }

    private func mark(
        _ code: UInt16, at time: Int64, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) -> Bool {
        let marker = [TimeTag(time: time, channel: 0, kind: .marker, detail: code)]
        return marker.withUnsafeBufferPointer(body)
    }
}
