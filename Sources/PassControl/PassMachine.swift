/// What one event does to a pass.
public struct PassStep: Sendable {
    /// The state after it.
    public var state: PassState
    /// What to do, in this order.
    public var actions: PassActionList
    /// For the log, if the phase changed or a limit of time ran out.
    public var transition: PassTransition?
}

/// The pass as a function of state and event: no clock, no memory and no device of its own.
///
/// The table is in docs/acquisition.md. Rules that hold in every phase come first: what is
/// dangerous, then the end of the pass, then the phase's own.
public enum PassMachine {
    /// The state after an event, and what to do.
    public static func step(
        _ state: PassState, _ event: PassEvent, limits: PassLimits = PassLimits()
    ) -> PassStep {
        var next = state
        note(event, in: &next)
        guard let move = move(next, event, limits) else {
            return PassStep(state: next, actions: PassActionList(), transition: nil)
        }
        let from = state.phase
        if from == .idle, case .start(let end) = event.kind { next.end = end }
        next.phase = move.to
        next.since = event.time
        let isAnew = move.to == .acquire && from != .slew
        // A ladder that was off, or begins anew, has yet to see the beacon.
        if isAnew || !PassPosture(move.to).isLadderOn { next.isFineSeen = false }
        let actions =
            from == move.to
            ? PassActionList()
            : PassActionList(
                from: PassPosture(from), to: PassPosture(move.to), isAnew: isAnew)
        return PassStep(
            state: next, actions: actions,
            transition: PassTransition(
                time: event.time, from: from, to: move.to, reason: move.reason))
    }

    private struct Move {
        var to: PassPhase
        var reason: PassReason

        init(_ to: PassPhase, _ reason: PassReason) {
            self.to = to
            self.reason = reason
        }
    }

    /// Remembers what an event says, whatever the phase.
    private static func note(_ event: PassEvent, in state: inout PassState) {
        switch event.kind {
        case .linkUp: state.isLinkUp = true
        case .linkDown: state.isLinkUp = false
        case .mountFailed: state.isMountFailing = true
        case .mountRecovered: state.isMountFailing = false
        case .cameraFailed:
            state.isCameraFailing = true
            state.isFineSeen = false
        case .cameraRecovered: state.isCameraFailing = false
        case .mirrorFailed: state.isMirrorFailing = true
        case .mirrorRecovered: state.isMirrorFailing = false
        case .sunTooNear: state.isSunNear = true
        case .sunClear: state.isSunNear = false
        case .ratesTooHigh: state.areRatesHigh = true
        case .ratesCleared: state.areRatesHigh = false
        case .emergencyStop: state.isStopped = true
        case .reset: state.isStopped = false
        case .fineAcquired: state.isFineSeen = !state.isCameraFailing
        case .fineLost: state.isFineSeen = false
        case .start, .tick, .mountReady, .coarseAcquired, .coarseLost, .stop, .mountParked: break
        }
    }

    private static func move(
        _ state: PassState, _ event: PassEvent, _ limits: PassLimits
    ) -> Move? {
        if let danger = danger(state, event) { return danger }
        switch state.phase {
        case .idle: return idle(state, event)
        case .park: return park(state, event, limits)
        case .safe: return safe(state, event, limits)
        case .slew, .acquire, .coarse, .fine, .keyExchange, .fade, .reacquire:
            if event.kind == .stop { return Move(.park, .stopped) }
            if event.time >= state.end { return Move(.park, .passEnded) }
            return running(state, event, limits)
        }
    }

    /// What stops everything from any phase.
    private static func danger(_ state: PassState, _ event: PassEvent) -> Move? {
        if event.kind == .emergencyStop {
            return state.phase == .safe ? nil : Move(.safe, .emergencyStop)
        }
        switch state.phase {
        case .idle, .safe: return nil
        case .park: return event.kind == .mountFailed ? Move(.safe, .mountFailed) : nil
        case .slew, .acquire, .coarse, .fine, .keyExchange, .fade, .reacquire:
            if event.kind == .mountFailed { return Move(.safe, .mountFailed) }
            return event.kind == .sunTooNear ? Move(.park, .sunTooNear) : nil
        }
    }

    private static func idle(_ state: PassState, _ event: PassEvent) -> Move? {
        guard case .start(let end) = event.kind, end > event.time else { return nil }
        let isFit = !state.isMountFailing && !state.isSunNear && !state.isStopped
        return isFit ? Move(.slew, .ordered) : nil
    }

    private static func park(
        _ state: PassState, _ event: PassEvent, _ limits: PassLimits
    ) -> Move? {
        if event.kind == .mountParked { return Move(.idle, .parked) }
        return isOver(state, event, limits.park) ? Move(.safe, .parkOverdue) : nil
    }

    private static func safe(
        _ state: PassState, _ event: PassEvent, _ limits: PassLimits
    ) -> Move? {
        if event.kind == .reset { return Move(.park, .reset) }
        guard !state.isStopped else { return nil }
        if event.kind == .stop { return Move(.park, .stopped) }
        if event.kind == .mountRecovered, !state.isSunNear, event.time < state.end {
            return Move(.reacquire, .mountRecovered)
        }
        return isOver(state, event, limits.safe) ? Move(.park, .safeOverdue) : nil
    }

    /// The phases between slew and park.
    private static func running(
        _ state: PassState, _ event: PassEvent, _ limits: PassLimits
    ) -> Move? {
        switch state.phase {
        case .slew:
            if event.kind == .mountReady { return Move(.acquire, .mountReady) }
            return isOver(state, event, limits.slew) ? Move(.acquire, .slewOverdue) : nil
        case .acquire:
            if let found = sighting(state, event) { return found }
            return isOver(state, event, limits.acquire) ? Move(.park, .nothingFound) : nil
        case .coarse:
            if event.kind == .coarseLost { return Move(.reacquire, .coarseLost) }
            if event.kind != .coarseAcquired, let found = sighting(state, event) { return found }
            return isOver(state, event, limits.coarse) ? Move(.acquire, .coarseOverdue) : nil
        case .fine, .keyExchange: return locked(state, event, limits)
        case .fade:
            if event.kind != .coarseAcquired, let found = sighting(state, event) { return found }
            return isOver(state, event, limits.fade) ? Move(.reacquire, .fadeOverdue) : nil
        case .reacquire:
            if let found = sighting(state, event) { return found }
            return isOver(state, event, limits.reacquire)
                ? Move(.acquire, .reacquireOverdue) : nil
        case .idle, .park, .safe: return nil
        }
    }

    /// The fine loop is closed.
    private static func locked(
        _ state: PassState, _ event: PassEvent, _ limits: PassLimits
    ) -> Move? {
        switch event.kind {
        case .fineLost, .coarseLost:
            return state.isFineSeen ? nil : Move(.fade, .fineLost)
        case .cameraFailed: return Move(.reacquire, .cameraFailed)
        case .mirrorFailed: return Move(.reacquire, .mirrorFailed)
        default: break
        }
        if state.phase == .keyExchange {
            if event.kind == .linkDown { return Move(.fine, .linkDown) }
            return event.kind == .ratesTooHigh ? Move(.fine, .ratesTooHigh) : nil
        }
        if state.isLinkUp, !state.areRatesHigh {
            return Move(.keyExchange, event.kind == .ratesCleared ? .ratesCleared : .linkUp)
        }
        return isOver(state, event, limits.fine) ? Move(.fine, .linkOverdue) : nil
    }

    /// Where a sighting leads.
    private static func sighting(_ state: PassState, _ event: PassEvent) -> Move? {
        // A camera or a mirror that works again finds the beacon already there.
        if state.isFineSeen, state.canCloseLoop { return Move(.fine, .fineAcquired) }
        return event.kind == .coarseAcquired ? Move(.coarse, .coarseAcquired) : nil
    }

    /// Whether a phase lasts too long; said on a tick, so that no other event is lost to it.
    private static func isOver(_ state: PassState, _ event: PassEvent, _ limit: Int64) -> Bool {
        event.kind == .tick && Elapsed.isBeyond(limit, from: state.since, to: event.time)
    }
}
