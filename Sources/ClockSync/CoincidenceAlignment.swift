/// How one tagger's clock stands against another's.
///
/// A photon pair that the reference tags at t is tagged by the other at
/// t + ``offset`` + ``frequency`` * (t - ``origin``).
public struct CoincidenceAlignment: Equatable, Sendable, BitwiseCopyable {
    /// Reference time at which ``offset`` holds: the start of what both taggers recorded, ps.
    public var origin: Int64 = 0
    /// The other tagger's time less the reference's at ``origin``, ps.
    public var offset = 0.0
    /// Standard deviation of ``offset``, ps.
    public var offsetSigma = 0.0
    /// By what fraction the other tagger's clock runs faster.
    public var frequency = 0.0
    /// Standard deviation of ``frequency``.
    public var frequencySigma = 0.0
    /// Scatter of single pairs about the line, ps.
    public var jitter = 0.0
    /// Pairs in the fit.
    public var pairs = 0
    /// Accidental coincidences expected among them.
    public var accidentals = 0.0
    /// Span of reference time that was used, s.
    public var span = 0.0
    /// Standard deviations by which the peak of the last histogram exceeds its surroundings.
    public var significance = 0.0
}
