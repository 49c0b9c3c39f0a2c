/// When things happen in the fine loop.
public struct LoopTiming: Equatable, Sendable, BitwiseCopyable {
    /// From frame to frame, ps, more than 0.
    public var framePeriod: Int64
    /// Duration of the exposure, ps; 0 or more.
    public var exposure: Int64
    /// From giving a command out to the middle of the mirror's step, ps; 0 or more. Measured by
    /// ``LoopDelay``.
    public var commandDelay: Int64

    /// Timing with all three given.
    @inlinable public init(framePeriod: Int64, exposure: Int64, commandDelay: Int64) {
        self.framePeriod = framePeriod
        self.exposure = exposure
        self.commandDelay = commandDelay
    }

    /// ``framePeriod`` in seconds.
    var period: Double { Double(framePeriod) * 1e-12 }
}
