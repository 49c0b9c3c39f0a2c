public import GateDrivers
public import Recorder

/// What else than light and orders decides in a live pass whether the detectors may click.
///
/// Asked by the pass's thread every 10 ms, so neither call may wait for a device.
public protocol PassConditions: AnyObject, Sendable {
    /// The detectors that may click now.
    var allowed: DetectorSet { get }
    /// What is worth a line in the report since the last call: how grave, about what, in words.
    func takeNews() -> [PassNews]
}

/// One line for the report of a pass.
public struct PassNews: Sendable {
    /// How grave it is.
    public var severity: Telemetry.Severity
    /// What it is about: `cover`, `interlock`, `detectors`.
    public var source: String
    /// What happened.
    public var words: String

    /// News with everything given.
    public init(severity: Telemetry.Severity, source: String, words: String) {
        self.severity = severity
        self.source = source
        self.words = words
    }
}
