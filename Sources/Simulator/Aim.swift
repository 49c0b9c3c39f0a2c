public import Orbit

/// One millisecond of a pass, as those who aim the telescope live it.
public struct AimMoment: Sendable {
    /// When its first light arrives, UTC ps since the start of the pass.
    public var arrival: Int64
    /// The same moment on the tagger's clock, ps.
    public var tag: Int64
    /// Where the satellite truly is, in vacuum.
    public var look: LookAngles
    /// Whether the satellite sends.
    public var isSending: Bool
    /// Whether the fast beacon detector sees too little.
    public var isBeaconFaded: Bool
    /// Whether a fade takes all light.
    public var isLightGone: Bool
    /// Power of the beacon over its mean, without fades.
    public var beaconPower: Double
    /// Clicks of each detector so far, H, V, D, A.
    public var clicks: InlineArray<4, Int64>
}

/// How well the telescope was aimed in a millisecond.
public struct Aim: Equatable, Sendable {
    /// Share of the quantum light that comes through the field stop, over that of the best aim.
    public var coupling: Double
    /// Whether the detector shutters are open.
    public var isShutterOpen: Bool
    /// Whether the fast beacon detector sees the beacon.
    public var isBeaconSeen: Bool

    /// Nobody aims, and all light arrives.
    public static let perfect = Aim(coupling: 1, isShutterOpen: true, isBeaconSeen: true)

    /// An aim with every field given.
    public init(coupling: Double, isShutterOpen: Bool, isBeaconSeen: Bool) {
        self.coupling = coupling
        self.isShutterOpen = isShutterOpen
        self.isBeaconSeen = isBeaconSeen
    }
}
