public import Quantities

/// A video device of the kernel, as far as its driver needs it: requests, memory, waiting.
public protocol VideoDevice: ~Copyable {
    associatedtype Failure: InstrumentError

    /// The host clock; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// The host clock's time at `seconds` and `microseconds` of the kernel's monotonic clock.
    func hostTime(seconds: Int, microseconds: Int) -> Picoseconds

    /// Carries out one request on the structure at `argument`.
    ///
    /// - Returns: `false` if there is nothing to do yet (`EAGAIN`).
    func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) throws(Failure) -> Bool

    /// Maps `length` bytes of the device's memory at `offset`, until ``unmap(_:)``.
    mutating func map(length: Int, offset: Int) throws(Failure) -> UnsafeMutableRawBufferPointer

    /// Gives mapped memory back.
    func unmap(_ memory: UnsafeMutableRawBufferPointer)

    /// Waits until a frame is there; `false` if none was by `deadline`.
    func waitForFrame(by deadline: Picoseconds) throws(Failure) -> Bool
}
