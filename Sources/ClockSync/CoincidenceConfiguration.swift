/// What is known beforehand of two taggers that saw photons of the same pairs.
public struct CoincidenceConfiguration: Equatable, Sendable, BitwiseCopyable {
    /// Largest offset on either side of 0, ps; 10^6 ps to 10^13 ps.
    public var range: Int64 = 200_000_000_000
    /// Largest frequency difference on either side of 0, as a fraction; 10^-9 to 10^-3.
    public var frequencyRange = 20e-6
    /// Longest span of the recordings that is used, ps; 10^10 ps to 10^14 ps.
    public var span: Int64 = 1_000_000_000_000
    /// Chance at which noise alone may be taken for coincidences.
    public var falseAlarm = 1e-6

    /// The usual search: 200 ms, 20 ppm, 1 s.
    public init() {}
}
