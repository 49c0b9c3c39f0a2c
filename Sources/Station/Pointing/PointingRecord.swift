import PassControl
import Quantities
import Recorder
import Tracking

/// What aiming came to in a stretch of a pass, for the books.
struct PointingRecord {
    /// Milliseconds in it.
    var ticks = 0
    /// Milliseconds with a spot in the closed fine loop, and the sums of the squares of its
    /// residual, rad.
    var held = 0
    var residualSquareX = 0.0
    var residualSquareY = 0.0
    /// Sum of the squares of how far the quantum light truly was from the middle of the field stop
    /// while the loop was closed, rad; only a simulator knows.
    var trueSquare = 0.0
    var closed = 0
    /// Sum of the share of the quantum light that came through the field stop.
    var coupling = 0.0
    /// Milliseconds with open shutters, and those whose clicks may become key.
    var open = 0
    var aimed = 0
    /// Sum of the mirror's angles on the sky, and the largest about either axis, rad.
    var mirror = FieldAngle.zero
    var mirrorPeak = 0.0
    /// Sum of the beacon's electrons in frames that show it, and how many do.
    var electrons = 0.0
    var seen = 0
    /// Where the pass stood at the end.
    var phase = PassPhase.idle

    /// Adds a later stretch.
    mutating func add(_ other: PointingRecord) {
        ticks += other.ticks
        held += other.held
        residualSquareX += other.residualSquareX
        residualSquareY += other.residualSquareY
        trueSquare += other.trueSquare
        closed += other.closed
        coupling += other.coupling
        open += other.open
        aimed += other.aimed
        mirror = mirror + other.mirror
        mirrorPeak = max(mirrorPeak, other.mirrorPeak)
        electrons += other.electrons
        seen += other.seen
        phase = other.phase
    }
}

extension PointingRecord {
    /// Writes means and sums into a row of telemetry, if anybody aimed.
    func fill(_ row: inout TelemetryRow) {
        guard ticks > 0 else { return }
        let micro = 1e6
        row.pointingPhase = phase.name
        row.coupling = coupling / Double(ticks)
        row.shutterOpenFraction = Double(open) / Double(ticks)
        row.aimedFraction = Double(aimed) / Double(ticks)
        if held > 0 {
            row.trackingErrorX = (residualSquareX / Double(held)).squareRoot() * micro
            row.trackingErrorY = (residualSquareY / Double(held)).squareRoot() * micro
        }
        if closed > 0 {
            row.pointingError = (trueSquare / Double(closed)).squareRoot() * micro
            row.mirrorX = mirror.x / Double(closed) * micro
            row.mirrorY = mirror.y / Double(closed) * micro
            row.mirrorPeak = mirrorPeak * micro
        }
        if seen > 0 { row.beaconElectrons = electrons / Double(seen) }
    }
}

/// One line of the log of aiming.
struct PointingNote: Equatable {
    /// UTC since the start of the pass, ps.
    var time: Int64
    /// Whether the pass goes on with less.
    var isWarning: Bool
    /// What happened, in words.
    var message: String
}

extension PassPhase {
    /// The phase as people write it.
    var name: String {
        switch self {
        case .idle: "idle"
        case .slew: "slew"
        case .acquire: "acquire"
        case .coarse: "coarse"
        case .fine: "fine"
        case .keyExchange: "key exchange"
        case .fade: "fade"
        case .reacquire: "re-acquire"
        case .park: "park"
        case .safe: "safe"
        }
    }

    /// All phases, in order.
    static let all = (0..<UInt8(count)).compactMap(PassPhase.init(rawValue:))
}

extension PassReason {
    /// The reason in words.
    var words: String {
        switch self {
        case .ordered: "the pass begins"
        case .mountReady: "the mount is where the pass begins"
        case .slewOverdue: "the mount is late"
        case .coarseAcquired: "the coarse camera has the beacon"
        case .coarseLost: "the coarse camera lost the beacon"
        case .coarseOverdue: "the fine camera did not find it in time"
        case .fineAcquired: "the fine camera has the beacon"
        case .fineLost: "the fine camera lost the beacon"
        case .linkUp: "the link is up"
        case .linkDown: "the link is down"
        case .linkOverdue: "the link is still not up"
        case .fadeOverdue: "the beacon did not come back"
        case .reacquireOverdue: "it was not found again where it should be"
        case .nothingFound: "nothing was found"
        case .mountFailed: "the mount failed"
        case .mountRecovered: "the mount works again"
        case .cameraFailed: "the camera failed"
        case .mirrorFailed: "the mirror failed"
        case .sunTooNear: "too near the Sun"
        case .ratesTooHigh: "a detector counts too much"
        case .ratesCleared: "the detectors are well again"
        case .passEnded: "the pass is over"
        case .stopped: "stopped"
        case .emergencyStop: "emergency stop"
        case .reset: "emergency stop taken off"
        case .parked: "parked"
        case .parkOverdue: "the mount did not park in time"
        case .safeOverdue: "the fault did not pass"
        }
    }
}
