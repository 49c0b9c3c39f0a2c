import Foundation
public import RealTime

/// How the pass is run on this machine.
public struct LivePassSettings {
    /// Where it is recorded; nothing may be recorded there yet.
    public var directory: String?
    /// What the calibration records had to do with it.
    public var admission: PassAdmission?
    /// The tagger's thread.
    public var taggerThread = ThreadSettings(name: "tagger")
    /// What the machine refuses.
    public var refused = RefusedByMachine()
    /// What besides light and orders decides whether the detectors may click; nothing if `nil`.
    public var conditions: (any PassConditions)?
    /// Who looks on, if anybody.
    public var watch: PassWatch?
    /// The system's idea of UTC, ps since 1970.
    public var systemTime: @Sendable () -> Int64 = {
        Int64(Date().timeIntervalSince1970 * 1e12)
    }

    /// Not recorded, on ordinary threads.
    public init() {}
}
