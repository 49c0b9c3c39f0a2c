public import PayloadHAL

/// An output line that can be kept from becoming active on order; its safe level always gets through.
///
/// Kinds: off and stuck keep it inactive, intermittent for every second order; others do nothing. No
/// fault leaves a line active that was told to be safe: that would be no exercise.
public struct FaultyLine<Line: OutputLine & ~Copyable>: OutputLine, ~Copyable {
    private var line: Line
    private let orders: FaultOrders?
    private let instrument: FaultyInstrument
    private var refusals: UInt = 0

    /// Takes over `line`, the one of `instrument`; without `orders` it is as it is.
    public init(_ line: consuming Line, as instrument: FaultyInstrument, orders: FaultOrders?) {
        self.line = line
        self.instrument = instrument
        self.orders = orders
    }

    /// The level at which nothing can come to harm.
    public var isActiveWhenSafe: Bool { line.isActiveWhenSafe }
    /// The level last driven.
    public var isActive: Bool { line.isActive }

    /// Drives the line; an order to become active may be lost.
    public mutating func set(_ isActive: Bool) throws(Line.Failure) {
        guard isActive != line.isActiveWhenSafe else { return try line.set(isActive) }
        switch orders?[instrument] {
        case .off, .stuck: return
        case .intermittent:
            refusals &+= 1
            if refusals & 1 == 1 { return }
        case nil, .garbage, .wrong, .slow, .delayed: break
        }
        try line.set(isActive)
    }
}
