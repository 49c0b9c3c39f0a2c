/// Where the gate writes; a choice made when the stage is compiled, not when it runs.
protocol GateSink {
    /// Records written.
    var count: Int { get set }
    /// Where clicks are written if nothing but accepted clicks is wanted; `nil` if more is.
    var clicksAlone: UnsafeMutablePointer<Click>? { get }
    /// Offers one detector tag with its place and its fate.
    mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, outcome: GateOutcome)
    /// Offers one tag in a valid segment; `isInGate` and `isLive` are 0 or 1.
    mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, isInGate: Int, isLive: Int)
}

/// Keeps accepted clicks only: writes each, moves on past the accepted ones.
struct ClickSink: GateSink {
    private let clicks: UnsafeMutablePointer<Click>?
    var count = 0

    @inline(__always) init(_ clicks: UnsafeMutableBufferPointer<Click>) {
        self.clicks = clicks.baseAddress
    }

    var clicksAlone: UnsafeMutablePointer<Click>? { clicks }

    @inline(__always) mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, outcome: GateOutcome
    ) {}

    @inline(__always) mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, isInGate: Int, isLive: Int
    ) {
        clicks.unsafelyUnwrapped[count] = Click(
            slot: slot, offset: Int32(truncatingIfNeeded: offset),
            detector: port &>> SlotGeometry.binBits)
        count &+= isLive
    }
}

/// Keeps every detector tag.
struct PlacementSink: GateSink {
    private let placements: UnsafeMutablePointer<Placement>?
    var count = 0

    @inline(__always) init(_ placements: UnsafeMutableBufferPointer<Placement>) {
        self.placements = placements.baseAddress
    }

    var clicksAlone: UnsafeMutablePointer<Click>? { nil }

    @inline(__always) mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, outcome: GateOutcome
    ) {
        placements.unsafelyUnwrapped[count] = Placement(
            time: time,
            click: Click(
                slot: slot, offset: Int32(truncatingIfNeeded: offset),
                detector: port &>> SlotGeometry.binBits),
            outcome: outcome)
        count &+= 1
    }

    @inline(__always) mutating func offer(
        time: Int64, slot: Int64, offset: Int64, port: UInt8, isInGate: Int, isLive: Int
    ) {
        let outcome: GateOutcome =
            isLive == 1 ? .accepted : isInGate == 1 ? .deadTime : .outsideGate
        offer(time: time, slot: slot, offset: offset, port: port, outcome: outcome)
    }
}
