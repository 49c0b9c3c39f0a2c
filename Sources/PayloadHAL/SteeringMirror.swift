public import Quantities

/// How far a mirror can go from the middle of its stroke, either way; rad, more than 0.
public struct MirrorStroke: Equatable, Sendable, BitwiseCopyable {
    /// Half the stroke of the first axis, rad.
    public var first: Double
    /// Half the stroke of the second axis, rad.
    public var second: Double

    /// A stroke with both halves given.
    @inlinable public init(first: Double, second: Double) {
        self.first = first
        self.second = second
    }

    /// Whether `tilt` lies within; not if an angle is not a number.
    @inlinable public func contains(_ tilt: MirrorTilt) -> Bool {
        -first <= tilt.a && tilt.a <= first
            && -second <= tilt.b && tilt.b <= second
    }
}

/// Exclusive control of a fast steering mirror with two axes.
///
/// **For users.** Clamp with ``MirrorStroke/contains(_:)`` in mind: an order outside is refused
/// whole. An error that the mirror reports late is thrown by a later ``steer(to:)``; the mirror
/// may then stand anywhere. When the value goes away the mirror is sent to its centre.
///
/// **For implementers.** ``steer(to:)`` runs in the fine loop: no allocation, no waiting for an
/// answer. Pass `mirrorFaults` of `PayloadDoubles`.
public protocol SteeringMirror: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What ``steer(to:)`` accepts.
    var stroke: MirrorStroke { get }

    /// Orders a tilt and returns once the order is on its way.
    mutating func steer(to tilt: MirrorTilt) throws(Failure)

    /// Where the mirror says it is; `nil` if it cannot know. Waits for the answer.
    mutating func position() throws(Failure) -> MirrorTilt?

    /// Stops all motion now. Allowed in any state, any number of times.
    mutating func halt() throws(Failure)

    /// Sends the mirror to its centre. Allowed in any state, any number of times.
    mutating func centre() throws(Failure)

    /// Opens the connection afresh and sends the mirror to its centre, after any error that was
    /// not ``InstrumentFault/outOfRange``. Waits; not for the loop.
    mutating func recover() throws(Failure)
}
