/// The independent random streams of the fine loop's physics; the numbers never change their
/// meaning.
enum PointingStream: UInt64 {
    case cameraPool = 101
    case cameraFrames = 102
    case turbulence = 103
    case vibration = 104
    case mirror = 105
    case clouds = 106
}
