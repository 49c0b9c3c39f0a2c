import PassControl
import Recorder

/// What aiming came to, for `summary.json`; a replay, which aims nothing, has none.
public struct PointingSummary: Codable, Equatable, Sendable {
    /// When a camera first had the beacon, s since the start of the pass; `nil`: never.
    public var firstLightS: Double?
    /// When the fine loop first closed, s since the start of the pass.
    public var firstLockS: Double?
    /// Times that the fine loop closed.
    public var locks: Int64 = 0
    /// Residual of the closed fine loop as its camera sees it, urad rms across and upwards.
    public var residualXUrad: Double?
    /// See ``residualXUrad``.
    public var residualYUrad: Double?
    /// How far the quantum light truly was from the middle of the field stop while the loop was
    /// closed, urad rms of the distance; a simulation knows.
    public var trueErrorUrad: Double?
    /// Mean share of the quantum light that came through the field stop, over that of the best aim.
    public var couplingMean: Double?
    /// Part of the pass with open shutters.
    public var shutterOpenFraction = 0.0
    /// Part of the pass that aim allowed to become key.
    public var aimedFraction = 0.0
    /// Largest angle of the mirror along either axis, urad.
    public var mirrorPeakUrad = 0.0
    /// Seconds in each phase that occurred.
    public var phaseS: [String: Double] = [:]

    /// The summary of `log`.
    init(_ log: PointingLog) {
        let total = log.total
        firstLightS = log.firstLight
        firstLockS = log.firstLock
        locks = Int64(log.locks)
        if total.held > 0 {
            residualXUrad = (total.residualSquareX / Double(total.held)).squareRoot() * 1e6
            residualYUrad = (total.residualSquareY / Double(total.held)).squareRoot() * 1e6
        }
        if total.closed > 0 {
            trueErrorUrad = (total.trueSquare / Double(total.closed)).squareRoot() * 1e6
        }
        if total.ticks > 0 {
            couplingMean = total.coupling / Double(total.ticks)
            shutterOpenFraction = Double(total.open) / Double(total.ticks)
            aimedFraction = Double(total.aimed) / Double(total.ticks)
        }
        mirrorPeakUrad = total.mirrorPeak * 1e6
        for phase in PassPhase.all where log.phaseTicks[Int(phase.rawValue)] > 0 {
            phaseS[phase.name] = Double(log.phaseTicks[Int(phase.rawValue)]) * 1e-3
        }
    }
}

extension Telemetry {
    /// Writes the spectra and the map of spots of `log`.
    func write(_ log: PointingLog) throws(RecorderError) {
        for (name, average) in [
            ("disturbance", log.openSpectrum), ("residual", log.closedSpectrum),
        ] {
            try spectrum(
                name,
                average.densities.map {
                    SpectrumLine(frequency: $0.frequency, x: $0.x * 1e12, y: $0.y * 1e12)
                })
        }
        try spots(log.spotCounts)
    }
}
