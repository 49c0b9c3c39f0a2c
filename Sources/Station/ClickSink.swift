public import ClockSync
public import Gating
public import Monitors

/// Where a ``TagPath`` hands what it made.
public protocol ClickSink: ~Copyable {
    /// Takes accepted clicks, ascending by slot within and across calls; may write over them.
    mutating func accept(_ clicks: UnsafeMutableBufferPointer<Click>)
    /// Says that no click of a slot before `slot` will come.
    mutating func complete(before slot: Int64)
    /// Takes what short window `window` counted, all of whose clicks were handed over; `next` is the
    /// window that begins, or `Int64.max` at the end.
    mutating func accept(_ counts: WindowCounts, window: Int64, next: Int64)
    /// Takes the next settled segment of the clock.
    ///
    /// - Parameters:
    ///   - offset: Lateness of the quantum light behind the beacon, ps.
    ///   - beaconSigma: Standard deviation of beacon time, ps.
    mutating func accept(_ segment: ClockSegment, offset: Double, beaconSigma: Double)
}

extension ClickSink where Self: ~Copyable {
    /// Nobody watches.
    public mutating func accept(_ counts: WindowCounts, window: Int64, next: Int64) {}
}
