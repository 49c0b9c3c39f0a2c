public import Quantities
import Tracking

/// What is before the telescope while aim is calibrated.
public enum PointingLight: Sendable {
    /// A star, or a lamp far away.
    case star
    /// The same, with the detectors open behind the field stop.
    case countedStar
    /// Nothing: the cap is on.
    case dark
    /// A white screen, evenly lit.
    case even
}

/// Steering mirror, camera behind it and a source of light: what the calibrations of aiming work
/// on, frame by frame.
///
/// **For users.** One at a time. Ask for the light first, then give the command for the next frame
/// with each call. Call ``makeSafe()`` when done.
public protocol PointingBench: AnyObject {
    /// Whether nothing here is hardware.
    var isSimulated: Bool { get }
    /// Time between two frames, ps.
    var framePeriod: Int64 { get }
    /// Exposure of a frame, ps.
    var exposure: Int64 { get }
    /// Pixels across a picture of the camera.
    var pixels: Int { get }
    /// The lowest level that counts as saturated.
    var saturation: Int32 { get }
    /// Time of the last frame's middle, ps.
    var time: Int64 { get }
    /// Frames that were lost before the last one.
    var missed: Int { get }

    /// Returns once `light` is before the telescope; a live bench waits for a person and says what
    /// it sees meanwhile.
    func await(
        _ light: PointingLight, isCancelled: () -> Bool, tell: (String) -> Void
    ) throws(ProcedureFailure)

    /// Takes the next frame and gives out `command` when it is there.
    ///
    /// - Returns: Where the spot was, rad from the camera's middle; `nil` if it is not seen.
    func step(_ command: (Int64) -> MirrorTilt) throws(ProcedureFailure) -> FieldAngle?

    /// Counts the detectors for `frames` frames with the mirror at `tilt`, where it stands already; the
    /// light is a ``PointingLight/countedStar``.
    ///
    /// - Returns: Where the spot was on average, rad, and the counts; `nil` if it was not seen.
    func dwell(
        at tilt: MirrorTilt, frames: Int
    ) throws(ProcedureFailure) -> (angle: FieldAngle, counts: Double)?

    /// A picture of an even light of so many electrons per pixel, or of none; a live bench takes an
    /// exposure in proportion, 2,000 being half of its full scale.
    func picture(electrons: Double) throws(ProcedureFailure) -> [UInt16]

    /// Brings the mirror to its middle. Allowed at any time.
    func makeSafe()
}
