import AravisCamera
import Foundation
import LinuxIO
import MirrorDrivers
import PayloadHAL
import Quantities

/// Where the light of a frame lies from its middle, pixels, and how much there is.
///
/// The plain centre of gravity over three noises of the background; no more than a rig needs.
func centroid(
    _ pixels: UnsafeMutableBufferPointer<UInt16>, _ format: FrameFormat
) -> (x: Double, y: Double, light: Double) {
    let threshold = 5 + 5 * 14.0.squareRoot()
    var (light, x, y) = (0.0, 0.0, 0.0)
    for row in 0..<format.height {
        for column in 0..<format.width {
            let value = Double(pixels[row * format.width + column]) - threshold
            guard value > 0 else { continue }
            light += value
            x += value * Double(column)
            y += value * Double(row)
        }
    }
    guard light > 0 else { return (0, 0, 0) }
    return (
        x / light - Double(format.width - 1) / 2, y / light - Double(format.height - 1) / 2,
        light
    )
}

/// What one stretch of frames came to.
struct LoopTally {
    var frames = 0, lost = 0, corrupt = 0, blind = 0
    private var squares = 0.0
    var late: [Double] = []

    mutating func count(_ header: FrameHeader, x: Double, y: Double) {
        frames += 1
        lost += Int(header.lost)
        corrupt += Int(header.corrupt)
        squares += x * x + y * y
        late.append(Double(header.arrival.count - header.exposureMiddle.count) * 1e-9)
    }

    /// Root mean square of one axis, pixels.
    var rms: Double { (squares / Double(2 * max(frames, 1))).squareRoot() }

    func results(_ name: String, microradians: Double) -> [String: Any] {
        [
            "\(name)_frames": frames, "\(name)_lost": lost, "\(name)_corrupt": corrupt,
            "\(name)_blind": blind, "\(name)_rms_urad": rms * microradians,
            "\(name)_age_ms_median": late.sorted()[safe: late.count / 2] ?? -1,
        ]
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// Camera, centroid, mirror: open for `seconds`, then closed for as long.
func closeLoop<Camera: BeaconCamera & ~Copyable, Mirror: SteeringMirror & ~Copyable>(
    _ camera: inout Camera, _ mirror: inout Mirror, seconds: Double, pixel: Double
) throws -> [String: Any] {
    let pixels = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: camera.format.pixelCount)
    defer { pixels.deallocate() }
    var results: [String: Any] = [:]
    var tilt = MirrorTilt.centre
    try camera.start()
    for name in ["open", "closed"] {
        var tally = LoopTally()
        let end = HostClock.now.count + Int64(seconds * 1e12)
        let settled = HostClock.now.count + 500_000_000_000
        while HostClock.now.count < end {
            let header = try camera.frame(
                into: pixels, by: HostClock.now.later(by: .seconds(1)))
            let spot = centroid(pixels, camera.format)
            guard spot.light > 0 else {
                tally.blind += 1
                continue
            }
            if HostClock.now.count > settled { tally.count(header, x: spot.x, y: spot.y) }
            guard name == "closed" else { continue }
            // A mirror's tilt turns the light by twice as much; a cautious integrator.
            let step = 0.3 * pixel * 1e-6 / 2
            tilt = MirrorTilt(
                a: min(
                    max(tilt.a + step * spot.x, -mirror.stroke.first), mirror.stroke.first),
                b: min(
                    max(tilt.b + step * spot.y, -mirror.stroke.second),
                    mirror.stroke.second))
            try mirror.steer(to: tilt)
        }
        results.merge(tally.results(name, microradians: pixel)) { $1 }
    }
    try camera.stop()
    return results
}
