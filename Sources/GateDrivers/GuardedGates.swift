public import PayloadHAL
public import Quantities
public import TimeTags

/// The gates of a receiver with the guard of their count rates: no detector opens past it.
///
/// Owned by the tagger's thread, which hands it every batch of tags first. What is wanted and what
/// is may differ: latched detectors stay blank until they are re-armed, all are blank while the
/// tagger says nothing, and the shutter stays closed while a gate is stuck. An order that failed
/// is given again with every call until it gets through.
public struct GuardedGates<
    Gate: DetectorGate & ~Copyable, Shutter: OutputLine & ~Copyable
>: ~Copyable {
    /// What an order to the gates fails of.
    public typealias Failure = GateBankError<Gate.Failure, Shutter.Failure>

    /// Counts the clicks; says what is latched, stuck, and why.
    public private(set) var rates: RateGuard
    /// The detectors that are to click when nothing forbids it.
    public private(set) var wanted = DetectorSet()
    /// Whether the tagger has been silent for too long.
    public private(set) var isBlind = false
    /// Orders that failed.
    public private(set) var failures: Int64 = 0
    /// What the last order that failed failed of.
    public private(set) var lastFailure: Failure?

    private var bank: GateBank<Gate, Shutter>
    private let silence: Picoseconds
    /// When the tagger was last heard, on the host's clock.
    private var heard = Picoseconds.zero

    /// Takes over the gates and closes them.
    ///
    /// - Parameter silence: Open detectors are blanked after the tagger said nothing for so long,
    ///   on the host's clock. More than 0; five times the 100 ms after which the reference tagger
    ///   sends an empty frame.
    public init(
        _ bank: consuming GateBank<Gate, Shutter>, rates: consuming RateGuard,
        silence: Picoseconds = Picoseconds(500_000_000_000)
    ) {
        precondition(silence > .zero)
        self.bank = bank
        self.rates = rates
        self.silence = silence
        settle()
    }

    /// The detectors that may click now: open, or with a gate in an unknown state.
    public var mayClick: DetectorSet { bank.mayClick }

    /// Whether the shutter is open; `nil` if its last order failed.
    public var isShutterOpen: Bool? { bank.isShutterOpen }

    /// Takes what the tagger sent, and blanks what must be blanked before it returns.
    ///
    /// - Parameters:
    ///   - tags: May be empty: an empty frame says that the tagger lives.
    ///   - now: The host's clock.
    /// - Returns: The detectors that the count rate has blanked.
    @discardableResult
    public mutating func take(
        _ tags: UnsafeBufferPointer<TimeTag>, at now: Picoseconds
    ) -> DetectorSet {
        heard = now
        let isBack = isBlind
        isBlind = false
        let blanked = rates.take(tags)
        if !blanked.isEmpty || isBack || !isSettled { settle(again: blanked) }
        return blanked
    }

    /// To be called when nothing came: blanks all if the tagger has been silent for too long.
    public mutating func watch(at now: Picoseconds) {
        if now.count &- heard.count > silence.count { isBlind = true }
        if !isSettled { settle() }
    }

    /// Opens `detectors` as far as nothing forbids it, and blanks the others; with none, closes
    /// the shutter too.
    ///
    /// - Parameter now: The host's clock; the tagger's silence counts from here.
    public mutating func want(_ detectors: DetectorSet, at now: Picoseconds) {
        wanted = detectors
        heard = max(heard, now)
        isBlind = false
        settle()
    }

    /// Takes the latch off `detectors`: somebody looked at them and found them well. They open at
    /// once if they are still wanted.
    public mutating func rearm(_ detectors: DetectorSet) {
        rates.rearm(detectors)
        settle()
    }

    /// Starts counting afresh, as after the tagger was plugged in again; latches stay.
    public mutating func restart(at now: Picoseconds) {
        rates.restart()
        heard = max(heard, now)
    }

    /// What is to click now.
    private var due: DetectorSet {
        isBlind || !rates.stuck.isEmpty ? [] : wanted.subtracting(rates.latched)
    }

    private var isShutterDue: Bool { !wanted.isEmpty && rates.stuck.isEmpty }

    private var isSettled: Bool { bank.mayClick == due && bank.isShutterOpen == isShutterDue }

    /// Brings gates and shutter to where they are due: blank first, then the shutter, then open.
    ///
    /// - Parameter again: Detectors that are blanked whatever their state seems to be.
    private mutating func settle(again: DetectorSet = []) {
        let due = due
        attempt { bank throws(Failure) in
            try bank.blank(bank.mayClick.subtracting(due).union(again))
        }
        let isShutterDue = isShutterDue
        if bank.isShutterOpen != isShutterDue {
            attempt { bank throws(Failure) in try bank.setShutter(isOpen: isShutterDue) }
        }
        attempt { bank throws(Failure) in try bank.open(bank.closed(of: due)) }
    }

    private mutating func attempt(
        _ order: (inout GateBank<Gate, Shutter>) throws(Failure) -> Void
    ) {
        do throws(Failure) {
            try order(&bank)
        } catch {
            failures += 1
            lastFailure = error
        }
    }
}
