/// The numbers of the ladder.
public struct LadderParameters: Sendable {
    /// The search around the prediction with the coarse camera.
    public var wideScan: ScanParameters
    /// The spiral about the boresight with the fine camera.
    public var fineScan: ScanParameters
    /// Share of the error that the coarse loop works off per second, 1/s.
    public var coarseGain = 0.5
    /// Integral time of that loop, s.
    public var integralTime = 10.0
    /// The same share while the fine loop is closed: takes the mirror's mean back to its middle.
    /// 0 if the mirror's own off-load does that.
    public var fineGain = 0.5
    /// Fastest correction, rad/s.
    public var rateLimit = 873e-6
    /// Offset from the corrected prediction that no satellite has, rad: what leads there is dropped.
    public var offsetLimit = 35e-3
    /// Error of the coarse loop below which it is settled, rad rms.
    public var settledRms = 97e-6
    /// Error above which it no longer is, rad rms; more than the other.
    public var unsettledRms = 194e-6
    /// Rms of the fine error below which the boresight is learnt, rad.
    public var boresightRms = 48e-6
    /// Time in the fine loop before it is learnt, s.
    public var boresightDelay = 0.5
    /// Time constant of learning it, s.
    public var boresightTime = 12.0
    /// Time without a sighting before the search begins, s.
    public var searchDelay = 2.0
    /// Time in the settled coarse loop before the spiral begins, s.
    public var spiralDelay = 0.3
    /// Time without a fine sighting that is a loss, s.
    public var fineLoss = 0.05
    /// Time without a coarse sighting that is a loss, s.
    public var coarseLoss = 0.5
    /// Time on what was learnt before a growing search begins, s.
    public var coastHold = 1.0
    /// Time on what was learnt before the ladder starts anew, s.
    public var coastLimit = 20.0
    /// Sigma of a coarse sighting against the prediction, rad: mount model and camera.
    public var sightingSigma = 100e-6

    /// The defaults; those of the coarse loop, its limits and the spiral are the ones that
    /// esa/pypogs uses for the same ladder.
    public init(wideScan: ScanParameters, fineScan: ScanParameters) {
        self.wideScan = wideScan
        self.fineScan = fineScan
    }
}
