public import PayloadHAL
public import Quantities

/// What an output line does against its protocol; empty if nothing.
///
/// - Parameter level: The level of the pin as something else sees it, active or not; `nil` if
///   nothing can.
public func outputFaults<Line: OutputLine & ~Copyable>(
    of line: inout Line, level: () -> Bool?
) -> [String] {
    var faults: [String] = []
    func check(_ isActive: Bool, _ wanted: Bool, _ when: String) {
        if isActive != wanted { faults.append("\(when) it says that it is \(isActive)") }
        if let pin = level(), pin != wanted { faults.append("\(when) the pin is \(pin)") }
    }
    check(line.isActive, line.isActiveWhenSafe, "at first")
    do throws(Line.Failure) {
        for wanted in [true, true, false, false, true, false] {
            try line.set(wanted)
            check(line.isActive, wanted, "told \(wanted),")
        }
        try line.set(line.isActiveWhenSafe)
    } catch { faults.append("a rightful order failed: \(error)") }
    return faults
}

/// What an input line that tells both edges does against its protocol; empty if nothing.
///
/// - Parameters:
///   - play: Makes the line active or not, from outside, and returns once the edge must have been
///     seen; it is inactive at first.
///   - patience: How long an edge may take to be told.
public func inputFaults<Line: InputLine & ~Copyable>(
    of line: inout Line, patience: Picoseconds, play: (Bool) -> Void
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    do throws(Line.Failure) {
        check(try !line.isActive(), "it is active at first")
        check(try line.nextEdge(by: .zero) == nil, "an edge came before any was made")
        var last = line.now
        for wanted in [true, false, true, false] {
            let before = line.now
            play(wanted)
            check(try line.isActive() == wanted, "made \(wanted), it is not")
            guard let edge = try line.nextEdge(by: line.now.later(by: patience)) else {
                faults.append("made \(wanted), no edge came")
                continue
            }
            check(edge.isActive == wanted, "made \(wanted), the edge is \(edge.isActive)")
            check(edge.lost == 0, "\(edge.lost) edges are said to be lost")
            check(edge.time >= last, "the edges' time steps back")
            check(
                before <= edge.time && edge.time <= line.now,
                "the edge's time \(edge.time.count) ps is not within its making")
            last = edge.time
        }
        // They wait until they are fetched, oldest first.
        for wanted in [true, false] { play(wanted) }
        let told = [try line.nextEdge(by: .zero)?.isActive, try line.nextEdge(by: .zero)?.isActive]
        check(told == [true, false], "two edges that waited are told as \(told)")
        let start = line.now
        check(
            try line.nextEdge(by: start.later(by: .milliseconds(20))) == nil,
            "an edge came that nobody made")
        check(line.now >= start.later(by: .milliseconds(20)), "it did not wait")
    } catch { faults.append("a rightful call failed: \(error)") }
    return faults
}

/// What a detector's gate does against its protocol; empty if nothing.
///
/// - Parameter canClick: Whether the detector can click, as something else sees it; `nil` if
///   nothing can.
public func gateFaults<Gate: DetectorGate & ~Copyable>(
    of gate: inout Gate, canClick: () -> Bool?
) -> [String] {
    var faults: [String] = []
    func check(_ wanted: GateState, _ state: GateState, _ when: String) {
        if state != wanted { faults.append("\(when) its state is \(state)") }
        if let isOpen = canClick(), isOpen != (wanted == .open) {
            faults.append("\(when) the detector \(isOpen ? "can" : "cannot") click")
        }
    }
    check(.blanked, gate.state, "taken over,")
    do throws(Gate.Failure) {
        for _ in 0..<2 {
            try gate.open()
            check(.open, gate.state, "opened,")
        }
        for _ in 0..<2 {
            try gate.blank()
            check(.blanked, gate.state, "blanked,")
        }
        try gate.open()
        try gate.blank()
        check(.blanked, gate.state, "blanked again,")
    } catch { faults.append("a rightful order failed: \(error)") }
    return faults
}

/// What a detector's sensor does against its protocol; empty if nothing.
///
/// - Parameter range: What it can read here, in its unit.
public func sensorFaults<Sensor: DetectorSensor & ~Copyable>(
    of sensor: borrowing Sensor, range: ClosedRange<Double>
) -> [String] {
    var faults: [String] = []
    for _ in 0..<2 {
        do throws(Sensor.Failure) {
            let value = try sensor.reading()
            if !range.contains(value) { faults.append("reads \(value), outside \(range)") }
        } catch { faults.append("a rightful call failed: \(error)") }
    }
    return faults
}
