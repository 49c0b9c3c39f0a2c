/// How far a running pass has come.
public struct PassProgress: Sendable {
    /// Stream time, s.
    public var time: Double
    /// Length of the pass, s.
    public var duration: Double
    /// Elevation, degrees; `nil` where nobody predicts it.
    public var elevation: Double?
    /// State of the clock.
    public var clock: String
    /// Sifted bits so far, of both bases.
    public var sifted: Int64
    /// Bits of the keys made so far.
    public var keyBits: Int64
    /// Errors over clicks of the test basis's signal states so far.
    public var qber: Double?
    /// Host time since the start, s.
    public var elapsed: Double
}
