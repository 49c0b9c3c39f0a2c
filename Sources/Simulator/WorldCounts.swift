/// What happened in the simulated world so far; every event is in exactly one of the sums.
///
/// Fired: `photons + background + afterpulses - deadTimeLosses` detector tags and
/// `beaconPulses + beaconFalse + pps` others, less `beforeZero`.
public struct WorldCounts: Equatable, Sendable {
    /// Photons of the signal class that reached a detector and would fire it.
    public var signalPhotons: Int64 = 0
    /// The same for the decoy class.
    public var decoyPhotons: Int64 = 0
    /// The same for the vacuum class.
    public var vacuumPhotons: Int64 = 0
    /// Sky light and dark counts offered to the detectors.
    public var background: Int64 = 0
    /// After-pulses offered to the detectors.
    public var afterpulses: Int64 = 0
    /// Events that fell into their detector's dead time.
    public var deadTimeLosses: Int64 = 0
    /// Events that met a detector held blind by bright light.
    public var blinded: Int64 = 0
    /// Events that met a detector gated off.
    public var gatedOff: Int64 = 0
    /// Pulses of the attacker offered to the detectors.
    public var attackPulses: Int64 = 0
    /// Beacon pulses seen.
    public var beaconPulses: Int64 = 0
    /// Beacon pulses in clear sight that were missed by chance.
    public var beaconMissed: Int64 = 0
    /// Beacon pulses hidden by a fade.
    public var beaconFaded: Int64 = 0
    /// Beacon tags that no pulse caused.
    public var beaconFalse: Int64 = 0
    /// UTC second pulses.
    public var pps: Int64 = 0
    /// Events before the tagger's zero, which it cannot write.
    public var beforeZero: Int64 = 0
    /// Tags given out.
    public var tags: Int64 = 0
}
